"""Claims, and which of them a sign-in by certificate brings.

Serial number and issuer of the certificate are always there. Of the rest some
are always there for an account of Active Directory, some under conditions; a
type that stands nowhere here may be there too (another provider's, a device's).

Source: Microsoft, "Configure AD FS support for user certificate authentication"
(claim types of a certificate), "Understanding claim rule language in AD FS"
(Issuer of claims from Active Directory and of those made by rules), "Configure
hybrid join" (rules on group SIDs and account names of the AD AUTHORITY). That
the certificate's claims carry that issuer too is belief.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from farmsight_collector.claimrules.rules import ClaimRule
from farmsight_collector.claimrules.texts import Text, Unknown

SERIAL: Final = "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"
ISSUER: Final = "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"
WORDS: Final = {SERIAL: "serial number", ISSUER: "issuer"}

IDENTITY: Final = "http://schemas.microsoft.com/ws/2008/06/identity/claims/"
CERTIFICATE: Final = "http://schemas.microsoft.com/2012/12/certificatecontext/"
REQUEST: Final = "http://schemas.microsoft.com/2012/01/requestcontext/claims/"
INSIDE: Final = "http://schemas.microsoft.com/ws/2012/01/insidecorporatenetwork"
PROXY: Final = REQUEST + "x-ms-proxy"
DEVICE: Final = "http://schemas.microsoft.com/2012/01/devicecontext/claims/"
METHODS: Final = "http://schemas.microsoft.com/claims/authnmethodsreferences"
UPN: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"

_REQUESTED: Final = (REQUEST, DEVICE, METHODS)

DIRECTORY: Final = Unknown(name="the claim's issuer", samples=("AD AUTHORITY",), believed=True)
FEDERATION: Final = Unknown(name="the issuer of a claim that a rule made", samples=("LOCAL AUTHORITY",), believed=True)
STRING: Final = Unknown(
    name="the claim's value type", samples=("http://www.w3.org/2001/XMLSchema#string",), believed=True
)
_ANY: Final = Unknown(name="the issuer of the claim")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim, or any one of several of a type."""

    type: Text
    value: Text
    issuer: Text = DIRECTORY
    original_issuer: Text = DIRECTORY
    value_type: Text = STRING
    properties: tuple[tuple[str, Text], ...] | None = None  # None: not known
    there: str = ""  # under which name it is open whether it is there; empty: it is
    by: ClaimRule | None = field(default=None, compare=False)  # None: brought by the sign-in
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        """Work the hash out once: claims are looked up by the thousand."""
        object.__setattr__(self, "_hash", hash((self.type, self.value, self.issuer, self.there)))

    def __hash__(self) -> int:
        """Return the hash of what tells claims apart."""
        return self._hash


def _known(claim_type: str, name: str, *samples: str, **more: bool) -> Claim:
    value = Unknown(name=f"the {name}", samples=samples, apart=True, **more)
    return Claim(type=claim_type, value=value)


SERIAL_CLAIM: Final = Claim(
    type=SERIAL,
    value=Unknown(
        name="the serial number",
        apart=True,
        samples=("6100000004F2B3A1C7D89E000000000004", "4D0000001B7A", "00A1B2C3", "0f3e9c", "7", "DEADBEEF"),
    ),
)
ISSUER_CLAIM: Final = Claim(
    type=ISSUER,
    value=Unknown(
        name="the issuer",
        apart=True,
        samples=("CN=Contoso Issuing CA 1, DC=contoso, DC=com", "CN=entca, O=Fabrikam, C=US", "CN=Users' CA"),
    ),
)
_ALIKE: Final = Claim(
    type=CERTIFICATE + "field/issuername",
    value=Unknown(name="the issuer name", samples=("CN=Contoso Issuing CA 1, DC=contoso, DC=com", "CN=entca")),
)
_SURE: Final = (
    SERIAL_CLAIM,
    ISSUER_CLAIM,
    _ALIKE,
    _known(IDENTITY + "windowsaccountname", "account name", "CONTOSO\\anna", "FABRIKAM\\b.ode"),
    _known(IDENTITY + "primarysid", "SID", "S-1-5-21-1004336348-1177238915-682003330-1104"),
    _known(IDENTITY + "groupsid", "SID of a group", several=True),
    _known(CERTIFICATE + "field/subject", "subject", "CN=Anna, OU=Users, DC=contoso, DC=com", "E=b@fabrikam.com"),
)
_OPEN: Final = (
    _known(UPN, "UPN", "anna@contoso.com", "b.ode@fabrikam.com"),
    _known(IDENTITY + "authenticationmethod", "authentication method", several=True),
    _known(METHODS, "authentication method", several=True),
)
_CONTEXT: Final = (
    _known(INSIDE, "place (inside the corporate network)", "true", "false", closed=True),
    _known(PROXY, "proxy's name", "WAP01"),
)


def there(claim_type: str) -> str:
    """Return the words under which it is open whether a claim of the type is there."""
    return f"a claim {claim_type}"


def certificate_sign_in(named: Iterable[str], *, extranet: bool | None = None) -> tuple[Claim, ...]:
    """Return the claims of a sign-in by certificate; of the types that rules name, those too that may be there."""
    open_claims = [_open(claim) for claim in _OPEN]
    found = [*_SURE, *open_claims, *context(extranet=extranet)]
    known = {str(claim.type) for claim in found}
    return tuple(found) + tuple(_other(name) for name in dict.fromkeys(named) if name not in known)


def after_the_provider(named: Iterable[str], *, extranet: bool | None = None) -> tuple[Claim, ...]:
    """Return what a relying party's rules get where the provider's are not looked at: only the two are sure."""
    return tuple(
        claim if claim.type in WORDS or claim.there else _open(claim)
        for claim in certificate_sign_in(named, extranet=extranet)
    )


def context(named: Iterable[str] = (), *, extranet: bool | None = None) -> tuple[Claim, ...]:
    """Return what AD FS says of the request itself; it may come to any rule set, of the types that its rules name.

    Microsoft, "Access Control Policies in Windows Server 2012 R2" and "Secure Entra ID resources with AD FS": rules of
    a relying party trust ask for the client, the device and the methods, and no rule of the provider passes them.
    That rules which issue see device and methods as those do which ask for a second factor is belief.
    """
    inside, proxy = (_open(claim, issuer=_ANY) for claim in _CONTEXT)
    more = tuple(_other(name) for name in dict.fromkeys(named) if name.startswith(_REQUESTED) and name != PROXY)
    if extranet is None:
        return inside, proxy, *more
    place = Claim(type=INSIDE, value="false" if extranet else "true", issuer=_ANY, original_issuer=_ANY)
    return (place, proxy, *more) if extranet else (place, *more)


def _open(claim: Claim, issuer: Text | None = None) -> Claim:
    issuer = issuer or claim.issuer
    name = there(str(claim.type))
    return Claim(type=claim.type, value=claim.value, issuer=issuer, original_issuer=issuer, there=name)


def _other(claim_type: str) -> Claim:
    value = Unknown(name=f"the value of {claim_type}", several=True)
    return Claim(type=claim_type, value=value, issuer=_ANY, original_issuer=_ANY, there=there(claim_type))
