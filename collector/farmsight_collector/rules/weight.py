"""How much a fault weighs, by how sure it is that users' sign-in hangs on it."""

from collections.abc import Iterator

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.pki.chains import Authority, Standing
from farmsight_collector.pki.freshness import unsure_words
from farmsight_collector.pki.revocation import Fetched, fetched
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Severity
from farmsight_wire.v1 import facts_pb2

_CAP = {
    Standing.NAMED: Severity.CRITICAL,
    Standing.UNDECIDED: Severity.ERROR,
    Standing.HELD: Severity.WARNING,
}
_WORDS = {
    Standing.NAMED: "",
    Standing.UNDECIDED: " Neither a user's certificate nor NTAuth nor a thumbprint on the tenant's list is known to "
    "name this CA: that users have certificates of it is taken from its name, or from the servers' stores.",
    Standing.HELD: " Only servers' stores hold this CA; users' certificates, the tenant's list or NTAuth name others, "
    "so it may not issue users' certificates at all.",
}

_BY_ACCOUNT = {"adfs-service": "CRL-02", "network-service": "CRL-03"}


def weighed(severity: Severity, standing: Standing) -> Severity:
    """Return the severity, lowered when nobody says that the CA issues users' certificates."""
    return min(severity, _CAP[standing])


def weighed_gap(severity: Severity, farm: Farm, server: Server, authority: Authority) -> Severity:
    """Return the severity of what a server lacks: none needs what nobody names and no server of its role has.

    Group Policy gives the members of a domain many a CA that has to do with other things.
    """
    alike = {one.name for one in farm.of_role(server.role)}
    held = {one.server for one in authority.held if one.kind == "store-certificate"}
    if authority.standing is Standing.HELD and not alike & held:
        return Severity.INFO
    return weighed(severity, authority.standing)


def standing_words(standing: Standing) -> str:
    """Return the sentence that says why the severity is what it is; empty for a CA that is named."""
    return _WORDS[standing]


def fetches(
    farm: Farm, server: Server, *purposes: facts_pb2.RetrievalPurpose.ValueType
) -> Iterator[Fetched | CannotTell]:
    """Yield the retrievals that matter in every context, those that weigh most first; unknown contexts as such."""
    if not server.contexts("retrievals"):
        server.need("retrieval")  # says why it is not known
    done = _looked_at(farm)
    if server.name not in done:
        done[server.name] = _all_fetches(farm, server)
    unknown, found = done[server.name]
    yield from unknown
    of_purposes = (server.name, purposes)
    chosen = _chosen(farm)
    if of_purposes not in chosen:
        chosen[of_purposes] = [one for one in found if one.value.purpose in purposes]
    for one in chosen[of_purposes]:
        if one.value.outcome != facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN:
            yield one
            continue
        reason, url = one.value.detail or "not fetched", one.value.url
        yield CannotTell(server=server.name, subject=url, reason=reason, probe="retrievals", context=one.context)


def not_tried(farm: Farm, server: Server) -> Iterator[CannotTell]:
    """Yield the CRLs of users' chains that other servers tried, and an account of this one did not."""
    wanted = _tried_anywhere(farm)
    for context in server.contexts("retrievals"):
        answer = server.ask("retrieval", context=context)
        here = {held.value.url for held in answer.facts}
        if here and context != "caller":
            for url in sorted(wanted - here):
                reason = f"nothing shows that {context} tried it here, as other servers did"
                yield CannotTell(server=server.name, subject=url, reason=reason, probe="retrievals", context=context)


@per_farm
def _tried_anywhere(farm: Farm) -> frozenset[str]:
    """Return the URLs of base CRLs that any server tried for users' chains."""
    tried = (one for server in farm.of_role("adfs", "wap") for one in _all_fetches(farm, server)[1])
    return frozenset(one.value.url for one in tried if one.value.purpose == facts_pb2.RETRIEVAL_PURPOSE_CRL)


@per_farm
def _looked_at(_farm: Farm) -> dict[str, tuple[list[CannotTell], list[Fetched]]]:
    return {}


@per_farm
def _chosen(_farm: Farm) -> dict[tuple[str, tuple[facts_pb2.RetrievalPurpose.ValueType, ...]], list[Fetched]]:
    return {}


def _all_fetches(farm: Farm, server: Server) -> tuple[list[CannotTell], list[Fetched]]:
    unknown: list[CannotTell] = []
    found: list[Fetched] = []
    for context in server.contexts("retrievals"):
        try:
            found += fetched(farm, server, context)
        except UnknownFactError as error:
            unknown.append(
                CannotTell(server=server.name, reason=error.reason, probe=error.probe, part=error.part, context=context)
            )
    return unknown, sorted(found, key=lambda one: fetch_severity(one, Severity.CRITICAL), reverse=True)


def fetch_severity(one: Fetched, full: Severity) -> Severity:
    """Return how much a fault of this fetch weighs when a fault that hits everybody weighs `full`."""
    if one.alternative or not one.validates or not one.checked:
        return min(full, Severity.WARNING)
    return weighed(full, one.standing)


def of_fetch(
    one: Fetched,
    *,
    full: Severity,
    title: str,
    why: str,
    subject: str = "",
    remedy: tuple[Remedy, ...] = (),
    evidence: tuple[Held, ...] = (),
    limit_used: str = "",
) -> Holds:
    """Return the verdict for a fault of one fetch, with the reasons that lower its severity in `why`."""
    return Holds(
        subject=subject or one.value.url,
        servers=(one.server.name,),
        contexts=(one.context,),
        title=title,
        evidence=(one.held, *evidence),
        remedy=remedy,
        severity=fetch_severity(one, full),
        why=why + _reasons(one),
        limit_used=limit_used,
    )


def unreachable_entries(*contexts: str) -> tuple[str, ...]:
    """Return the catalogue's entries for a CRL that these accounts can't have: it has one for each of the three."""
    return tuple(sorted({_BY_ACCOUNT.get(context, "CRL-01") for context in contexts}))


def undated(one: Fetched) -> CannotTell:
    """Return that it is not known whether the CRL that was fetched has ended."""
    return CannotTell(
        server=one.server.name,
        subject=one.value.url,
        reason=unsure_words(one.value),
        probe="retrievals",
        context=one.context,
    )


def _reasons(one: Fetched) -> str:
    if one.context == "caller":
        return " Asked as the caller, not as the service: the service's own account may fare otherwise."
    if not one.validates:
        return f" No certificates are validated as {one.context} on such a server."
    if one.alternative:
        return " Another URL, or an OCSP responder, serves the same certificates in this context."
    if not one.checked:
        return " Revocation checking is switched off on this server's bindings for client certificates."
    return standing_words(one.standing)
