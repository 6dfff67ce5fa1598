"""A server's own copy of a CA certificate may not be used for client authentication."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.pki.authority import Authority
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.purposes import STORES, keeps_clients_out
from farmsight_collector.rules.commands import certificates_console, powershell, told
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Remedy, Rule, Severity, Verdict
from farmsight_collector.rules.weight import standing_words, weighed
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CA of users' chains whose copy here leaves client authentication out."""
    unshown = False
    for store in STORES:
        answer = inventory(farm).answer(server, store)
        if answer.knowledge is Knowledge.UNKNOWN:
            yield CannotTell(server=server.name, reason=answer.reason, probe="certificate-stores", part=store)
        for held in answer.facts:
            authority, narrow = (
                user_chains(farm).by_sha1.get(held.value.certificate.sha1),
                keeps_clients_out(held.value),
            )
            if authority is not None and narrow:
                yield _holds(farm, server, held, authority)
            unshown = unshown or (authority is not None and narrow is None)
    if unshown:
        reason = "what a stored certificate may be used for is not shown by this source"
        yield CannotTell(server=server.name, reason=reason, probe="certificate-stores")


def _holds(farm: Farm, server: Server, held: Held, authority: Authority) -> Holds:
    severity, why = _weight(farm, server, held, authority)
    only = ", ".join(held.value.allowed_usages) or "nothing"
    return Holds(
        subject=authority.subject,
        servers=(server.name,),
        title=f"The copy of {authority.subject} in {held.value.store} may be used for {only}, not for clients",
        evidence=(held,),
        remedy=_remedy(server, held.value),
        severity=weighed(severity, authority.standing),
        why=RULE.why + why + standing_words(authority.standing),
    )


def _weight(farm: Farm, server: Server, held: Held, authority: Authority) -> tuple[Severity, str]:
    """Return how much it weighs, and what lowers that: chains may go by another copy, or another certificate."""
    valid = {known.sha1 for known in authority.valid_at(farm.as_of)}
    if held.value.certificate.sha1 not in valid:
        return Severity.INFO, " This certificate is not valid now in any case."
    if held.value.other_origins:
        return Severity.WARNING, " It is here more than once; which copy chains are built with is not documented."
    others = (other for store in STORES for other in inventory(farm).holding(server, store, valid))
    if any(keeps_clients_out(other.value) is False for other in others):
        return Severity.WARNING, " Another copy, or another certificate of this CA, is here without restriction."
    return RULE.severity, ""


def _remedy(server: Server, copy: facts_pb2.StoreCertificate) -> tuple[Remedy, ...]:
    name = "Root" if copy.store == "ROOT" else "CA"
    folder = (
        "Trusted Root Certification Authorities" if copy.store == "ROOT" else "Intermediate Certification Authorities"
    )
    before = ", ".join(copy.allowed_usages) or "none"
    by_policy = facts_pb2.STORE_ORIGIN_GROUP_POLICY in {copy.origin, *copy.other_origins}
    return (
        powershell(
            server.name, f"certutil -v -store {name} {copy.certificate.sha1}  # CERT_ENHKEY_USAGE_PROP_ID: the usages"
        ),
        told(
            server.name,
            f"{certificates_console(server)}, {folder}, the certificate with thumbprint {copy.certificate.sha1}, "
            "Properties, General: Enable all purposes for this certificate.",
            undo=f"Enable only the following purposes: {before}.",
        ),
        *((told("", "In the Group Policy that brings it, too, or it comes back as it was"),) if by_policy else ()),
    )


RULE = Rule(
    code="store.usages-restricted",
    catalogue=("CHAIN-05",),
    severity=Severity.ERROR,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate"),
    what=(
        "The copy of a CA certificate in a server's ROOT or CA store is restricted to usages, and client "
        "authentication (1.3.6.1.5.5.7.3.2) is not among them."
    ),
    why=(
        "A property of the stored copy narrows what Windows takes the certificate for: on this server alone chains are "
        "not valid for their usage (0x800B0110), though the certificate looks well everywhere."
    ),
    remedy="In the certificate's properties in certlm.msc, enable all purposes; where a policy brings it, do so there.",
    check="certutil -v -store shows the usages that the copy is restricted to; ask who restricted it.",
    undo="Enable only the purposes that were enabled before.",
    source=(
        "Microsoft, CertGetEnhancedKeyUsage, remarks; IIS, Troubleshooting SSL related issues (Server Certificate), "
        "scenario 2"
    ),
    explains=("chain.server-refuses",),
    on_server=check,
)
