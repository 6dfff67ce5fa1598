"""How much a fault weighs, by how sure it is that users' sign-in hangs on it."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.pki.chains import Standing
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
    Standing.UNDECIDED: " Neither the tenant's list nor NTAuth is known to name any CA, so that users have "
    "certificates of this one is taken from the servers' stores.",
    Standing.HELD: " Only servers' stores hold this CA; the tenant's list and NTAuth name others, so it may not "
    "issue users' certificates at all.",
}


def weighed(severity: Severity, standing: Standing) -> Severity:
    """Return the severity, lowered when nobody says that the CA issues users' certificates."""
    return min(severity, _CAP[standing])


def standing_words(standing: Standing) -> str:
    """Return the sentence that says why the severity is what it is; empty for a CA that is named."""
    return _WORDS[standing]


def fetches(
    farm: Farm, server: Server, *purposes: facts_pb2.RetrievalPurpose.ValueType
) -> Iterator[Fetched | CannotTell]:
    """Yield the retrievals that matter in every context, those that weigh most first; unknown contexts as such."""
    contexts = server.contexts("retrievals")
    if not contexts:
        server.need("retrieval")  # says why it is not known
    found: list[Fetched] = []
    for context in contexts:
        try:
            rows = [one for one in fetched(farm, server, context) if one.value.purpose in purposes]
        except UnknownFactError as error:
            yield CannotTell(
                server=server.name, reason=error.reason, probe=error.probe, part=error.part, context=context
            )
            continue
        for one in rows:
            if one.value.outcome != facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN:
                found.append(one)
                continue
            reason = one.value.detail or "not fetched"
            yield CannotTell(
                server=server.name, subject=one.value.url, reason=reason, probe="retrievals", context=context
            )
    yield from sorted(found, key=lambda one: fetch_severity(one, Severity.CRITICAL), reverse=True)


def fetch_severity(one: Fetched, full: Severity) -> Severity:
    """Return how much a fault of this fetch weighs when a fault that hits everybody weighs `full`."""
    if one.alternative or not one.validates or _unchecked(one):
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


def _reasons(one: Fetched) -> str:
    if one.context == "caller":
        return " Asked as the caller, not as the service: the service's own account may fare otherwise."
    if not one.validates:
        return f" No certificates are validated as {one.context} on such a server."
    if one.alternative:
        return " Another URL, or an OCSP responder, serves the same certificates in this context."
    if _unchecked(one):
        return " Revocation checking is switched off on this server's bindings for client certificates."
    return standing_words(one.standing)


def _unchecked(one: Fetched) -> bool:
    """Tell whether the operating system's own check is switched off here; AD FS checks by itself."""
    if one.context != "system":
        return False
    bindings = [b.value for b in one.server.ask("tls-binding").facts if b.value.negotiate_client_certificate]
    return bool(bindings) and all(
        b.HasField("verify_client_revocation") and not b.verify_client_revocation for b in bindings
    )
