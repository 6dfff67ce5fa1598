"""Every server asks for certificates in the same place."""

from collections.abc import Iterator

from farmsight_collector.model.mode import Mode, farm_mode, server_mode
from farmsight_collector.model.view import Farm, Knowledge
from farmsight_collector.rules.http.commands import run, set_certificate
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare each server's own mode with the farm's; when that can't be told, all that differ are named."""
    meant = farm_mode(farm)
    servers = farm.of_role("adfs", "wap")
    for server in servers:
        if server.ask("tls-binding").knowledge is Knowledge.UNKNOWN:
            yield CannotTell(reason=f"the bindings of {server.name} are not known", probe="http-sys")
    own = {s.name: v for s in servers if (v := server_mode(farm, s)).mode is not Mode.UNKNOWN}
    if len({verdict.mode for verdict in own.values()}) < 2:
        return
    for name, verdict in own.items():
        if verdict.mode is not meant.mode:
            yield Holds(
                subject=farm.name,
                servers=(name,),
                title=f"{name} asks for certificates in {verdict.mode.value} mode, other servers do not",
                evidence=tuple(held for v in own.values() for held in v.evidence),
                remedy=_remedy(farm, name, meant.mode),
            )


def _remedy(farm: Farm, name: str, mode: Mode) -> tuple[Remedy, ...]:
    server = farm.server(name)
    if server.role == "adfs" and mode is Mode.ALTERNATE:
        return run(name, "Set-AdfsAlternateTlsClientBinding -Thumbprint THUMBPRINT -Force $true")
    return set_certificate(server, "")


RULE = Rule(
    code="http.mode-differs",
    catalogue=("HTTP-24",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "adfs-properties"),
    what="Some servers ask for certificates on their own port, others on the certauth host.",
    why="AD FS sends clients to a place that part of the servers do not serve.",
    remedy="Set the same certificate, with certauth.NAME among its names, on all; then the mode that is meant.",
    source="AD FS support for alternate hostname binding for certificate authentication",
    explains=("client.port-unreachable", "client.endpoint-refuses", "client.certificate-not-asked",
              "wap.ports-differ", "adfs.client-port-changed", "lb.node-differs"),
    on_farm=check,
)  # fmt: skip
