"""Entra can find the tenant's CAs by their keys."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for CA certificates without a subject key identifier."""
    for held in listed(farm):
        known = inventory(farm).known.get(held.value.certificate.sha1)
        if held.value.certificate.subject_key_identifier or (known is not None and known.subject_key):
            continue
        if known is None or known.certificate is None:
            yield CannotTell(subject=_called(held), reason="the CA object's certificate is not shown", probe="entra")
            continue
        yield Holds(
            subject=known.subject,
            title=f"The certificate of {known.subject} has no subject key identifier",
            evidence=(held,),
            remedy=(told("the CA", "Renew the CA certificate with a subject key identifier (2.5.29.14)"),),
        )


def _called(held: Held) -> str:
    return str(held.value.certificate.subject or held.key)


RULE = Rule(
    code="entra.authority-without-key-id",
    catalogue=("ENTRA-15",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("entra-authority", "store-certificate"),
    what="A CA certificate on the tenant's list has no subject key identifier.",
    why="Entra builds chains by key identifiers: it does not find this CA.",
    remedy="Renew the CA certificate with the extension.",
    check="certutil -dump CA.cer: the extensions as they are now.",
    undo="Keep the old CA certificate in the stores until the new one is everywhere.",
    source="Microsoft Entra, certificate revocation list documentation",
    on_farm=check,
)
