"""Servers and those who talk to them have a TLS version in common."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.tls.commands import QUIET, SCHANNEL
from farmsight_collector.rules.tls.issuers import enabled_versions, off
from farmsight_wire.v1.vocabulary import KIND_BY_NAME


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for TLS 1.2 being off towards clients, and for proxies that share no version with AD FS."""
    known: list[Server] = []
    for server in farm.of_role("adfs", "wap"):
        lost = [kind for kind in ("schannel-setting", "host") if server.ask(kind).knowledge is Knowledge.UNKNOWN]
        for kind in lost:
            what = "TLS settings" if kind == "schannel-setting" else "build"
            yield CannotTell(reason=f"the {what} of {server.name} is not known", probe=KIND_BY_NAME[kind].probe)
        if not lost:
            known.append(server)
    for server in known:
        held = off(server, "TLS 1.2", "Server")
        if held:
            yield _holds(server, "TLS 1.2", (held,), f"{server.name} refuses TLS 1.2", Severity.ERROR)
    served = [(node, enabled_versions(node, "Server")) for node in known if node.role == "adfs"]
    for proxy in (s for s in known if s.role == "wap"):
        spoken = enabled_versions(proxy, "Client")
        for node, versions in served:
            if not spoken & versions:
                evidence = proxy.need("schannel-setting") + node.need("schannel-setting")
                title = f"{proxy.name} and {node.name} have no TLS version in common"
                yield _holds(proxy, f"{proxy.name}-{node.name}", evidence, title, None, node.name)


def _holds(
    server: Server, subject: str, evidence: tuple[Held, ...], title: str, severity: Severity | None, *others: str
) -> Verdict:
    keys = [f"{SCHANNEL}\\Protocols\\TLS 1.2\\{side}" for side in ("Server", "Client")]
    kept = "C:\\Windows\\Temp\\schannel-before.reg"
    values = (("Enabled", 1), ("DisabledByDefault", 0))
    lines = [f"reg add '{key}' /v {name} /t REG_DWORD /d {n} /f" for key in keys for name, n in values]
    remedy = powershell(
        server.name,
        *lines,
        QUIET,
        check=(f"reg query '{SCHANNEL}\\Protocols' /s", f"reg export '{SCHANNEL}' {kept} /y"),
        undo=(*(f"reg delete '{key}' /f" for key in keys), f"reg import {kept}", QUIET),
    )
    return Holds(
        subject=subject,
        servers=(server.name, *others),
        severity=severity,
        title=title,
        evidence=evidence,
        remedy=(remedy,),
    )


RULE = Rule(
    code="tls.no-common-version",
    catalogue=("TLS-05",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("schannel-setting", "host"),
    what="TLS 1.2 is off on a server, or a proxy and an AD FS node have no version in common.",
    why="Handshakes fail: clients that go no lower can't connect, or the proxy loses its farm (Schannel 36871, 36874).",
    remedy="Turn TLS 1.2 on, for server and client, on all servers; restart.",
    check="reg query of SCHANNEL\\Protocols on both servers: keep the output.",
    undo="reg add with the former values, or reg delete where there were none; restart.",
    source="adfsToolbox TestTLSMismatch; managing SSL protocols in AD FS",
    explains=("wap.farm-unreachable", "wap.health", "client.endpoint-refuses", "lb.node-differs"),
    on_farm=check,
)
