"""No server and no tenant holds the issuer of a CA."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Knowledge
from farmsight_collector.pki import names
from farmsight_collector.pki.chains import Authority, Standing, user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.chain.said import ca_doubts
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each CA whose issuer is in no store of any server: its chain ends before a root."""
    chains = user_chains(farm)
    yield from ca_doubts(farm)
    for authority in chains.authorities:
        if authority.root or authority.anchored or chains.parents(authority) or not authority.valid_at(farm.as_of):
            continue
        issuer = authority.certificates[0].issuer
        if _may_be_held(farm, issuer):
            yield CannotTell(subject=issuer, reason="names in the listings are damaged", probe="certificate-stores")
            continue
        servers, unknown = _looked(farm)
        if unknown:
            yield CannotTell(
                subject=issuer, server=unknown[0], reason="not all stores are known", probe="certificate-stores"
            )
            continue
        named = authority.standing is Standing.NAMED
        yield Holds(
            subject=issuer,
            servers=servers,
            title=f"No server holds {issuer}, which issued {authority.subject}",
            evidence=authority.held[:6],
            remedy=(
                told(
                    "every AD FS server and proxy",
                    f"Get the certificate of {issuer} from its CA; roots go to Root, others to CA",
                ),
            ),
            severity=RULE.severity if named else Severity.INFO,
            why=RULE.why if named else _unnamed(authority),
        )


def _may_be_held(farm: Farm, issuer: str) -> bool:
    """Tell whether a name that lost characters keeps the issuer from being found."""
    listed = (known for known in inventory(farm).known.values() if known.certificate is None)
    return names.damaged(issuer) or any(names.damaged(known.subject) for known in listed)


def _unnamed(authority: Authority) -> str:
    return (
        f"Whether {authority.subject} issues users' certificates is not known: only servers' stores hold it, "
        "and its root is in none of them. A public CA looks like this too."
    )


def _looked(farm: Farm) -> tuple[tuple[str, ...], list[str]]:
    held, servers = inventory(farm), farm.of_role("adfs", "wap")
    unknown = [
        server.name
        for server in servers
        if any(held.answer(server, store).knowledge is Knowledge.UNKNOWN for store in ("ROOT", "CA"))
    ]
    return tuple(server.name for server in servers), unknown


RULE = Rule(
    code="chain.issuer-unknown",
    catalogue=("STORE-01", "STORE-03"),
    severity=Severity.CRITICAL,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority"),
    what="A CA that the tenant or NTAuth names was issued by a CA of which no server has the certificate.",
    why=(
        "No server can build the chain to a root (CERT_TRUST_IS_PARTIAL_CHAIN): all certificates of "
        "this CA are refused."
    ),
    remedy="Install the missing issuer, and its root, on every AD FS server and proxy.",
    check="Compare the thumbprint of the issuer's certificate with the CA's owner.",
    undo="Delete it from the store by its thumbprint.",
    source="Microsoft KB 4032987, chain on all servers; wincrypt.h, CERT_TRUST_IS_PARTIAL_CHAIN (0x10000)",
    explains=("chain.server-refuses", "chain.revocation-offline"),
    on_farm=check,
)
