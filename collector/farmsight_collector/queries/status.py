"""Is a farm well, in one line."""

from collections import Counter
from collections.abc import Collection, Iterable

from farmsight_collector.model.mode import Mode, farm_mode
from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import query_pb2

_OPENINGS = {
    Severity.CRITICAL: "certificate sign-in is broken",
    Severity.ERROR: "certificate sign-in fails for some",
    Severity.WARNING: "works by what is known, with warnings",
}
_MODES = {Mode.CLASSIC: "49443", Mode.ALTERNATE: "certauth", Mode.UNKNOWN: "unknown"}


def answer(picture: Evaluated) -> query_pb2.FarmStatus:
    """Return the verdict, the servers, and how many findings and unknowns there are."""
    unknown = messages.unknown_items(picture.farm.servers, picture.evaluation.unknown)
    counts = Counter(finding.severity.word for finding in picture.evaluation.findings)
    return query_pb2.FarmStatus(
        farm=picture.farm.name,
        as_of=messages.stamp(picture.farm.as_of),
        verdict=verdict(picture, things(unknown)),
        mode=_MODES[farm_mode(picture.farm).mode],
        servers=[messages.server_state(server) for server in picture.farm.servers],
        findings_by_severity=dict(counts),
        unknown=len(unknown),
    )


def untold(unknown: Iterable[query_pb2.UnknownItem]) -> int:
    """Return how many things could not be looked at, each counted once however many rules miss it."""
    return len({(item.server, item.probe, item.part, item.context) for item in unknown if not item.code})


def things(unknown: Collection[query_pb2.UnknownItem]) -> int:
    """Return how many things a verdict calls not known; where all could be looked at, the rules that cannot tell."""
    return untold(unknown) or len({item.code for item in unknown if item.code})


def verdict(picture: Evaluated, unknown: int) -> str:
    """Return one line that claims no more than is proven."""
    findings = picture.evaluation.findings
    causes = [finding for finding in findings if finding.caused_by is None]
    worst = max((finding.severity for finding in causes), default=Severity.INFO)
    rest = f"; {unknown} things are not known" if unknown else ""
    if worst in _OPENINGS:
        first = next(finding for finding in causes if finding.severity is worst)
        return f"{_OPENINGS[worst]}: {first.title}{_others(len(causes))}{rest}"
    if not picture.farm.servers:
        return "nothing is known: no server reports"
    if not any(server.facts for server in picture.farm.servers):
        return f"nothing is known: no fact of a server is here{rest}"  # none came, or they are too old to be kept
    return f"nothing wrong is known{rest}" if unknown else "no fault found, and nothing that was asked is unknown"


def _others(causes: int) -> str:
    return f" (and {causes - 1} more)" if causes > 1 else ""
