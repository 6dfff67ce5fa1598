"""Chains as the servers' own engines saw them: certificate by server and account."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.view import Farm, Knowledge, Server
from farmsight_collector.pki import verdicts
from farmsight_collector.pki.verdicts import Said
from farmsight_collector.report.retrieval_matrix import Cell, Column
from farmsight_wire.v1 import facts_pb2 as f

# CERT_TRUST_STATUS.dwErrorStatus: what it says of the whole chain, worst first.
_WORDS: Final = {
    verdicts.PARTIAL_CHAIN: "incomplete",
    verdicts.UNTRUSTED_ROOT: "its root is not trusted",
    verdicts.EXPLICIT_DISTRUST: "explicitly distrusted",
    verdicts.REVOKED: "revoked",
    verdicts.NOT_TIME_VALID: "not within its validity",
    verdicts.NOT_SIGNATURE_VALID: "a signature does not verify",
    verdicts.NOT_VALID_FOR_USAGE: "not good for this usage",
    verdicts.CYCLIC: "goes in a circle",
    verdicts.INVALID_EXTENSION: "an extension is not valid",
    verdicts.INVALID_POLICY_CONSTRAINTS: "policy constraints are broken",
    verdicts.INVALID_BASIC_CONSTRAINTS: "basic constraints are broken",
    verdicts.NAME_CONSTRAINTS: "name constraints are broken",
    verdicts.NOT_SUPPORTED_CRITICAL_EXTENSION: "a critical extension is not understood",
    verdicts.HAS_WEAK_SIGNATURE: "a weak signature",
    verdicts.OFFLINE_REVOCATION: "revocation server offline",
    verdicts.REVOCATION_STATUS_UNKNOWN: "revocation not known",
}
_NAMED: Final = sum(_WORDS) & 0xFFFFFFFF


@dataclass(frozen=True, kw_only=True)
class Row:
    """One certificate, the longest chain that any server built for it, and how it went in each column."""

    subject: str
    sha1: str
    of_server: bool  # it is a server's own, not a user's
    issuers: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Tell whether it went well in one place and not in another."""
        return len({cell.state for cell in self.cells} & {"ok", "bad"}) == 2


@dataclass(frozen=True, kw_only=True)
class Chains:
    """All certificates in all columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def chains(farm: Farm) -> Chains:
    """Return every certificate whose chain some server judged; users' come before servers' own."""
    said = {(one.server.name, one.context or "", one.held.key): one for s in farm.servers for one in verdicts.said(s)}
    columns = [place for server in farm.servers for place in _columns(server)]
    keys = dict.fromkeys(key for _, _, key in said)
    rows = [_row(farm, key, columns, said) for key in keys]
    return Chains(
        columns=tuple(Column(server=server.name, context=context) for server, context in columns),
        rows=tuple(sorted(rows, key=lambda row: (row.of_server, len(row.issuers) * -1, row.subject, row.sha1))),
    )


def _columns(server: Server) -> Iterator[tuple[Server, str]]:
    for context in (*server.contexts(verdicts.PROBE), None):
        answer = server.ask("chain-verdict", context=context)
        unknown = context is not None and answer.knowledge is Knowledge.UNKNOWN
        if answer.facts or (unknown and "file-missing" not in answer.reason):
            yield server, context or ""


def _row(farm: Farm, key: str, columns: Iterable[tuple[Server, str]], said: dict[tuple[str, str, str], Said]) -> Row:
    of_it = [one for (_, _, its), one in said.items() if its == key]
    longest = max(of_it, key=lambda one: len(one.value.elements))
    leaf = longest.leaf
    return Row(
        subject=leaf.subject or "(no subject shown)",
        sha1=leaf.sha1,
        of_server=leaf.sha1 in verdicts.of_servers(farm),
        issuers=tuple(element.certificate.subject for element in longest.value.elements[1:]),
        cells=tuple(_cell(said.get((server.name, context, key)), server, context) for server, context in columns),
    )


def _cell(one: Said | None, server: Server, context: str) -> Cell:
    if one is None:
        answer = server.ask("chain-verdict", context=context or None)
        if answer.knowledge is Knowledge.UNKNOWN:
            return Cell(state="unknown", text=answer.reason)
        return Cell(state="none", text="not asked")
    state, text = _judged(one)
    return Cell(state=state, text=text, source=one.held.fact.source)


def _judged(one: Said) -> tuple[str, str]:
    value = one.value
    errors = one.errors
    if errors & verdicts.OFFLINE_REVOCATION:
        errors &= ~verdicts.REVOCATION_STATUS_UNKNOWN  # it goes without saying
    wrong = [_word(one, bit) for bit in _WORDS if errors & bit]
    codes = dict.fromkeys(code for code in (value.chain_error, value.revocation_error) if code)
    if unnamed := errors & ~_NAMED:
        wrong.append(f"error status 0x{unnamed:x}")
    if wrong or codes:
        return "bad", ", ".join(wrong or ["refused"]) + (f" ({', '.join(codes)})" if codes else "")
    if value.revocation_checked == f.TRISTATE_YES:
        return "ok", "whole; revocation checked"
    if value.revocation_checked == f.TRISTATE_NO:
        return "unknown", "whole; revocation not checked"
    return "unknown", "whole; whether revocation was checked is not shown"


def _word(one: Said, bit: int) -> str:
    elements = one.value.elements
    if bit == verdicts.PARTIAL_CHAIN and elements and elements[-1].certificate.issuer:
        return f"incomplete: {elements[-1].certificate.issuer} is not found"
    return _WORDS[bit]
