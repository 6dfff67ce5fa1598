"""The list of issuers that a server sends names the users' CAs."""

from collections.abc import Iterator, Sequence

from farmsight_collector.model.endpoints import Seen, seen
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.pki import names
from farmsight_collector.pki.chains import Authority, Standing, UserChains, user_chains
from farmsight_collector.pki.naming import TENANT, USER
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import add, either, told
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Rule, Severity, Verdict
from farmsight_collector.rules.tls.listed import lacking

_ELSEWHERE = "Add the CA's certificate to the file of CAs that clients are asked for, and reload the proxy."


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare names as they are encoded; a server that sends no list takes every certificate.

    A list with a CA above the issuing one is enough for clients that hold the
    whole chain; it is a fault where other servers name the issuing CA itself.
    """
    yield from blind(farm)
    chains = user_chains(farm)
    needed = _issuing(chains)
    try:
        name, port = client_endpoint(farm)
        sending = [s for s in seen(farm, name, port) if any(h.acceptable_cas for h in s.value.handshakes)]
    except UnknownFactError:
        yield from lacking(farm, chains, needed, _not_listed)
        raise  # what is sent in truth is still not known
    if not sending:
        yield from lacking(farm, chains, needed, _not_listed)
    elif not needed:
        yield CannotTell(reason="no CA of users' certificates is known", probe="certificate-stores")
    for authority in needed if sending else ():
        yield from _not_sent(chains, authority, sending)


def _not_sent(chains: UserChains, authority: Authority, sending: Sequence[Seen]) -> Iterator[Verdict]:
    unread = any(one.certificates[0].certificate is None for one in (authority, *chains.ancestors(authority)))
    if unread and any(
        ca.der and not ca.text for look in sending for h in look.value.handshakes for ca in h.acceptable_cas
    ):
        reason = "names in the list can be compared only with certificates whose bytes are here"
        yield CannotTell(subject=authority.subject, reason=reason, probe="certificate-stores")
        return
    names_it = {look.held.key: bool(_keys(authority) & _sent(look)) for look in sending}
    for look in sending:
        sent = _sent(look)
        above = any(_keys(one) & sent for one in chains.ancestors(authority))
        if names_it[look.held.key] or (above and not any(names_it.values())):
            continue
        yield _holds(authority, look, Severity.ERROR if above else None)


def _not_listed(server: Server, binding: Held, store: str, authority: Authority) -> Verdict:
    return Holds(
        subject=authority.subject,
        servers=(server.name,),
        severity=Severity.ERROR,  # nobody saw what is sent
        title=f"{server.name}: {binding.key} takes its list of issuers from {store}, "
        f"which holds neither {authority.subject} nor a CA above it",
        evidence=(binding, *authority.held[:4]),
        remedy=(_added(server.name, store, authority),),
    )


def _holds(authority: Authority, look: Seen, severity: Severity | None) -> Verdict:
    where = look.target.name if look.target else look.value.address
    return Holds(
        subject=authority.subject,
        servers=look.servers,
        severity=severity,
        title=f"{where} sends a list of issuers without {authority.subject}",
        evidence=(look.held, *authority.held[:4]),
        remedy=(
            either(look.target, _added(look.target.name, "ClientAuthIssuer", authority), _ELSEWHERE)
            if look.target
            else told("", "Add the CA to the store that the servers take the list from."),
        ),
    )


def _added(server: str, store: str, authority: Authority) -> Remedy:
    return add(server, store, authority.certificates[0].sha1)


def _issuing(chains: UserChains) -> tuple[Authority, ...]:
    """Return the CAs that issue to users: those named for it, or all when nobody names any."""
    named = [a for a in chains.authorities if {TENANT, USER, "ClientAuthIssuer"} & set(a.sources)]
    found = named or [a for a in chains.authorities if a.standing is not Standing.HELD]
    return tuple(a for a in found if not a.root or not chains.issues_authorities(a))


def _keys(authority: Authority) -> set[bytes | str]:
    known = authority.certificates[0]
    keys: set[bytes | str] = {names.text_key(known.subject)}
    return keys | ({known.certificate.subject_name} if known.certificate else set())


def _sent(look: Seen) -> set[bytes | str]:
    listed = [ca for handshake in look.value.handshakes for ca in handshake.acceptable_cas]
    return {names.canonical(ca.der) for ca in listed} | {names.text_key(ca.text) for ca in listed if ca.text}


RULE = Rule(
    code="tls.issuer-list-lacks-ca",
    catalogue=("TLS-02",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap", "vantage"}),
    reads=(
        "tls-endpoint",
        "entra-authority",
        "store-certificate",
        "tls-binding",
        "schannel-setting",
        "adfs-properties",
        "host",
    ),
    what="A server tells clients which issuers it takes, and a CA of users' certificates is not among them.",
    why="Clients offer no certificate of that CA: no prompt, or an empty page (HTTP 204).",
    remedy="Add the CA to the store that the list is made from, on every server.",
    check="certutil -store of the list's store: what is in it now, and on the other servers?",
    undo="certutil -delstore of the CA's thumbprint.",
    source="Configure user certificate authentication in AD FS; Schannel, order of issuer lists",
    on_farm=check,
)
