"""Commands for the tenant's side, in the modules that replaced the retired ones. For printing, never for execution.

Microsoft Entra PowerShell for the CA list (its cmdlets take an object whose
type kept its older name), Microsoft Graph PowerShell for federation.
"""

from typing import Final

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import one_line, powershell, quoted
from farmsight_collector.rules.rule import Remedy
from farmsight_wire.v1 import facts_pb2

_ENTRA: Final = "Connect-Entra -Scopes 'Organization.ReadWrite.All', 'Directory.AccessAsUser.All'"
_GRAPH: Final = "Connect-MgGraph -Scopes 'Domain.ReadWrite.All'"
PROMPT: Final = {
    facts_pb2.PROMPT_LOGIN_NOT_SET: "TranslateToFreshPasswordAuthentication",  # works alike
    facts_pb2.PROMPT_LOGIN_TRANSLATE: "TranslateToFreshPasswordAuthentication",
    facts_pb2.PROMPT_LOGIN_NATIVE: "NativeSupport",
    facts_pb2.PROMPT_LOGIN_DISABLED: "Disabled",
}


def add(farm: Farm, *, root: bool) -> Remedy:
    """Return the commands that add a CA object to the tenant."""
    server = next((s.name for s in farm.of_role("adfs")), "")
    kind = "RootAuthority" if root else "IntermediateAuthority"
    return powershell(
        server,
        "$ca = New-Object -TypeName Microsoft.Open.AzureAD.Model.CertificateAuthorityInformation",
        f"$ca.AuthorityType = '{kind}'",
        "$ca.TrustedCertificate = [IO.File]::ReadAllBytes('C:\\Windows\\Temp\\CA.cer')",
        "$ca.CrlDistributionPoint = 'http://PUBLIC-HOST/CA.crl'",
        "New-EntraTrustedCertificateAuthority -CertificateAuthorityInformation $ca",
        check=(
            "certutil -dump C:\\Windows\\Temp\\CA.cer  # compare its SHA-1 with what the CA's owner says",
            "Invoke-WebRequest 'http://PUBLIC-HOST/CA.crl' -UseBasicParsing -Method Head  # from outside",
            _ENTRA,
            "Get-EntraTrustedCertificateAuthority | Format-List  # keep it",
        ),
        undo=("Remove-EntraTrustedCertificateAuthority -CertificateAuthorityInformation $ca",),
    )


def change(held: Held, field: str, value: str, before: str) -> Remedy:
    """Return the commands that set one field of one CA object of the tenant; `before` is what it has now."""
    select = f"$_.TrustedIssuerSki -eq {quoted(held.value.certificate.subject_key_identifier)}"
    if not held.value.certificate.subject_key_identifier:
        select = f"$_.TrustedIssuer -eq {quoted(held.value.certificate.subject)}"
    put = "Set-EntraTrustedCertificateAuthority -CertificateAuthorityInformation $ca"
    return powershell(
        held.server,
        f"$ca.{field} = {quoted(value)}",
        put,
        check=(
            _ENTRA,
            f"$ca = Get-EntraTrustedCertificateAuthority | Where-Object {{ {select} }}",
            "$ca | Format-List 'AuthorityType', 'TrustedIssuer', 'CrlDistributionPoint', 'DeltaCrlDistributionPoint'",
        ),
        undo=(f"$ca.{field} = {quoted(before)}", put),
    )


def federation(domain: Held, setting: str, value: str, before: str, *lines: str) -> Remedy:
    """Return the commands that set one property of a domain's federation; `lines` come before.

    `value` and `before` are arguments as PowerShell reads them.
    """
    name = quoted(domain.key)
    put = f"Update-MgDomainFederationConfiguration -DomainId {name} -InternalDomainFederationId $now.Id -{setting}"
    return powershell(
        domain.server,
        *lines,
        f"{put} {value}",
        check=(_GRAPH, f"$now = Get-MgDomainFederationConfiguration -DomainId {name}", "$now | Format-List"),
        undo=(f"{put} {before}",) if before else (),
    )


def prompt(domain: Held, wanted: "facts_pb2.PromptLogin.ValueType", *notes: str) -> Remedy:
    """Return the command that sets what a domain makes of prompt=login, and leaves its protocol as it is."""
    saml = domain.value.preferred_protocol.lower().startswith("saml")
    put = (
        f"Set-EntraDomainFederationSettings -DomainName {quoted(domain.key)} "
        f"-PreferredAuthenticationProtocol {'Samlp' if saml else 'WsFed'} -PromptLoginBehavior"
    )
    before = PROMPT.get(domain.value.prompt_login, "")
    return powershell(
        domain.server,
        *(one_line(note) for note in notes),
        f"{put} {PROMPT[wanted]}",
        check=(
            "Connect-Entra -Scopes 'Domain.ReadWrite.All', 'Directory.AccessAsUser.All'",
            f"Get-EntraDomainFederationSettings -DomainName {quoted(domain.key)}  # keep PromptLoginBehavior",
        ),
        undo=(f"{put} {before}",) if before else (),
    )
