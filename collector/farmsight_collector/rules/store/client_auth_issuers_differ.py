"""The CAs that servers announce to clients are not the same on servers of one role."""

from collections.abc import Iterator

from farmsight_collector.correlate.peers import lacking
from farmsight_collector.model.view import Farm, Knowledge
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.store.doubts import peers_unseen

STORE = "ClientAuthIssuer"


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each CA that the stores of some servers of a role hold and others of that role lack."""
    held = inventory(farm)
    for role in ("adfs", "wap"):
        holdings: dict[str, frozenset[str]] = {}
        for server in farm.of_role(role):
            answer = held.answer(server, STORE)
            if answer.knowledge is Knowledge.UNKNOWN:
                yield CannotTell(server=server.name, reason=answer.reason, probe="certificate-stores", part=STORE)
            else:
                holdings[server.name] = frozenset(h.value.certificate.sha1 for h in answer.facts)
        known_there = {held.known[sha1].subject for its in holdings.values() for sha1 in its}
        yield from peers_unseen(farm, role, STORE, besides=known_there)
        for sha1, compared in lacking(holdings).items():
            has = dict(compared.groups)
            concerned = compared.odd or has[False]
            known = held.known[sha1]
            yield Holds(
                subject=known.subject,
                servers=concerned,
                title=f"{STORE} holds {known.subject} on {', '.join(has[True])} and not on {', '.join(has[False])}",
                evidence=tuple(h for h in known.held if h.kind == "store-certificate" and h.value.store == STORE),
                remedy=tuple(
                    powershell(
                        name, f"certutil -store {STORE}", f"# then add or delete {sha1} so that all servers agree"
                    )
                    for name in concerned
                ),
            )


RULE = Rule(
    code="store.client-auth-issuers-differ",
    catalogue=("TLS-02",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("store-certificate",),
    what="The store ClientAuthIssuer differs between servers of one role.",
    why=(
        "Bindings that name this store announce its CAs to clients; a browser offers no certificate of "
        "a CA that is not announced, so sign-in depends on the server that answers."
    ),
    remedy="Make the store equal on all servers of the role, or empty everywhere when no binding names it.",
    check="Does any binding name the store? An empty store and none are the same.",
    undo="Delete what was added by its thumbprint, or add back the exported copy.",
    source="Microsoft, Schannel: management of trusted issuers for client authentication",
    explains=("tls.issuer-list-lacks-ca",),
    on_farm=check,
)
