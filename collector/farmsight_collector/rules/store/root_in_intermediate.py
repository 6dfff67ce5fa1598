"""A root stands in the intermediate store, where it is not trusted."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import names
from farmsight_collector.pki.chains import SHIPPED_WITH_WINDOWS, user_chains
from farmsight_collector.pki.inventory import Known, inventory
from farmsight_collector.rules.commands import move
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Rule, Severity, Verdict

_CROSS = "by its names it is a root, or what one key of a CA signed for another; a listing shows no keys"


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each self-signed certificate of this server's CA store."""
    chains, known = user_chains(farm), inventory(farm).known
    trusted = {held.value.certificate.sha1 for held in inventory(farm).need(server, "ROOT")}
    for held in inventory(farm).need(server, "CA"):
        sha1 = held.value.certificate.sha1
        one = known.get(sha1)
        if one is None or sha1 in SHIPPED_WITH_WINDOWS or not one.self_signed or not one.valid_at(farm.as_of):
            continue
        if not one.surely_root and _namesake(farm, one):
            yield CannotTell(
                server=server.name, subject=one.subject, reason=_CROSS, probe="certificate-stores", part="CA"
            )
            continue
        at_fault = sha1 not in trusted and sha1 in chains.by_sha1
        yield Holds(
            subject=one.subject,
            servers=(server.name,),
            title=f"The root {one.subject} is in the intermediate store (CA)"
            + ("" if sha1 in trusted else " and not in ROOT"),
            evidence=(held,),
            remedy=(move(server.name, sha1, out_of="CA", to="" if sha1 in trusted else "Root"),),
            severity=RULE.severity if at_fault else Severity.INFO,
            why=RULE.why
            if at_fault
            else "Nothing fails by it: the root is trusted from ROOT, or no user's chain needs it.",
        )


def _namesake(farm: Farm, one: Known) -> bool:
    """Tell whether another root of this name is known: a CA that was renewed with a new key leaves such pairs."""
    name = names.text_key(one.subject)
    others = (other for other in inventory(farm).known.values() if other.sha1 != one.sha1 and other.surely_root)
    return any(names.text_key(other.subject) == name for other in others)


RULE = Rule(
    code="store.root-in-intermediate",
    catalogue=("STORE-02",),
    severity=Severity.ERROR,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate"),
    what=(
        "A self-signed root certificate was put into the machine's CA store; when it is not in ROOT "
        "too, it is not trusted."
    ),
    why="Trust comes from ROOT alone: the certificate looks installed, and every chain that ends in it is refused.",
    remedy="Check the thumbprint with the CA's owner, add the certificate to ROOT, then delete it from CA.",
    check="Ask the CA's owner for the thumbprint; certutil -store Root shows whether it is there already.",
    undo="Add the exported copy to CA again, and delete it from Root where it was not before.",
    source="Microsoft KB 4032987; AD FS Toolbox, TestSelfSignedCertificatesInIntermediateCaStore",
    explains=("store.root-ca-missing", "chain.server-refuses"),
    on_server=check,
)
