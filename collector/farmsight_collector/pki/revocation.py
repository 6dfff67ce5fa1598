"""What a failed fetch of revocation data means: for which certificates, and whether another way is open.

A certificate's status can be had from any URL of its CDP, or from an OCSP
responder. So one dead mirror among living ones is not an outage, and a
root's own CDP is never asked (chains are checked without the root).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki import verdicts
from farmsight_collector.pki.chains import Authority, Standing, UserChains, user_chains
from farmsight_collector.pki.freshness import expired, next_update, over, this_update
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.told import of_no_use, plain, unjudged
from farmsight_wire.v1 import facts_pb2 as f

__all__ = ["VALIDATES", "Fetched", "expired", "fetched", "next_update", "this_update", "usable"]

# Under which accounts certificates are validated, by role.
VALIDATES: Final = {
    "adfs": frozenset({"system", "adfs-service"}),
    "wap": frozenset({"system", "network-service"}),
    "proxy": frozenset({"system", "proxy-service", "network-service"}),
}
_BAD_SIGNATURE: Final = (f.SIGNATURE_CHECK_FAILED, f.SIGNATURE_CHECK_WRONG_ISSUER)


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """One retrieval on one server in one context, and what hangs on it."""

    held: Held
    value: f.Retrieval  # of the fact, in the one spelling of all sources
    server: Server
    context: str
    authorities: tuple[Authority, ...]  # of the chains that matter, whose certificates name the URL
    standing: Standing
    checked: bool  # False: known that nothing checks revocation under this account here
    alternative: bool  # each certificate that names it has another way that works here
    twins: tuple[Held, ...]  # the other URLs for the same certificates, here and in this context

    @property
    def ok(self) -> bool:
        """Tell whether the fetch brought what it was for."""
        return self.value.outcome == f.RETRIEVAL_OUTCOME_OK

    @property
    def validates(self) -> bool:
        """Tell whether certificates are validated under this account on such a server."""
        return self.context in VALIDATES.get(self.server.role, frozenset())


def usable(retrieval: f.Retrieval, at: datetime) -> bool:
    """Tell whether a chain builder can go by what was fetched."""
    if retrieval.outcome != f.RETRIEVAL_OUTCOME_OK:
        return False
    if retrieval.purpose == f.RETRIEVAL_PURPOSE_OCSP:
        status = retrieval.ocsp.certificate_status
        return retrieval.ocsp.response_status == 0 and status != f.OCSP_CERTIFICATE_STATUS_UNKNOWN
    if retrieval.signature in _BAD_SIGNATURE or of_no_use(retrieval):
        return False
    return not (over(retrieval, at) or retrieval.crl.indirect or retrieval.crl.only_some_reasons)


def cached_copy(farm: Farm, one: Fetched) -> Held | None:
    """Return the entry of the account's URL cache that still serves what this fetch is for, if there is one."""
    for entry in one.server.ask("url-cache", context=one.context).facts:
        if entry.key == one.value.url:
            ends = next_update(entry.value.crl)
            return entry if ends is not None and ends > farm.as_of else None
    return None


def passing_verdict(one: Fetched) -> Held | None:
    """Return the server's own verdict, as the same account, that passed all the same for what this fetch is for."""
    said = (s for s in verdicts.said(one.server) if s.context == one.context)
    return next((s.held for s in said if verdicts.passed(s, one.value.named_by)), None)


def fetched(farm: Farm, server: Server, context: str) -> tuple[Fetched, ...]:
    """Return the retrievals of one context that matter; raises UnknownFactError when they are not known."""
    done, key = _worked_out(farm), (server.name, context)
    if key not in done:
        done[key] = tuple(_fetched(farm, server, context))
    return done[key]


@per_farm
def _worked_out(_farm: Farm) -> dict[tuple[str, str], tuple[Fetched, ...]]:
    return {}


def _fetched(farm: Farm, server: Server, context: str) -> Iterator[Fetched]:
    rows = tuple(held for held in server.need("retrieval", context=context) if _counts(server, held.value))
    ways = _Ways.of(farm, rows, verdicts.unlearned(server, context))
    checked = context != "system" or checks(server)
    for held in rows:
        meaning = ways.meanings[id(held)]
        if meaning.matters:
            yield Fetched(
                held=held,
                value=plain(held.value),
                server=server,
                context=context,
                authorities=meaning.authorities,
                standing=meaning.standing,
                alternative=bool(meaning.speaking) and all(ways.other(held, sha1) for sha1 in meaning.speaking),
                checked=checked,
                twins=ways.twins(held),
            )


def _counts(server: Server, retrieval: f.Retrieval) -> bool:
    """Tell whether what the agent gets says anything of the server's own checks.

    Other makers' proxies ask no directory: by LDAP nothing is missing there, and nothing is another way.
    """
    by_ldap = retrieval.url.lower().startswith(("ldap:", "ldaps:"))
    return not (by_ldap and server.role == "proxy" and not retrieval.HasField("platform_wire"))


Way = tuple[str, int, bool]  # certificate, purpose, whether for what it issued


@dataclass(frozen=True, kw_only=True)
class _Meaning:
    """What a fetch is for, which is the same wherever the same was fetched with the same result."""

    fact: f.Fact
    ways: tuple[Way, ...]
    good: bool
    unjudged: bool
    matters: bool
    speaking: tuple[str, ...]
    authorities: tuple[Authority, ...]
    standing: Standing


@per_farm
def _meanings(_farm: Farm) -> dict[int, _Meaning]:
    """Return what was worked out so far, by the identity of the fact that it keeps."""
    return {}


def _meaning(farm: Farm, held: Held) -> _Meaning:
    known = _meanings(farm).get(id(held.fact))
    if known is not None:
        return known
    value, chains = plain(held.value), user_chains(farm)
    everyone = named_by(farm, value)
    ways = tuple((sha1, value.purpose, _issued_by_it(farm, sha1, value.url)) for sha1 in everyone)
    named = tuple(sha1 for sha1 in everyone if sha1 not in beside(farm))
    speaking = _speaking(ways, named)
    made = _Meaning(
        fact=held.fact,
        ways=ways,
        good=usable(value, farm.as_of),
        unjudged=unjudged(value),
        matters=not (everyone and not named) and not _only_of_roots(farm, chains, value, named),
        speaking=speaking,
        authorities=tuple({a.id: a for a in map(chains.by_sha1.get, speaking) if a is not None}.values()),
        standing=_standing(chains, named),
    )
    _meanings(farm)[id(held.fact)] = made
    return made


def _speaking(ways: tuple[Way, ...], named: tuple[str, ...]) -> tuple[str, ...]:
    """Return those that tell by which ways the status can be had: certificates that hold the URL themselves.

    That the tenant names the URL for a CA shows whose certificates hang on
    it, and not what else these hold; it counts while none of them is known.
    """
    for_issued = {sha1 for sha1, _, issued in ways if issued}
    return tuple(sha1 for sha1 in named if sha1 not in for_issued) or named


def checks(server: Server) -> bool:
    """Tell whether the operating system checks revocation here, unless every binding is known to say no."""
    bindings = [b.value for b in server.ask("tls-binding").facts if b.value.negotiate_client_certificate]
    return not bindings or any(
        not b.HasField("verify_client_revocation") or b.verify_client_revocation for b in bindings
    )


@dataclass(frozen=True, kw_only=True)
class _Ways:
    """The rows of one context by what they serve."""

    meanings: Mapping[int, _Meaning]
    rows: Mapping[Way, list[Held]]
    unlearned: frozenset[str]  # certificates whose status the server's own engine did not learn

    @classmethod
    def of(cls, farm: Farm, rows: tuple[Held, ...], unlearned: frozenset[str]) -> "_Ways":
        meanings = {id(held): _meaning(farm, held) for held in rows}
        by_way: dict[Way, list[Held]] = {}
        for held in rows:
            for way in meanings[id(held)].ways:
                by_way.setdefault(way, []).append(held)
        return cls(meanings=meanings, rows=by_way, unlearned=unlearned)

    def twins(self, held: Held) -> tuple[Held, ...]:
        """Return the other rows that serve one of the same certificates."""
        found = {id(other): other for way in self.meanings[id(held)].ways for other in self.rows[way]}
        found.pop(id(held), None)
        return tuple(found.values())

    def other(self, held: Held, sha1: str) -> bool:
        """Tell whether another row brought what this one is for, or a responder answered instead.

        An answer that can't be judged counts, unless the server's own engine found no way.
        """
        mine = [way for way in self.meanings[id(held)].ways if way[0] == sha1]
        ocsp = [(sha1, f.RETRIEVAL_PURPOSE_OCSP, issued) for way in mine if not way[2] for issued in (False, True)]
        others = (other for way in (*mine, *ocsp) for other in self.rows.get(way, ()))
        return any(other is not held and self._serves(self.meanings[id(other)], sha1) for other in others)

    def _serves(self, other: _Meaning, sha1: str) -> bool:
        return other.good or (other.unjudged and sha1 not in self.unlearned)


def _standing(chains: UserChains, named: tuple[str, ...]) -> Standing:
    if not named:
        return Standing.UNDECIDED
    # Not in any store: a user's certificate that was handed in for this very purpose.
    return max(chains.by_sha1[s].standing if s in chains.by_sha1 else Standing.NAMED for s in named)


@per_farm
def beside(farm: Farm) -> frozenset[str]:
    """Return the certificates that are known and are in no user's chain."""
    stores = {h.value.certificate.sha1 for s in farm.servers for h in s.facts.get("store-certificate", ())}
    bound = {h.value.certificate_sha1 for s in farm.servers for h in s.facts.get("tls-binding", ())}
    return frozenset((stores | bound | inventory(farm).known.keys()) - user_chains(farm).by_sha1.keys())


@per_farm
def _tenant_objects(farm: Farm) -> tuple[tuple[frozenset[str], f.EntraAuthority], ...]:
    """Return each CA object of the tenant with the certificates that it is known to stand for."""
    stands: dict[int, set[str]] = {}
    for sha1, known in inventory(farm).known.items():
        for held in known.distinct:
            if held.kind == "entra-authority":
                stands.setdefault(id(held.fact), set()).add(sha1)
    rows = (h for server in farm.servers for h in server.facts.get("entra-authority", ()))
    return tuple((frozenset(stands.get(id(held.fact), ())), held.value) for held in rows)


@per_farm
def _tenant_urls(farm: Farm) -> frozenset[tuple[str, str]]:
    """Return (thumbprint, URL) of each CA object of the tenant: the URLs of what that CA itself issues."""
    rows = ((sha1s, (one.crl_url, one.delta_crl_url)) for sha1s, one in _tenant_objects(farm))
    return frozenset((sha1, url) for sha1s, urls in rows for sha1 in sha1s for url in urls if url)


def named_by(farm: Farm, retrieval: f.Retrieval) -> tuple[str, ...]:
    """Return the certificates that name what was fetched: those that the server knows of, and the tenant's CAs.

    One server asks the tenant, and the others do not know that it names a URL
    that they fetch too: the tenant's word counts for all of them.
    """
    purpose = retrieval.purpose
    tenant = _named_by_tenant(farm)
    found = (*retrieval.named_by, *tenant.get((purpose, retrieval.url), ()))
    if purpose == f.RETRIEVAL_PURPOSE_DELTA:
        bases = _bases(farm).get(retrieval.url, ())
        found += tuple(sha1 for url in sorted(bases) for sha1 in tenant.get((f.RETRIEVAL_PURPOSE_CRL, url), ()))
    return tuple(dict.fromkeys(found))


@per_farm
def _named_by_tenant(farm: Farm) -> dict[tuple[int, str], tuple[str, ...]]:
    """Return the tenant's CAs for each purpose and URL that their objects name."""
    named: dict[tuple[int, str], tuple[str, ...]] = {}
    for sha1s, one in _tenant_objects(farm):
        pairs = ((f.RETRIEVAL_PURPOSE_CRL, one.crl_url), (f.RETRIEVAL_PURPOSE_DELTA, one.delta_crl_url))
        for purpose, url in pairs:
            if url.strip():
                key = (purpose, url.strip())
                named[key] = (*named.get(key, ()), *sorted(sha1s))
    return named


@per_farm
def _bases(farm: Farm) -> dict[str, frozenset[str]]:
    """Return the base CRLs' URLs for each delta URL that they name."""
    bases: dict[str, set[str]] = {}
    for server in farm.servers:
        for held in server.facts.get("retrieval", ()):
            for delta in held.value.crl.freshest_urls:
                bases.setdefault(delta, set()).add(held.value.url)
    return {delta: frozenset(urls) for delta, urls in bases.items()}


def _issued_by_it(farm: Farm, sha1: str, url: str) -> bool:
    """Tell whether the URL is for what this CA issued, and not for the CA's own certificate.

    A URL hangs on a CA because its certificate names it, because the
    tenant's object does, or because a base CRL names it as its delta.
    """
    known = inventory(farm).known.get(sha1)
    own = known.certificate if known else None
    urls = {url, *_bases(farm).get(url, ())}
    if own is not None:
        return urls.isdisjoint(own.crl_urls + own.freshest_urls + own.ocsp_urls + own.issuer_urls)
    return any((sha1, one) in _tenant_urls(farm) for one in urls)


def _only_of_roots(farm: Farm, chains: UserChains, retrieval: f.Retrieval, named: tuple[str, ...]) -> bool:
    authorities = [chains.by_sha1.get(sha1) for sha1 in named]
    if not authorities or not all(a is not None and a.root for a in authorities):
        return False
    return not any((sha1, retrieval.url) in _tenant_urls(farm) for sha1 in named)
