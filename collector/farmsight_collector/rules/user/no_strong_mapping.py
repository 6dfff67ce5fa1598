"""A user's certificate names the account by its SID."""

from collections.abc import Iterator
from functools import partial

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki import names
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import doubt, judged
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for the SID extension, or the SID as a tag URI among the alternative names."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, held: Held, subject: str) -> Iterator[Verdict]:
    if held.value.sid_extension == facts_pb2.TRISTATE_YES:
        return
    if held.value.sid_extension != facts_pb2.TRISTATE_NO:
        yield doubt(subject, "not known whether it carries the account's SID")
        return
    yield Holds(
        subject=subject,
        severity=Severity.INFO if _public(farm, held) else None,
        title=f"The certificate of {subject} does not carry the account's SID",
        evidence=(held,),
        remedy=(
            powershell(
                "a domain controller",
                "Get-WinEvent -FilterHashtable @{LogName='System'; ProviderName='Microsoft-Windows-Kerberos-Key-"
                "Distribution-Center'; Id=39,40,41} -MaxEvents 20",
                "# none: nothing is refused. Else issue the certificate with the SID, or map it by hand:",
                "# Set-ADUser USER -Add @{altSecurityIdentities='X509:<I>ISSUER<SR>SERIAL-BYTES-REVERSED'}",
            ),
        ),
    )


def _public(farm: Farm, held: Held) -> bool:
    """Tell whether a public CA issued it: none of these knows SIDs, so users are mapped by hand."""
    chains, issuer = user_chains(farm), names.text_key(held.value.certificate.issuer)
    issuing = [one for one in chains.authorities if one.name_key == issuer]
    roots = [above for one in issuing for above in (one, *chains.ancestors(one)) if above.root]
    return bool(roots) and all(known.foreign for root in roots for known in root.certificates)


RULE = Rule(
    code="user.no-strong-mapping",
    catalogue=("USER-08",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("given-certificate", "store-certificate"),
    what="A user's certificate carries the account's SID neither as an extension nor among its alternative names.",
    why=(
        "Domain controllers in full enforcement of KB5014754 refuse it unless altSecurityIdentities maps it strongly; "
        "whether AD FS asks them in the user's sign-in depends on how it maps certificates."
    ),
    remedy="Issue the certificate with the SID (Intune: {{OnPremisesSecurityIdentifier}}), or map it by hand.",
    check="Events 39, 40 and 41 on domain controllers: is anybody refused?",
    undo="Set-ADUser -Remove of the same mapping.",
    source="Microsoft KB5014754, certificate-based authentication changes on domain controllers",
    on_farm=check,
)
