"""A CA object of the tenant has the type that its certificate has."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.entra.commands import change
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare the type with whether the certificate is self-signed."""
    for held in listed(farm):
        known = inventory(farm).known.get(held.value.certificate.sha1)
        if held.value.root not in (facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO):
            yield CannotTell(subject=held.key, reason="the type of the CA object is not shown", probe="entra")
        elif known is None or known.self_issued is None:
            yield CannotTell(subject=held.key, reason="the CA object's certificate is not shown", probe="entra")
        elif (held.value.root == facts_pb2.TRISTATE_YES) is not known.self_signed:
            kind = "RootAuthority" if known.self_signed else "IntermediateAuthority"
            yield Holds(
                subject=known.subject,
                title=f"The tenant lists {known.subject} with the wrong type; it should be {kind}",
                evidence=(held,),
                remedy=(
                    change(
                        held, "AuthorityType", kind, "IntermediateAuthority" if known.self_signed else "RootAuthority"
                    ),
                ),
            )


RULE = Rule(
    code="entra.authority-type",
    catalogue=("ENTRA-03",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("entra-authority",),
    what="A root is listed as intermediate, or an intermediate as root.",
    why="Entra can't build the chain.",
    remedy="Set the type: root for self-signed CAs, intermediate for all others.",
    check="Get-EntraTrustedCertificateAuthority: keep the output; is the certificate self-signed?",
    undo="Set-EntraTrustedCertificateAuthority with the former type.",
    source="Microsoft KB 4032987, Entra configuration, step 3",
    on_farm=check,
)
