"""The forms of PowerShell's text: the output of a known cmdlet, and claim rules printed alone."""

import re
from typing import Final

from farmsight_agent.hosts.evidence.capture import Form, Likeness, Text
from farmsight_agent.hosts.evidence.powershell import clixml, document, errors, listing, rules_listing, separated, table
from farmsight_agent.hosts.evidence.powershell.cmdlets import CMDLETS, SPELLED, SYNC, tell
from farmsight_agent.hosts.evidence.powershell.lines import Line, plain, single_spaced

_ENOUGH: Final = 4000  # lines; a listing is told by far fewer
_CMDLETS: Final = r"(?<![A-Za-z])Get-(?:Adfs|WebApplicationProxy|Entra|AzureAD|Msol|Mg)[A-Za-z]{3,50}(?![A-Za-z])"
_TRUSTS: Final = r"\bGet-Adfs(?:ClaimsProvider|RelyingParty)Trust\b"
# At the begin of a line, or within a command; an error begins with the cmdlet's name, a colon and words.
_WHERE: Final = r"(?:^ {0,8}\(*|[;|(&={] {0,3}|PS[^>]{0,260}> ?)"


def likeness(text: Text) -> Likeness:
    """Tell the output of a cmdlet by the names of the properties in it, or by an error record that names the cmdlet."""
    if clixml.is_clixml(text) or separated.header(text) is not None:
        return Likeness.CERTAIN
    lines = [line for line in single_spaced(plain(text)[:_ENOUGH]) if not rules_listing.is_echo(line.text)]
    refusals, left = errors.part(lines)
    names = _names(left)
    told = any(mark <= names for cmdlet in CMDLETS for mark in cmdlet.marks)
    if told or any(one.cmdlet for one in refusals) or tell(names, values=_role(left)) == SYNC:
        return Likeness.CERTAIN
    said = [line.text.strip() for line in left if line.text]
    if said and all(map(document.is_address, said)):
        return Likeness.LIKELY
    return Likeness.RESEMBLES if refusals or len(names & SPELLED.keys()) > 1 else Likeness.NO


def _names(lines: list[Line]) -> frozenset[str]:
    labels = (listing.label(line.text) for line in lines)
    listed = {one.name.lower() for one in labels if one is not None}
    headed = {name.lower() for one in table.find(lines) for name in lines[one.header].text.split()}
    return frozenset(listed | headed)


def _role(lines: list[Line]) -> dict[str, str]:
    """Return the role that a table of one column, or a list of one property, gives."""
    said = [line.text.strip().lower() for line in lines if line.text]
    alone = listing.label(said[0]) if len(said) == 1 else None
    if alone is not None and alone.name == "role":
        return {"role": alone.rest.strip()}
    return {"role": said[2]} if len(said) == 3 and said[0] == "role" else {}


FORMS: Final[tuple[Form, ...]] = (
    Form(
        id="powershell-text",
        command="Get-AdfsAuthenticationProvider",
        file="authprovider.txt",
        likeness=likeness,
        named=re.compile(
            rf"authprovider|claimstrust|rptrust|entra_trustedca|entra_federation|{_CMDLETS}[^/]*\.(?:txt|log|out|csv|xml|clixml)$",
            re.IGNORECASE,
        ),
        echoed=re.compile(rf"{_WHERE}{_CMDLETS}(?! ?: ?\S)", re.IGNORECASE),
    ),
    Form(
        id="powershell-rules",
        command="Get-AdfsClaimsProviderTrust -Name 'Active Directory'",
        file="claimstrust.txt",
        likeness=rules_listing.likeness,
        named=re.compile(r"claimstrust|rptrust", re.IGNORECASE),
        echoed=re.compile(rf"{_WHERE}{_TRUSTS}(?! ?: ?\S)", re.IGNORECASE),
    ),
)
