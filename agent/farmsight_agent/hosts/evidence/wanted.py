"""Which command would have answered a question, and into which file its output goes."""

from dataclasses import dataclass
from typing import Final

from farmsight_agent.outcome import UnavailableError

_SCRIPT: Final = "Collect-FarmsightEvidence.ps1"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A command and the file for its output; `{server}` and `{part}` stand for what is asked."""

    command: str
    file: str

    def run(self, server: str, part: str = "") -> str:
        """Return the line to type on the server; without a server's name, one that is right on any."""
        if self.command == _SCRIPT:
            return f"powershell -File {_SCRIPT}"
        here = "$env:COMPUTERNAME`" if self.powershell else "%computername%"
        names = {"server": server or here, "part": part}
        command, file = self.command.format(**names), self.file.format(**names)
        # What is redirected is as wide as the window; what is wider is cut off.
        return f'{command} | Out-File "{file}" -Width 4096' if self.powershell else f"{command} > {file}"

    @property
    def powershell(self) -> bool:
        """Tell whether it is typed in PowerShell, not in a command prompt."""
        return self.command.startswith("Get-")

    def shown(self, part: str) -> str:
        """Return the command as a sentence names it."""
        return self.command.format(server="%computername%", part=part)


_JSON: Final = " | ConvertTo-Json -Depth 4"
_BY_PART: Final[dict[tuple[str, str], Wanted]] = {
    ("http-sys", "url-reservation"): Wanted(command="netsh http show urlacl", file="{server}_49443.txt"),
    ("http-sys", "tls-binding"): Wanted(command="netsh http show sslcert", file="{server}_sslcert.txt"),
    ("http-sys", "ip-listen"): Wanted(command="netsh http show iplisten", file="{server}_iplisten.txt"),
    ("http-sys", "url-registration"): Wanted(
        command="netsh http show servicestate view=requestq", file="{server}_servicestate.txt"
    ),
    ("port-exclusions", ""): Wanted(
        command="netsh int ipv4 show excludedportrange protocol=tcp", file="{server}_excludedportrange.txt"
    ),
    ("proxy-settings", ""): Wanted(command="netsh winhttp show proxy", file="{server}_winhttp.txt"),
    ("url-cache", ""): Wanted(command="certutil -urlcache crl", file="{server}_%username%_urlcache.txt"),
    ("retrievals", ""): Wanted(
        command="certutil -verify -urlfetch usercert.cer", file="{server}_%username%_usercert.txt"
    ),
    ("chain-verdicts", ""): Wanted(
        command="certutil -verify -urlfetch usercert.cer", file="{server}_%username%_usercert.txt"
    ),
    ("adfs", "properties"): Wanted(command="Get-AdfsProperties", file="{server}_properties.txt"),
    ("adfs", "global-policy"): Wanted(command="Get-AdfsGlobalAuthenticationPolicy", file="{server}_globalpolicy.txt"),
    ("adfs", "authentication-providers"): Wanted(
        command="Get-AdfsAuthenticationProvider", file="{server}_authprovider.txt"
    ),
    ("adfs", "endpoints"): Wanted(command="Get-AdfsEndpoint", file="{server}_endpoints.txt"),
    ("adfs", "certificates"): Wanted(command="Get-AdfsCertificate", file="{server}_certificates.txt"),
    ("adfs", "trusts"): Wanted(
        command="Get-AdfsRelyingPartyTrust -Identifier urn:federation:MicrosoftOnline", file="{server}_rptrust.txt"
    ),
    ("adfs", "nodes"): Wanted(command="Get-AdfsFarmInformation" + _JSON, file="{server}_farm.json"),
    ("adfs", "sync"): Wanted(command="Get-AdfsSyncProperties", file="{server}_sync.txt"),
    ("wap", "configuration"): Wanted(
        command="Get-WebApplicationProxyConfiguration", file="{server}_wapconfiguration.txt"
    ),
    ("wap", "applications"): Wanted(
        command="Get-WebApplicationProxyApplication | Format-List *", file="{server}_applications.txt"
    ),
}
_STORE: Final = Wanted(command="certutil -verifystore {part}", file="{server}_store_{part}.txt")
_BY_SCRIPT: Final = Wanted(command=_SCRIPT, file="{server}_host.json")


def wanted(probe: str, part: str = "") -> Wanted:
    """Return what would answer for a part of a probe: a command, or the collection script."""
    if probe == "certificate-stores":
        return _STORE
    return _BY_PART.get((probe, part)) or _BY_PART.get((probe, "")) or _BY_SCRIPT


def missing(probe: str, part: str, server: str) -> UnavailableError:
    """Return the error that names what is missing and what to run."""
    what = wanted(probe, part)
    shown = part.lower() if probe == "certificate-stores" else part
    run = what.run(server, shown)
    file = what.file.format(server=server or "%computername%", part=shown)
    lacking = f"{file}, which {_SCRIPT} writes" if what is _BY_SCRIPT else f"`{what.shown(shown)}`"
    return UnavailableError("file-missing", f"no {lacking}; run: {run}", source=f"evidence:{file}")
