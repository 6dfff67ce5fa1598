"""The CAs of users' chains as the tenant lists them, beside what the farm's servers hold and announce."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from farmsight_collector.model.view import Farm, Held, UnknownFactError
from farmsight_collector.pki.chains import Authority, user_chains
from farmsight_collector.pki.naming import NAMING_STORES
from farmsight_collector.rules.entra.authorities import Missing, listed, missing
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2

Agreement = Literal["both", "tenant only", "farm only", "unknown"]
_HOLDING: Final = ("ROOT", "CA")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """How the tenant lists a CA."""

    root: bool | None  # the type that the tenant has for it; None: not told
    store: str  # classic, or the newer PKI store
    crl_url: str
    delta_url: str


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """One CA on both sides."""

    id: int  # of the authority; -1: nothing of it is known but its name
    subject: str
    root: bool
    agreement: Agreement
    listings: tuple[Listing, ...]
    held_by: tuple[str, ...]  # servers, in ROOT or CA
    announced: tuple[str, ...]  # NTAuth, ClientAuthIssuer, a user's certificate: who names it on the farm's side
    severity: Severity | None = None  # of what the tenant lacks
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Issuers:
    """All of them; `unknown` says why the tenant's side is not known."""

    rows: tuple[Issuer, ...]
    unknown: str = ""


def answer(farm: Farm) -> Issuers:
    """Return each CA of users' chains with who knows it."""
    unknown = ""
    lacking: dict[str, Missing] = {}
    try:
        listed(farm)
        lacking = {one.subject: one for one in missing(farm)}
    except UnknownFactError as error:
        unknown = str(error)
    rows = [_issuer(one, lacking.pop(one.subject, None), known=not unknown) for one in user_chains(farm).authorities]
    rows += [_only_named(one) for one in lacking.values()]
    return Issuers(rows=tuple(sorted(rows, key=_order)), unknown=unknown)


def _issuer(one: Authority, lacking: Missing | None, *, known: bool) -> Issuer:
    objects = [*(held for held in one.held if held.kind == "entra-authority"), *one.alike]
    held_by = {h.server for h in one.held if h.kind == "store-certificate" and h.value.store in _HOLDING}
    return Issuer(
        id=one.id,
        subject=one.subject,
        root=one.root,
        agreement=_agreement(objects, held_by, lacking, known=known),
        listings=tuple(dict.fromkeys(_listings(objects))),
        held_by=tuple(sorted(held_by)),
        announced=tuple(sorted(set(one.sources) & (NAMING_STORES | {"user certificate", "verified CA"}))),
        severity=lacking.severity if lacking is not None and not lacking.doubt else None,
        because=(lacking.doubt or lacking.because) if lacking is not None else "",
    )


def _agreement(objects: list[Held], held_by: set[str], lacking: Missing | None, *, known: bool) -> Agreement:
    if not known or (lacking is not None and lacking.doubt and not objects):
        return "unknown"
    if objects:
        return "both" if held_by else "tenant only"
    return "farm only"


def _listings(objects: list[Held]) -> Iterator[Listing]:
    roots = {facts_pb2.TRISTATE_YES: True, facts_pb2.TRISTATE_NO: False}
    stores = {facts_pb2.ENTRA_STORE_CLASSIC: "classic", facts_pb2.ENTRA_STORE_PKI: "PKI store"}
    for held in objects:
        value = held.value
        yield Listing(
            root=roots.get(value.root),
            store=stores.get(value.entra_store, ""),
            crl_url=value.crl_url,
            delta_url=value.delta_crl_url,
        )


def _only_named(one: Missing) -> Issuer:
    return Issuer(
        id=-1, subject=one.subject, root=one.root, agreement="unknown" if one.doubt else "farm only", listings=(),
        held_by=(), announced=(), severity=None if one.doubt else one.severity, because=one.doubt or one.because,
    )  # fmt: skip


_RANKS: Final = {"unknown": 1, "tenant only": 2, "both": 3, "farm only": 4}


def _order(one: Issuer) -> tuple[int, int, bool, str]:
    """Return what sorts issuers: what the tenant lacks, what is not known, what agrees, what needs not be listed."""
    return 0 if one.severity else _RANKS[one.agreement], -(one.severity or 0), not one.root, one.subject
