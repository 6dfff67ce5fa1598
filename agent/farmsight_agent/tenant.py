"""The tenant's answers from whoever asked for them, in the form of entra.json: the reports that the probe would make.

A collector that asks Microsoft Graph itself gets by this the very facts that
a file of the same answers gives.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from google.protobuf.message import Message

from farmsight_agent import reporting
from farmsight_agent.collect import Blobs
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import entra, located
from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise.kinds import keyed
from farmsight_agent.outcome import FailedError, NotObservedError
from farmsight_agent.probe import Part, part_not_observed
from farmsight_agent.probes.answers import observe
from farmsight_agent.probes.entra import PROBE, key_of
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

__all__ = ["reported"]

_MOST_BLOB: Final = 1 << 20  # of one certificate


def reported(
    document: str, *, at: datetime, took_s: float, cadence_s: int, source: str
) -> tuple[list[telemetry_pb2.ProbeReport], Mapping[bytes, bytes]]:
    """Return a report for each part of the tenant's side, without sequences, and the blobs that they refer to.

    `document` is JSON as entra.json has it, with Graph's error in place of an
    answer that did not come: each part tells what became of its own.
    """
    blobs = Blobs(_MOST_BLOB)
    parts = _parts(document, blobs, source)
    try:
        reports = [_report(part, at, took_s, cadence_s) for part in parts]
    except ValueError as error:
        failed = FailedError("not-reportable", str(error), source=source)
        reports = [_report(part_not_observed(failed, part=part.part), at, took_s, cadence_s) for part in parts]
    named = {digest for report in reports for digest in reporting.blobs_of(report)}
    return reports, {digest: data for digest, data in blobs.held.items() if digest in named}


def _parts(document: str, blobs: Blobs, source: str) -> list[Part]:
    def wrap(seen: Message, _line: str) -> facts_pb2.Fact:
        return keyed(seen, key_of(seen), source)

    def look(answers: located.Located, part: str) -> Seen[Message]:
        try:
            return Seen(values=entra.part(answers, part, blobs.keep).values, source=source)
        except NotObservedError as error:
            raise type(error)(error.reason, error.detail, source=source) from error

    try:
        answers = located.load(Text(name=source, text=document))
    except FailedError as error:
        return [part_not_observed(error, part=part) for part in PROBE.parts]
    return [observe(lambda part=part: look(answers, part), wrap, part=part) for part in PROBE.parts]  # type: ignore[misc]


def _report(part: Part, at: datetime, took_s: float, cadence_s: int) -> telemetry_pb2.ProbeReport:
    return reporting.full_report(PROBE, part, started=at, took_s=took_s, cadence_s=cadence_s)
