"""The commands that http.sys faults are put right with. For printing, never for execution.

netsh "add" needs a prior "delete" of the same key; in PowerShell the braces
of an application id are quoted, as is whatever came from a server. A binding
is changed by making it anew: what is not meant to change is written out as it
was, for netsh would set it to the default. Source of the options' names:
"netsh http add sslcert" of Windows Server 2022.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from farmsight_collector.model.bindings import ADFS_APPLICATION, ADFS_SERVICE_SID, of_adfs
from farmsight_collector.model.view import Held, Server
from farmsight_collector.rules.commands import argument, powershell, quoted
from farmsight_collector.rules.rule import Remedy
from farmsight_wire.v1 import facts_pb2

THUMBPRINT = "THUMBPRINT"  # to be filled in by whoever runs it
# Options of netsh whose names are not those of the fields, then those whose names are, without underscores.
_NAMED: Final = {
    "verify_client_revocation": "verifyclientcertrevocation",
    "cached_revocation_only": "verifyrevocationwithcachedclientcertonly",
    "revocation_freshness_s": "revocationfreshnesstime",
    "url_retrieval_timeout_ms": "urlretrievaltimeout",
    "ds_mapper": "dsmapperusage",
    "negotiate_client_certificate": "clientcertnegotiation",
}
_ALIKE: Final = (
    *("usage_check", "reject", "disable_http2", "disable_quic", "disable_legacy_tls", "disable_tls12"),
    *("disable_tls13", "disable_ocsp_stapling", "enable_token_binding", "log_extended_events"),
    *("enable_session_ticket", "disable_session_id"),
)
_OPTIONS: Final = {**_NAMED, **{field: field.replace("_", "") for field in _ALIKE}}
_ON_BY_DEFAULT: Final = frozenset({"verify_client_revocation", "usage_check"})


def run(server: str, *lines: str) -> tuple[Remedy, ...]:
    """Return PowerShell lines for one server."""
    return (powershell(server, *lines),)


def reserve(server: str, url: str, *, before: Held | None) -> tuple[Remedy, ...]:
    """Return the commands that give the AD FS service this reservation; `before` is the one that it replaces."""
    at = argument("url", url)
    delete = f"netsh http delete urlacl {at}"
    add = f"netsh http add urlacl {at} {argument('sddl', f'D:(A;;GA;;;{ADFS_SERVICE_SID})')}"
    old = (f"netsh http add urlacl {at} {argument('sddl', before.value.sddl)}",) if before and before.value.sddl else ()
    return (
        powershell(
            server,
            *((delete,) if before else ()),
            add,
            "Restart-Service adfssrv",
            check=(f"netsh http show urlacl {at}",),
            undo=(delete, *old, "Restart-Service adfssrv"),
        ),
    )


def unreserve(server: str, *reservations: Held, then: tuple[str, ...] = ()) -> tuple[Remedy, ...]:
    """Return the commands that delete reservations, and how to make them again."""
    places = [(argument("url", held.key), held.value.sddl) for held in reservations]
    return (
        powershell(
            server,
            *(f"netsh http delete urlacl {at}" for at, _ in places),
            *then,
            check=(
                *(f"netsh http show urlacl {at}" for at, _ in places),
                "netsh http show servicestate view=requestq  # whose is it?",
            ),
            undo=(f"netsh http add urlacl {at} {argument('sddl', sddl)}" for at, sddl in places if sddl),
        ),
    )


def set_certificate(server: Server, thumbprint: str) -> tuple[Remedy, ...]:
    """Return the cmdlet that sets all of the server's AD FS bindings to one certificate."""
    cmdlet = "Set-AdfsSslCertificate" if server.role == "adfs" else "Set-WebApplicationProxySslCertificate"
    former = bound_now(server)
    return (
        powershell(
            server.name,
            f"{cmdlet} -Thumbprint {quoted(thumbprint or THUMBPRINT)}",
            check=(f"{_bound(thumbprint)} | Format-List 'DnsNameList', 'NotAfter', 'HasPrivateKey'",),
            undo=(f"{cmdlet} -Thumbprint {quoted(former)}",) if former else (),
        ),
    )


def alternate(server: Server, thumbprint: str = "") -> tuple[Remedy, ...]:
    """Return the cmdlet that makes AD FS ask for certificates on certauth.NAME."""
    former = bound_now(server)
    return (
        powershell(
            server.name,
            f"Set-AdfsAlternateTlsClientBinding -Thumbprint {quoted(thumbprint or THUMBPRINT)} -Force $true",
            check=(f"({_bound(thumbprint)}).DnsNameList  # certauth.NAME must be there",),
            undo=(f"Set-AdfsSslCertificate -Thumbprint {quoted(former)}  # back to the port of its own",)
            if former
            else (),
        ),
    )


def _bound(thumbprint: str) -> str:
    return f"Get-Item {quoted('Cert:/LocalMachine/My/' + (thumbprint or THUMBPRINT))}"


def bound_now(server: Server) -> str:
    """Return the thumbprint that most of the server's AD FS bindings have now, or nothing where none is known."""
    counted = Counter(str(held.value.certificate_sha1) for held in of_adfs(server.ask("tls-binding").facts))
    return counted.most_common(1)[0][0] if counted else ""


def rebind(held: Held, *, ctl_store: str | None = None, **changed: bool | int) -> tuple[Remedy, ...]:
    """Return the commands that make a binding anew with some of the fact's fields changed."""
    place = _place(held)
    return (
        powershell(
            held.server,
            f"netsh http delete sslcert {place}",
            _added(held, ADFS_APPLICATION, held.value.ctl_store if ctl_store is None else ctl_store, changed),
            check=(f"netsh http show sslcert {place}",),
            undo=(
                f"netsh http delete sslcert {place}",
                _added(held, held.value.application_id, held.value.ctl_store, {}),
            ),
        ),
    )


def unbind(held: Held) -> tuple[Remedy, ...]:
    """Return the command that deletes a binding, and how to make it again."""
    return (
        powershell(
            held.server,
            f"netsh http delete sslcert {_place(held)}",
            check=(f"netsh http show sslcert {_place(held)}",),
            undo=(_added(held, held.value.application_id, held.value.ctl_store, {}),),
        ),
    )


def _place(held: Held) -> str:
    by_address = held.value.binding_kind == facts_pb2.BINDING_KIND_IP
    return argument("ipport" if by_address else "hostnameport", held.key)


def _added(held: Held, application: str, ctl_store: str, changed: dict[str, bool | int]) -> str:
    value = held.value
    parts = [
        f"netsh http add sslcert {_place(held)} {argument('certhash', value.certificate_sha1)}",
        f"{argument('appid', application or ADFS_APPLICATION)} {argument('certstorename', value.store or 'MY')}",
        *_options(value, changed),
    ]
    if value.ctl_identifier:
        parts.append(argument("sslctlidentifier", value.ctl_identifier))
    if ctl_store:
        parts.append(argument("sslctlstorename", ctl_store))
    return " ".join(parts)


def _options(value: Any, changed: dict[str, bool | int]) -> Iterator[str]:  # noqa: ANN401 - a TlsBinding
    """Yield the options that are not at their default, or are to be changed."""
    for field, option in _OPTIONS.items():
        if field not in changed and not value.HasField(field):
            continue
        wanted = changed.get(field, getattr(value, field))
        if isinstance(wanted, bool):
            always = field in changed or field == "negotiate_client_certificate"
            if always or wanted is not (field in _ON_BY_DEFAULT):
                yield f"{option}={'enable' if wanted else 'disable'}"
        elif wanted:
            yield f"{option}={wanted}"


def bind(server: str, name: str, port: int, thumbprint: str) -> tuple[Remedy, ...]:
    """Return the command that makes the binding which asks for client certificates."""
    place = argument("hostnameport", f"{name}:{port}")
    return (
        powershell(
            server,
            f"netsh http add sslcert {place} {argument('certhash', thumbprint or THUMBPRINT)} "
            f"appid='{ADFS_APPLICATION}' certstorename=MY clientcertnegotiation=enable",
            check=(
                f"netsh http show sslcert {place}  # must not be there",
                _bound(thumbprint),
            ),
            undo=(f"netsh http delete sslcert {place}",),
        ),
    )


def thumbprint_for(held: Held | None) -> str:
    """Return the thumbprint of a binding, or nothing when there is none."""
    return str(held.value.certificate_sha1) if held is not None else ""
