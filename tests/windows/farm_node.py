"""A pretend AD FS server or proxy: stores, http.sys, services and cmdlets say what a test writes, a CDP answers."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

from farmsight_lab.servers import answers
from farmsight_lab.servers.bulk import bulk_crl
from farmsight_lab.servers.cdp import CdpServer
from tests.fakes.pki import Made, make
from tests.windows.bed.compile import library, program
from tests.windows.bed.seeds import Entry, registry
from tests.windows.bed.wine_host import WineHost

POWERSHELL: Final = r"C:\windows\system32\WindowsPowerShell\v1.0\powershell.exe"
_SERVICE: Final = r"C:\standins\service.exe"
_INSTALL: Final = r"""
import sys, time, win32api, win32service as w
name, account = sys.argv[1:]
account = account or ".\\" + win32api.GetUserName()
manager = w.OpenSCManager(None, None, w.SC_MANAGER_ALL_ACCESS)
made = w.CreateService(manager, name, name, w.SERVICE_ALL_ACCESS, w.SERVICE_WIN32_OWN_PROCESS, w.SERVICE_AUTO_START,
  w.SERVICE_ERROR_NORMAL, r"C:\standins\service.exe", None, False, None, account, None)
w.StartService(made, None)
while w.QueryServiceStatus(made)[1] != w.SERVICE_RUNNING: time.sleep(0.05)
"""
_STOP: Final = """
import sys, win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_ALL_ACCESS)
w.ControlService(w.OpenService(manager, sys.argv[1], w.SERVICE_ALL_ACCESS), w.SERVICE_CONTROL_STOP)
"""
# Wine starts every process as one user, whatever an account's name; so that a child as the account of
# AD FS is the account it claims to be, AD FS runs as that user.
THE_WINE_USER: Final = ""


@dataclass(frozen=True, kw_only=True)
class Pki:
    """A root, and an issuing CA whose certificate and CRL name the loopback CDP."""

    cdp: CdpServer
    name: str = "Contoso"
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def root(self) -> Made:
        """Return the root."""
        return make(f"{self.name} Root CA")

    @cached_property
    def issuing(self) -> Made:
        """Return the issuing CA."""
        return make(f"{self.name} Issuing CA", self.root, crls=(self.crl_url,))

    @property
    def crl_url(self) -> str:
        """Return where the root's CRL is."""
        return self.cdp.url("/root.crl")

    @cached_property
    def crl(self) -> bytes:
        """Return the root's CRL."""
        ends = self.at + timedelta(days=7)
        return bulk_crl(self.root.certificate, self.root.key, entries=3, this_update=self.at, next_update=ends)

    def publish(self) -> None:
        """Put the CRL at its place."""
        self.cdp.put("/root.crl", answers.crl(self.crl))


@dataclass(frozen=True, kw_only=True)
class Node:
    """A host before and after it is booted."""

    host: WineHost

    def prepare(self, *http_sys: str, cmdlets: bytes = b"") -> None:
        """Put what stands in for http.sys and PowerShell in place: records of the one, output of the other."""
        self.host.put_file(r"C:\windows\system32\httpapi.dll", library("httpapi.c", "ws2_32"))
        self.host.override("httpapi")
        self.host.put_file(_SERVICE, program("service.c"))
        self.configured(*http_sys)
        self.printed(cmdlets)

    def configured(self, *http_sys: str) -> None:
        """Let http.sys hold these records from the next process on."""
        self.host.put(r"C:\standins\httpapi.txt", "".join(f"{line}\r\n" for line in http_sys).encode())

    def printed(self, cmdlets: bytes) -> None:
        """Let PowerShell print this for the agent's script."""
        self.host.stand_in(POWERSHELL, "0 | 0 | cmdlets.out | - | -Command\n", {"cmdlets.out": cmdlets})

    def hold(self, *entries: Entry) -> None:
        """Put certificates and CRLs into stores."""
        self.host.registry(registry(entries))

    def install(self, service: str, account: str = THE_WINE_USER) -> None:
        """Make and start a service that runs until it is stopped."""
        self.host.code(_INSTALL, service, account)

    def stop(self, service: str) -> None:
        """Stop a service."""
        self.host.code(_STOP, service)
