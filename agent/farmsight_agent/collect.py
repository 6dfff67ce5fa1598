"""`collect`: every probe once, into one file that can be read back anywhere."""

import base64
import hashlib
import io
import json
import re
import socket
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.message import Message

from farmsight_agent import reporting
from farmsight_agent.clock import Clock, SystemClock
from farmsight_agent.config import Config
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.hosts.choose import choose
from farmsight_agent.private_files import write_private
from farmsight_agent.probe import Tools
from farmsight_agent.probes import PROBES
from farmsight_agent.schedule import Schedule
from farmsight_agent.spool import Spool
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, KIND_BY_NAME, OUTCOME_NAMES, kind_of

SCHEMA: Final = "farmsight.facts/1"
# Who reads the file back takes 64 MiB; this leaves a quarter for facts once it is written as base64.
MOST_BLOB_BYTES: Final = 36 * 1024 * 1024


@dataclass
class Blobs:
    """Bytes that facts refer to, kept until the file is written."""

    limit: int
    held: dict[bytes, bytes] = field(default_factory=dict)

    def keep(self, data: bytes | memoryview) -> bytes:
        """Hold the bytes and return their SHA-256, or b"" when over the limit."""
        if len(data) > self.limit:
            return b""
        digest = hashlib.sha256(data).digest()
        self.held[digest] = bytes(data)
        return digest


def collect(config: Config, clock: Clock | None = None) -> dict[str, Any]:
    """Run every probe once and return the document of schema farmsight.facts/1.

    Rows come in the order of probes, kinds and keys; two runs that saw the
    same differ only in times and durations.
    """
    clock = clock or SystemClock()
    blobs = Blobs(config.blob_limit_bytes)
    tools = Tools(
        host=choose(config),
        config=config,
        clock=clock,
        contexts=ContextRunner(blobs, blob_limit=config.blob_limit_bytes, clock=clock),
        blobs=blobs,
    )
    spool = Spool(None, limit_bytes=config.spool_limit_bytes, blob_limit=0, clock=clock)
    schedule = Schedule(PROBES, tools, spool)
    began = clock.now()
    reports: list[telemetry_pb2.ProbeReport] = []
    for name in schedule.probes:
        reports += schedule.reports(name)
    spool.close()
    return _document(config, reports, blobs, began)


def _document(
    config: Config, reports: list[telemetry_pb2.ProbeReport], blobs: Blobs, began: datetime
) -> dict[str, Any]:
    facts = sorted(
        (_fact(entry.fact, report) for report in reports for entry in report.facts),
        key=lambda row: (list(KIND_BY_NAME).index(row["kind"]), row["context"] or "", row["key"]),
    )
    samples = [_sample(sample) for report in reports for sample in report.samples]
    wanted = {digest for report in reports for digest in reporting.blobs_of(report)} & blobs.held.keys()
    fits = _fitting({digest: len(blobs.held[digest]) for digest in wanted})
    return {
        "schema": SCHEMA,
        "server": config.server_name or socket.gethostname(),
        "role": config.role,
        "collected_at": _text(began),
        "probes": [_probe(report) for report in reports],
        "facts": facts,
        "samples": sorted(samples, key=lambda row: (row["series"], row["context"] or "", row["key"], row["at"])),
        "blobs": {digest.hex(): base64.b64encode(blobs.held[digest]).decode() for digest in sorted(fits)},
        **({"blobs_left_out": sorted(digest.hex() for digest in wanted - fits)} if wanted > fits else {}),
    }


def _fitting(sizes: dict[bytes, int]) -> set[bytes]:
    """Return the blobs that fit into one file, the smallest first: every certificate before a large CRL.

    What is left out is named in the file; its facts, dates and numbers among
    them, are there in any case.
    """
    left, fits = MOST_BLOB_BYTES, set()
    for digest in sorted(sizes, key=lambda one: (sizes[one], one)):
        left -= sizes[digest]
        if left < 0:
            break
        fits.add(digest)
    return fits


def _probe(report: telemetry_pb2.ProbeReport) -> dict[str, Any]:
    return {
        "probe": report.probe,
        "part": report.part,
        "context": CONTEXT_NAMES.get(report.context),
        "outcome": OUTCOME_NAMES[report.outcome],
        "reason": report.reason or None,
        "detail": report.detail or None,
        "source": report.source or None,
        "duration_ms": report.took.ToMilliseconds(),
    }


def _fact(fact: facts_pb2.Fact, report: telemetry_pb2.ProbeReport) -> dict[str, Any]:
    kind = kind_of(fact)
    value: Message = getattr(fact, kind.field)
    row: dict[str, Any] = {
        "kind": kind.name,
        "context": CONTEXT_NAMES.get(fact.context),
        "key": fact.key,
        "observed_at": _text(report.started.ToDatetime(UTC)),
        "value": json_format.MessageToDict(value),
    }
    if fact.source:
        row["source"] = fact.source
    if fact.HasField("asked_by"):
        row["asked_by"] = json_format.MessageToDict(fact.asked_by)
    return row


def _sample(sample: telemetry_pb2.Sample) -> dict[str, Any]:
    return {
        "series": sample.series,
        "context": CONTEXT_NAMES.get(sample.context),
        "key": sample.key,
        "at": _text(sample.at.ToDatetime(UTC)),
        "value": sample.value,
    }


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def summary(document: dict[str, Any]) -> str:
    """Return the document for people: one line a probe and part, then what there is."""
    lines = [f"{document['server']} ({document['role']}), {document['collected_at']}", ""]
    for row in document["probes"]:
        name = "/".join(filter(None, (row["probe"], row["part"], row["context"])))
        why = "" if row["outcome"] == "observed" else f"  {row['reason'] or ''}: {row['detail'] or ''}"
        lines.append(f"  {name:<44} {row['outcome']:<15} {row['source'] or ''}{why}".rstrip())
    counts: dict[str, int] = {}
    for row in document["facts"]:
        counts[row["kind"]] = counts.get(row["kind"], 0) + 1
    lines += ["", *(f"  {kind:<30} {count:>6}" for kind, count in counts.items())]
    return "\n".join(lines) + "\n"


def write(path: Path, document: dict[str, Any]) -> None:
    """Write the document for its owner alone, whole or not at all; packed where the name ends in .zip.

    On Windows the folder's access list holds for the file. Raises OSError.
    """
    data = to_json(document).encode()
    if path.suffix.lower() == ".zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(re.sub(r"[^\w.-]", "_", f"{document['server']}_facts.json"), data)
        data = packed.getvalue()
    write_private(path, data)


def to_json(document: dict[str, Any]) -> str:
    """Return the document as the text of one file."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
