"""What a difference between servers means, and how bad it is.

The table (alike.py) says what is expected; here the facts at hand decide whether a
difference matters: a certificate that no user's chain needs does not, the same CRL
signed twice does not, another certificate on a binding does.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from farmsight_collector.correlate.alike import EQUAL, MAY, MUST, Line
from farmsight_collector.correlate.cells import ABSENT, PRESENT, Cell, Weighed, have, values_of
from farmsight_collector.correlate.fetched import fetched_differently
from farmsight_collector.correlate.peers import compare
from farmsight_collector.correlate.stored import stored_differently
from farmsight_collector.model.view import Farm
from farmsight_collector.model.words import names
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2

Judge: TypeAlias = Callable[[Farm, Line, Sequence[Cell]], tuple[Severity | None, str]]


def weigh(farm: Farm, line: Line, cells: Sequence[Cell]) -> Weighed:
    """Return what is expected of these servers, and what it means where it is not so.

    Servers that are not known say nothing. Where servers of one role differ among
    themselves, what is expected of them counts; else what is between the roles.
    """
    known = [cell for cell in cells if cell.state in (PRESENT, ABSENT)]
    roles = {cell.server.role for cell in known}
    within = len(roles) == 1 or any(_differ(its) for its in _by_role(known))
    expected = line.within if within else line.across
    if expected is MUST:
        return Weighed(expected, *_must_differ(line, known))
    if not _differ(known):
        return Weighed(expected)
    if expected is MAY:
        return Weighed(expected, None, line.why)
    judge = _JUDGES.get(line.kind, _plainly)
    return Weighed(EQUAL, *judge(farm, line, known))


def _by_role(cells: Sequence[Cell]) -> list[list[Cell]]:
    return [[cell for cell in cells if cell.server.role == role] for role in sorted({c.server.role for c in cells})]


def _differ(cells: Sequence[Cell]) -> bool:
    return len({(cell.state, cell.digest) for cell in cells}) > 1


def _must_differ(line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    if line.kind == "adfs-sync":
        return _one_primary(line, known)
    groups = compare({cell.server.name: cell.digest for cell in known if cell.state == PRESENT}).groups
    shared = [servers for _, servers in groups if len(servers) > 1]
    if not shared:
        return None, ""
    return line.severity, f"{names(shared[0])} have the same; {line.why}"


def _one_primary(line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    primaries = [cell.server.name for cell in known if cell.text == "primary"]
    secondaries = [cell.server.name for cell in known if cell.text == "secondary"]
    if len(primaries) > 1:
        return line.severity, f"{names(primaries)} are all primary; {line.why}"
    if not primaries and secondaries:
        return Severity.INFO, f"none of those seen is primary; {line.why}"
    return None, ""


def _plainly(_farm: Farm, line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    return line.severity, f"{_who(known)}; {line.why}"


def _who(known: Sequence[Cell]) -> str:
    """Say who differs: who lacks it, who is outside the majority, or that there is none."""
    lacking = [cell.server.name for cell in known if cell.state == ABSENT]
    present = [cell for cell in known if cell.state == PRESENT]
    if lacking and not _differ(present):
        return f"{names(lacking)} {have(lacking, 'lacks it', 'lack it')}"
    compared = compare({cell.server.name: (cell.state, cell.digest) for cell in known})
    if compared.odd:
        return f"{names(compared.odd)} {have(compared.odd, 'differs', 'differ')} from the others"
    return "no majority says which of them is right"


def _bound_differently(_farm: Farm, line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    bound = {cell.server.name: str(cell.held.value.certificate_sha1) for cell in known if cell.held is not None}
    within = any(_differ(its) for its in _by_role(known))
    compared = compare(bound)
    if compared.differs:
        said = "; ".join(f"{names(servers)}: {sha1[:8] or 'none'}" for sha1, servers in compared.groups)
        weight = line.severity if within else Severity.WARNING
        return weight, f"clients are shown another certificate by server ({said})"
    if not within:
        return (
            None,
            "the same certificate wherever it is bound; proxies and nodes have bindings and settings of their own",
        )
    if any(len({cell.state for cell in its}) > 1 for its in _by_role(known)):
        return line.severity, f"{_who(known)}; {line.why}"
    return Severity.WARNING, f"the same certificate, with other settings: {_who(known)}"


def _served_differently(_farm: Farm, line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    values = values_of(known)
    states = {value.state for value in values}
    accounts = {(value.account_sid or value.account_name).lower() for value in values} - {""}
    if facts_pb2.SERVICE_STATE_RUNNING in states and len(states - _NOT_TOLD) > 1:
        stopped = [c.server.name for c in known if c.held and c.held.value.state != facts_pb2.SERVICE_STATE_RUNNING]
        return line.severity, f"not running on {names(stopped)}"
    if len(accounts) > 1:
        weight = line.severity if known[0].server.role == "adfs" else Severity.WARNING
        return weight, f"it runs under {len(accounts)} accounts; {line.why}"
    return Severity.INFO, _who(known)


def _judged_differently(farm: Farm, line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    verdicts = {cell.server.name: _refusal(cell.held.value) for cell in known if cell.held is not None}
    accepting = [name for name, refusal in verdicts.items() if not refusal]
    refusing = [name for name, refusal in verdicts.items() if refusal]
    if accepting and refusing:
        codes = sorted({refusal for refusal in verdicts.values() if refusal})
        said = f"{names(refusing)} {have(refusing, 'refuses', 'refuse')} it ({', '.join(codes[:3])})"
        return line.severity, f"{said}, {names(accepting)} {have(accepting, 'does', 'do')} not"
    if len(set(verdicts.values())) > 1:
        return _plainly(farm, line, known)
    return Severity.INFO, "one verdict, come to by another way, or not asked for everywhere"


def _refusal(value: facts_pb2.ChainVerdict) -> str:
    """Return by which code Windows refuses a chain; empty: it does not."""
    bits = f"0x{value.error_status:08x}" if value.error_status else ""
    return value.chain_error or value.revocation_error or bits


def _set_differently(_farm: Farm, line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    if any(cell.state == ABSENT for cell in known) and not _differ([c for c in known if c.state == PRESENT]):
        return Severity.INFO, f"{_who(known)}; where it is not set, Windows' default holds"
    return _plainly(_farm, line, known)


def _configured_differently(farm: Farm, line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    settings = set()
    for value in values_of(known):
        bare = type(value)()
        bare.CopyFrom(value)
        for field in ("health_state", "health_notes", "version"):
            bare.ClearField(field)
        del bare.connected_servers[:]
        settings.add((bare.SerializeToString(deterministic=True), tuple(sorted(value.connected_servers))))
    if len(settings) == 1 and not any(cell.state == ABSENT for cell in known):
        return Severity.INFO, "one configuration; they differ in health or version, which is judged for each proxy"
    return _plainly(farm, line, known)


def _offset_differently(_farm: Farm, line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    seconds = {cell.server.name: cell.held.value.offset.ToSeconds() for cell in known if cell.held is not None}
    if not seconds:
        return None, ""
    apart = max(seconds.values()) - min(seconds.values())
    if apart <= _SECONDS:
        return None, f"{apart:g} s apart, which is equal"
    return line.severity, f"their clocks are {apart:g} s apart; {line.why}"


_SECONDS: Final = 60  # below, nothing that this table's rules judge by a clock turns over
_NOT_TOLD: Final = frozenset({facts_pb2.SERVICE_STATE_UNSPECIFIED})
_JUDGES: Final[Mapping[str, Judge]] = {
    "store-certificate": stored_differently,
    "tls-binding": _bound_differently,
    "service": _served_differently,
    "clock": _offset_differently,
    "chain-verdict": _judged_differently,
    "schannel-setting": _set_differently,
    "wap-configuration": _configured_differently,
    "retrieval": fetched_differently,
}
