"""The commands that http.sys faults are put right with. For printing, never for execution.

netsh "add" needs a prior "delete" of the same key; in PowerShell the braces
of an application id are quoted, as is whatever came from a server.
"""

from farmsight_collector.model.bindings import ADFS_APPLICATION, ADFS_SERVICE_SID
from farmsight_collector.model.view import Held, Server
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.rule import Remedy
from farmsight_wire.v1 import facts_pb2

THUMBPRINT = "THUMBPRINT"  # to be filled in by whoever runs it


def run(server: str, *lines: str) -> tuple[Remedy, ...]:
    """Return PowerShell lines for one server."""
    return (powershell(server, *lines),)


def reserve(server: str, url: str, *, replace: bool) -> tuple[Remedy, ...]:
    """Return the commands that give the AD FS service this reservation."""
    add = f"netsh http add urlacl url={quoted(url)} sddl='D:(A;;GA;;;{ADFS_SERVICE_SID})'"
    delete = (f"netsh http delete urlacl url={quoted(url)}",) if replace else ()
    return run(server, *delete, add, "Restart-Service adfssrv")


def set_certificate(server: Server, thumbprint: str) -> tuple[Remedy, ...]:
    """Return the cmdlet that sets all of the server's AD FS bindings to one certificate."""
    cmdlet = "Set-AdfsSslCertificate" if server.role == "adfs" else "Set-WebApplicationProxySslCertificate"
    return run(server.name, f"{cmdlet} -Thumbprint {quoted(thumbprint or THUMBPRINT)}")


def rebind(
    held: Held, *, negotiate: bool | None = None, ctl_store: str | None = None, also: str = ""
) -> tuple[Remedy, ...]:
    """Return the commands that make a binding anew with one thing changed; `also` stands at their end."""
    value = held.value
    by_address = value.binding_kind == facts_pb2.BINDING_KIND_IP
    place = f"{'ipport' if by_address else 'hostnameport'}={quoted(held.key)}"
    asks = value.negotiate_client_certificate if negotiate is None else negotiate
    store = value.ctl_store if ctl_store is None else ctl_store
    add = (
        f"netsh http add sslcert {place} certhash={quoted(value.certificate_sha1)} appid='{ADFS_APPLICATION}' "
        f"certstorename={quoted(value.store or 'MY')} clientcertnegotiation={'enable' if asks else 'disable'}"
    )
    named = f" sslctlstorename={quoted(store)}" if store else ""
    return run(held.server, f"netsh http delete sslcert {place}", add + named + (f" {also}" if also else ""))


def bind(server: str, name: str, port: int, thumbprint: str) -> tuple[Remedy, ...]:
    """Return the command that makes the binding which asks for client certificates."""
    return run(
        server,
        f"netsh http add sslcert hostnameport={quoted(f'{name}:{port}')} certhash={quoted(thumbprint or THUMBPRINT)} "
        f"appid='{ADFS_APPLICATION}' certstorename=MY clientcertnegotiation=enable",
    )


def thumbprint_for(held: Held | None) -> str:
    """Return the thumbprint of a binding, or nothing when there is none."""
    return str(held.value.certificate_sha1) if held is not None else ""
