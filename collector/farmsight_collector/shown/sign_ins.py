"""Sign-ins with users' certificates as pages show them: the answer, what fails, which pairs pass, every hop."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_collector.cli.findings_output import instant
from farmsight_collector.cli.trace_output import verdict
from farmsight_collector.cli.unknown_output import names_of
from farmsight_collector.shown.findings import AT_ONCE, Proof, proofs
from farmsight_collector.shown.trace_groups import Cell, Group, Groups, Matrix, matrices, ordered, whose
from farmsight_collector.signin.trace import HOPS
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

MOST_HOPS: Final = 400  # rows of the table of every hop; JSON has them all
_STATES: Final = {"passes": "ok", "fails": "bad", "unknown": "unknown"}


@dataclass(frozen=True, kw_only=True)
class Code:
    """A finding that says the same: where it stands in the page, empty where it does not."""

    code: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Why:
    """Hops that came to the same for one reason."""

    number: int  # 0: nothing points to it
    hop: str
    must: str
    state: str
    word: str
    servers: tuple[str, ...]
    contexts: tuple[str, ...]
    catalogue: tuple[str, ...]
    why: str
    title: str
    user_sees: str
    administrator_sees: str
    codes: tuple[Code, ...]
    first: tuple[Proof, ...]
    rest: tuple[Proof, ...]
    proofs: int
    subject: str  # what the evidence is of


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One cell of the matrix."""

    state: str
    word: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The pairs of one path."""

    path: str
    said: str
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Shown, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One hop; `chains` are lines, each with how deep it stands."""

    hop: str
    where: str
    state: str
    word: str
    why: str
    matters: bool
    until: str
    chains: tuple[tuple[int, str], ...]


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """One certificate's sign-in."""

    number: int
    file: str
    subject: str
    sha1: str
    state: str
    word: str
    answer: str
    failing: tuple[Why, ...]
    unknown: tuple[Why, ...]
    beside: tuple[Why, ...]
    grids: tuple[Grid, ...]
    hops: tuple[Row, ...]
    more: int  # hops that are left out
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Way:
    """One pair of servers, hop by hop."""

    path: str
    via: tuple[str, ...]
    state: str
    word: str
    hops: tuple[Row, ...]


def sign_in(number: int, file: str, answer: query_pb2.TraceResponse, findings: Sequence[query_pb2.Finding]) -> SignIn:
    """Return one sign-in, the trace of a file's certificate; of the findings, what says the same is named."""
    groups = Groups(answer)
    word, hops = verdict(answer.verdict), ordered(answer.hops)
    return SignIn(
        number=number,
        file=file,
        subject=answer.subject,
        sha1=answer.certificate,
        state=_STATES[word],
        word=word,
        answer=answer.answer,
        failing=tuple(_why(group, findings) for group in groups.failing),
        unknown=tuple(_why(group, findings) for group in groups.unknown),
        beside=tuple(_why(group, findings) for group in groups.beside),
        grids=tuple(_grid(matrix) for matrix in matrices(answer, groups)),
        hops=tuple(map(_row, hops[:MOST_HOPS])),
        more=max(0, len(hops) - MOST_HOPS),
        notes=tuple(answer.notes),
    )


def way(answer: query_pb2.TraceResponse, path: str, via: Sequence[str]) -> Way | None:
    """Return one way into the farm hop by hop, in the order of the sign-in; None where there is no such way."""
    for one in answer.paths:
        if one.path == path and list(one.via) == list(via):
            word = verdict(one.verdict)
            rows = tuple(_row(hop) for hop in ordered(answer.hops[place] for place in one.hops))
            return Way(path=path, via=tuple(one.via), state=_STATES[word], word=word, hops=rows)
    return None


def _why(group: Group, findings: Sequence[query_pb2.Finding]) -> Why:
    hop, word = group.hop, verdict(group.hop.verdict)
    return Why(
        number=group.number,
        hop=hop.hop,
        must=group.what,
        state=_STATES[word],
        word=word,
        servers=tuple(group.servers),
        contexts=(group.context,) if group.context else (),
        catalogue=tuple(hop.catalogue),
        why=group.why,
        title=_title(group),
        user_sees=hop.user_sees,
        administrator_sees=hop.administrator_sees,
        codes=tuple(Code(code=code, id=_id(code, group.servers, findings)) for code in hop.codes),
        first=proofs(hop.evidence[:AT_ONCE]),
        rest=proofs(hop.evidence[AT_ONCE:]),
        proofs=len(hop.evidence),
        subject=", ".join(group.servers) or whose(hop.hop),
    )


def _title(group: Group) -> str:
    """Return who and why as a sentence: reasons are told of the server that has them."""
    if not group.servers or group.why.startswith(tuple(group.servers)):
        return group.why
    return f"{names_of(group.servers)} {group.why}"


def _id(code: str, servers: Sequence[str], findings: Sequence[query_pb2.Finding]) -> str:
    """Return the finding of this code that names one of the servers, else any of this code."""
    held = [one for one in findings if one.code == code]
    here = [one for one in held if not set(servers).isdisjoint(one.servers)]
    return next((one.id for one in (*here, *held)), "")


def _grid(matrix: Matrix) -> Grid:
    return Grid(
        path=matrix.path,
        said=matrix.said,
        columns=matrix.columns,
        rows=tuple((names, tuple(map(_cell, cells))) for names, cells in matrix.rows),
    )


def _cell(cell: Cell | None) -> Shown:
    if cell is None:
        return Shown(state="none", word="no such pair", number=0)
    word = verdict(cell.verdict)
    return Shown(state=_STATES[word], word=word, number=cell.number)


def _row(hop: query_pb2.TraceHop) -> Row:
    word, context = verdict(hop.verdict), CONTEXT_NAMES[hop.context]
    return Row(
        hop=hop.hop,
        where=f"{hop.server or whose(hop.hop)}{f' as {context}' if context else ''}",
        state=_STATES[word],
        word=word,
        why=hop.why or HOPS.get(hop.hop, ""),
        matters=hop.matters,
        until=instant(hop.holds_until) or "",
        chains=tuple(_lines(hop)),
    )


def _lines(hop: query_pb2.TraceHop) -> Iterable[tuple[int, str]]:
    for number, chain in enumerate(hop.chains, 1):
        yield 0, f"chain {number} of {len(hop.chains)}: {verdict(chain.verdict)}"
        yield from ((1, reason) for reason in chain.reasons)
        for step in chain.steps:
            found = ", ".join(step.found_in) or "not told where"
            yield 1, f"{step.subject} ({found})"
            yield from ((2, f"revocation: {covering}") for covering in step.coverings)
            yield from ((2, reason) for reason in step.reasons if reason not in chain.reasons)
    if hop.stopped:
        yield 0, f"not every chain was looked at: {hop.stopped}"
