"""Which certificate of the farm ends first: CAs of users' chains, what is bound, and AD FS' own."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.known import dates_doubt, moment, passed
from farmsight_wire.v1 import facts_pb2

State = Literal["ended", "unknown", "month", "later"]  # month: within the next thirty days
SOON = timedelta(days=30)
_Found = tuple[str, facts_pb2.CertificateSummary, str]  # what it is for, the certificate, server


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """One certificate: what it is for, and where."""

    sha1: str
    subject: str
    issuer: str
    uses: tuple[str, ...]
    servers: tuple[str, ...]
    ends: datetime | None
    exact: bool
    state: State


def answer(farm: Farm) -> tuple[Expiry, ...]:
    """Return the certificates by when they end; of which that is not known, last."""
    found: dict[str, list[_Found]] = defaultdict(list)
    for use, summary, server in _uses(farm):
        if summary.sha1:
            found[summary.sha1].append((use, summary, server))
    rows = [_expiry(farm, sha1, its) for sha1, its in found.items()]
    return tuple(sorted(rows, key=lambda one: (one.ends is None, one.ends or farm.as_of, one.subject, one.sha1)))


def _uses(farm: Farm) -> Iterator[_Found]:
    for authority in user_chains(farm).authorities:
        for known in authority.certificates:
            use = "root CA" if known.self_signed else "issuing CA" if not authority.children else "intermediate CA"
            for held in known.held:
                if held.kind == "store-certificate":
                    yield use, known.summary, held.server
    own: dict[str, Held] = {h.value.certificate.sha1: h for s in farm.servers for h in _own(farm, s.name)}
    for server in farm.servers:
        for held in server.facts.get("tls-binding", ()):
            sha1 = held.value.certificate_sha1
            if sha1 in own:
                yield f"bound to {held.key}", own[sha1].value.certificate, server.name
            elif sha1:
                yield f"bound to {held.key}", facts_pb2.CertificateSummary(sha1=sha1), server.name
        for held in server.facts.get("adfs-certificate", ()):
            yield f"AD FS {held.value.type}", held.value.certificate, server.name
        for held in server.facts.get("wap-trust-certificate", ()):
            yield "trust of a proxy", held.value.certificate, server.name


def _own(farm: Farm, name: str) -> tuple[Held, ...]:
    return farm.server(name).ask("store-certificate", part="MY").facts


def _expiry(farm: Farm, sha1: str, its: list[_Found]) -> Expiry:
    best = max((summary for _, summary, _ in its), key=lambda s: (s.HasField("not_after"), bool(s.blob_sha256)))
    ends, doubt = moment(best, "not_after"), dates_doubt(best)
    return Expiry(
        sha1=sha1,
        subject=best.subject,
        issuer=best.issuer,
        uses=tuple(sorted({use for use, _, _ in its})),
        servers=tuple(sorted({server for _, _, server in its})),
        ends=ends,
        exact=not doubt,
        state=_state(farm.as_of, ends, doubt),
    )


def _state(at: datetime, ends: datetime | None, doubt: timedelta) -> State:
    if ends is None:
        return "unknown"
    over = passed(ends, at, doubt)
    if over is None:
        return "unknown"
    return "ended" if over else "month" if ends - at < SOON else "later"
