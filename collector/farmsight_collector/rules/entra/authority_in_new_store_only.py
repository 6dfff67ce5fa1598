"""CAs for federated sign-in are on the list that it uses."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.entra.commands import add
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for CAs that only the newer trust store holds; one in both is reported from the classic list."""
    objects = listed(farm)
    classic = {h.value.certificate.sha1 for h in objects if h.value.entra_store == facts_pb2.ENTRA_STORE_CLASSIC}
    for held in objects:
        own = held.value.certificate
        if held.value.entra_store == facts_pb2.ENTRA_STORE_PKI and own.sha1 not in classic:
            yield Holds(
                subject=own.subject or held.key,
                title=f"The tenant has {own.subject or held.key} in the newer trust store only",
                evidence=(held,),
                remedy=(add(farm, root=held.value.root == facts_pb2.TRISTATE_YES),),
            )
    farm.known("entra-pki-store")  # raises where nobody could look into it


RULE = Rule(
    code="entra.authority-in-new-store-only",
    catalogue=("ENTRA-22",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("entra-authority", "entra-pki-store"),
    what="A CA is in the tenant's PKI trust store, and not on its classic list of certificate authorities.",
    why="Entra's own certificate sign-in uses the newer store; federated sign-in goes by the classic list.",
    remedy="Add the CA to the classic list as well.",
    check="Get-EntraTrustedCertificateAuthority: keep the output.",
    undo="Remove-EntraTrustedCertificateAuthority of what was added.",
    source="Microsoft Graph, certificateBasedAuthConfiguration; that the newer store does not count is belief",
    on_farm=check,
)
