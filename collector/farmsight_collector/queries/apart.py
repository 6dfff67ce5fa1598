"""What is compared for itself: single fields, and what one URL serves to all accounts together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from farmsight_collector.correlate.alike import Expectation, Line
from farmsight_collector.correlate.cells import Cell, Weighed
from farmsight_collector.correlate.fetched import crls_told
from farmsight_collector.model.view import Held, Knowledge, Server
from farmsight_collector.model.words import enum_word
from farmsight_wire.v1 import facts_pb2

NOT_APPLICABLE: Final = "not applicable"  # a state beside present, absent and unknown: no value to compare
_PURPOSES: Final = ("crl ", "delta ")


def fields(line: Line, servers: Sequence[Server]) -> list[Cell]:
    """Return what each server has in the field that a line is about; a field that is not told is not known."""
    return [_field(line, server) for server in servers]


def by_place(servers: Sequence[Server]) -> Iterator[tuple[str, list[Cell], Weighed]]:
    """Yield each CRL URL that more than one account was answered by: who got which CRL from which address."""
    by_key: dict[str, dict[str, list[Held]]] = {}
    for server in servers:
        for held in server.facts.get("retrieval", ()):
            if held.key.startswith(_PURPOSES) and held.value.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK:
                by_key.setdefault(held.key, {}).setdefault(server.name, []).append(held)
    for key, its in sorted(by_key.items()):
        answers = [held for helds in its.values() for held in helds]
        if len({held.context for held in answers}) > 1:
            told = crls_told(held.value for held in answers)
            yield (
                key,
                [_place(server, its.get(server.name, [])) for server in servers],
                Weighed(Expectation.EQUAL, *told or ()),
            )


def _place(server: Server, answers: Sequence[Held]) -> Cell:
    if not answers:
        return Cell(server=server, state="unknown")
    held = sorted(answers, key=lambda one: one.context or "")
    served = sorted({(one.value.crl.number, one.value.body_sha256.hex()) for one in held})
    said = "; ".join(f"{one.context}: {_served(one.value)}" for one in held)
    return Cell(server=server, state="present", digest=repr(served), text=said, held=held[0])


def _served(value: facts_pb2.Retrieval) -> str:
    addresses = sorted({hop.address for hop in value.hops if hop.address})
    return f"number {value.crl.number or '-'}" + (f" by {', '.join(addresses)}" if addresses else "")


def _field(line: Line, server: Server) -> Cell:
    answer = server.ask(line.kind)
    if answer.knowledge is Knowledge.NOT_APPLICABLE:
        return Cell(server=server, state=NOT_APPLICABLE, text=NOT_APPLICABLE)
    held = next(iter(answer.facts), None)
    text = _TEXTS[line.kind, line.field](held.value) if held else ""
    if held is None or not text:
        return Cell(server=server, state="unknown")
    return Cell(server=server, state="present", digest=text, text=text, held=held)


def _build(value: Any) -> str:  # noqa: ANN401 - a message of the contract
    return f"{value.os_version}.{value.os_update_revision}".removesuffix(".0") if value.os_version else ""


def _joined(value: Any) -> str:  # noqa: ANN401 - a message of the contract
    return {facts_pb2.TRISTATE_YES: "yes", facts_pb2.TRISTATE_NO: "no"}.get(value.domain_joined, "")


def _resolutions(value: Any) -> str:  # noqa: ANN401 - a message of the contract
    said = [f"{one.name}: {', '.join(sorted(one.addresses)) or enum_word(one, 'outcome')}" for one in value.resolutions]
    return "; ".join(sorted(said))


def _role(value: Any) -> str:  # noqa: ANN401 - a message of the contract
    return "" if value.role == facts_pb2.SYNC_ROLE_UNSPECIFIED else enum_word(value, "role")


_TEXTS: Final[Mapping[tuple[str, str], Callable[[Any], str]]] = {
    ("host", "computer_name"): lambda value: str(value.computer_name).lower(),
    ("host", "build"): _build,
    ("host", "domain_joined"): _joined,
    ("host", "resolutions"): _resolutions,
    ("adfs-sync", "role"): _role,
}
