"""A sign-in trace as text for people: the answer, what fails and what is not known, which pairs of servers pass."""

from collections.abc import Iterable, Sequence
from typing import Final

from farmsight_collector.cli.findings_output import instant
from farmsight_collector.cli.output import Output
from farmsight_collector.cli.trace_output import verdict
from farmsight_collector.cli.unknown_output import names_of
from farmsight_collector.model.words import plain
from farmsight_collector.shown.trace_groups import FAILS, Cell, Group, Groups, Matrix, matrices, ordered, whose
from farmsight_collector.signin.trace import HOPS
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

_STATES: Final = {"passes": "ok", "fails": "error", "unknown": "unknown"}
_SHOWN: Final = 20
_EVIDENCE_SHOWN: Final = 10
_FEW: Final = 6
_OTHERS: Final = 3


def print_trace(out: Output, response: query_pb2.TraceResponse, *, details: bool) -> None:
    """Print the whole; with details also every hop, with the chains and facts that it rests on."""
    groups = Groups(response)
    out.line(f"{response.farm} as of {instant(response.as_of)}: {response.subject}, sha1 {response.certificate}")
    word = verdict(response.verdict)
    out.block(f"{out.paint(word.upper(), _STATES[word])}  {plain(response.answer)}\n")
    _section(out, "what fails", groups.failing, groups.servers, details=details)
    _section(out, "not known", groups.unknown, groups.servers, details=details)
    _section(out, "beside that, no verdict hangs on it", groups.beside, groups.servers, details=details)
    for one in matrices(response, groups):
        _print_matrix(out, one)
    if details:
        _every_hop(out, response.hops)
    if response.notes:
        out.line()
        out.line(f"to know ({len(response.notes)}):", "unknown")
        for note in response.notes:
            out.line(f"    {note}")


def _where(hop: query_pb2.TraceHop) -> str:
    context = CONTEXT_NAMES[hop.context]
    return f"{hop.server}{f' as {context}' if context else ''}: " if hop.server else ""


def _section(out: Output, title: str, groups: Sequence[Group], servers: int, *, details: bool) -> None:
    if not groups:
        return
    out.line()
    out.line(f"{title} ({len(groups)}):")
    shown = groups if details else groups[:_SHOWN]
    for one in shown:
        _print_group(out, one, servers)
    if len(groups) > len(shown):
        out.line(f"    and {len(groups) - len(shown)} more; -v or --json shows all")


def _print_group(out: Output, group: Group, servers: int) -> None:
    hop, word = group.hop, verdict(group.hop.verdict)
    where = names_of(group.servers, servers) or whose(hop.hop)
    if group.context:
        where += f" as {group.context}"
    number = f"{group.number:>2}  " if group.number else "    "
    catalogue = f"  ({', '.join(hop.catalogue)})" if hop.catalogue else ""
    out.block(f"{number}{out.paint(word.upper(), _STATES[word])}  {plain(f'{hop.hop}  [{where}]{catalogue}')}\n")
    if group.what:
        out.line(f"      must hold: {group.what}")
    out.line(f"      why: {group.why}")
    if hop.user_sees:
        out.line(f"      the user sees: {hop.user_sees}")
    if hop.administrator_sees:
        out.line(f"      the administrator sees: {hop.administrator_sees}")
    for code in hop.codes:
        out.line(f"      what to do: farmsight explain {code}")


def _print_matrix(out: Output, matrix: Matrix) -> None:
    out.line()
    out.line(f"{matrix.path}: {matrix.said}")
    lasts = [name for names in matrix.columns for name in names]
    firsts = [name for names, _ in matrix.rows for name in names]
    heads = ["  via", *(_alike(names, lasts) for names in matrix.columns)]
    out.table(heads, [[f"  {_alike(names, firsts)}", *map(_cell, cells)] for names, cells in matrix.rows])


def _alike(names: Sequence[str], everyone: Sequence[str]) -> str:
    """Return the names of servers that are alike: where they are nearly all, by the others."""
    others = [name for name in everyone if name not in names]
    if len(names) > _FEW and 0 < len(others) <= _OTHERS:
        return f"all but {', '.join(others)}"
    return names_of(names, len(everyone))


def _cell(cell: Cell | None) -> str | tuple[str, str]:
    if cell is None:
        return "-"
    word = verdict(cell.verdict)
    return f"{word} ({cell.number})" if cell.number else word, _STATES[word]


def _every_hop(out: Output, hops: Iterable[query_pb2.TraceHop]) -> None:
    out.line()
    out.line("every hop:")
    before = ""
    for hop in ordered(hops):
        if hop.hop != before:
            out.line(f"  {hop.hop}: {HOPS.get(hop.hop, '')}")
            before = hop.hop
        word = verdict(hop.verdict)
        weight = "" if hop.matters else " (no verdict hangs on it)"
        out.block(f"    {out.paint(word, _STATES[word])}  {plain(f'{_where(hop)}{hop.why}{weight}')}\n")
        if hop.HasField("holds_until"):
            out.line(f"        until {instant(hop.holds_until)}")
        for number, chain in enumerate(hop.chains, 1):
            _chain(out, chain, f"chain {number} of {len(hop.chains)}")
        if hop.stopped:
            out.line(f"        not every chain was looked at: {hop.stopped}")
        _evidence(out, hop)


def _chain(out: Output, chain: query_pb2.TraceChain, title: str) -> None:
    word = verdict(chain.verdict)
    out.block(f"        {title}: {out.paint(word, _STATES[word])}\n")
    for reason in chain.reasons:
        out.line(f"          {reason}")
    for step in chain.steps:
        found = ", ".join(step.found_in) or "not told where"
        out.line(f"          {step.subject}  sha1 {step.sha1}  ({found})")
        for covering in step.coverings:
            out.line(f"              revocation: {covering}")
        for reason in step.reasons:
            if reason not in chain.reasons:
                out.line(f"              {reason}")


def _evidence(out: Output, hop: query_pb2.TraceHop) -> None:
    for one in hop.evidence[:_EVIDENCE_SHOWN]:
        context = f" as {name}" if (name := CONTEXT_NAMES[one.context]) else ""
        source = f", from {one.source}" if one.source else ""
        out.line(f"        seen: {one.server} {one.kind} {one.key}{context} since {instant(one.observed_at)}{source}")
    if len(hop.evidence) > _EVIDENCE_SHOWN:
        out.line(f"        seen: and {len(hop.evidence) - _EVIDENCE_SHOWN} more (--json shows all)")


def exit_code(response: query_pb2.TraceResponse, fail_on: str) -> int:
    """Return 1 when the verdict is as bad as the word, else 0: "fails", "unknown" (or fails), "never"."""
    if fail_on == "never" or response.verdict == query_pb2.TRACE_VERDICT_PASSES:
        return 0
    return int(response.verdict == FAILS or fail_on == "unknown")
