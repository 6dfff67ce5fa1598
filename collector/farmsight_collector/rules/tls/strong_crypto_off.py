""".NET uses what TLS 1.0 was turned off for."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.tls.commands import QUIET
from farmsight_collector.rules.tls.issuers import build, off

BUILD_2019 = 17763  # from here on .NET uses the system's versions unless told otherwise


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for SchUseStrongCrypto being 0, or absent on older builds, while TLS 1.0 is off."""
    settings = server.need("schannel-setting")
    old = off(server, "TLS 1.0", "Client") or off(server, "TLS 1.0", "Server")
    if old is None:
        return
    strong = [h for h in settings if h.value.name.lower().endswith("schusestrongcrypto")]
    if any(h.value.number == 0 for h in strong):
        yield _holds(server, (old, *strong))
    elif not strong and server.need("host") is not None and build(server) < BUILD_2019:
        if any(".net" in h.value.name.lower() for h in settings):
            yield _holds(server, (old,))
        else:
            yield CannotTell(server=server.name, reason="the settings of .NET are not shown", probe="schannel")


def _holds(server: Server, evidence: tuple[Held, ...]) -> Verdict:
    keys = [f"HKLM\\SOFTWARE\\{view}Microsoft\\.NETFramework\\v4.0.30319" for view in ("", "WOW6432Node\\")]
    names = ("SchUseStrongCrypto", "SystemDefaultTlsVersions")
    remedy = powershell(
        server.name,
        *(f"reg add '{key}' /v {name} /t REG_DWORD /d 1 /f" for key in keys for name in names),
        QUIET,
        check=(f"reg query '{key}'  # keep it" for key in keys),
        undo=(
            "# where the check showed none of them; else the values that it showed:",
            *(f"reg delete '{key}' /v {name} /f" for key in keys for name in names),
            QUIET,
        ),
    )
    return Holds(
        subject="SchUseStrongCrypto",
        servers=(server.name,),
        title=f"{server.name}: TLS 1.0 is off, but .NET does not use the newer versions",
        evidence=evidence,
        remedy=(remedy,),
    )


RULE = Rule(
    code="tls.strong-crypto-off",
    catalogue=("TLS-06",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("schannel-setting", "host"),
    what="TLS 1.0 is off while .NET is not set to strong cryptography.",
    why="AD FS and WAP are .NET programs: the connection between them breaks after such a hardening.",
    remedy="Set SchUseStrongCrypto and SystemDefaultTlsVersions to 1 in both views of the registry; restart.",
    check="reg query of both views of the registry: keep the output.",
    undo="reg add with the former values, or reg delete where there were none; restart.",
    source="Managing SSL protocols in AD FS",
    explains=("wap.farm-unreachable", "wap.health"),
    on_server=check,
)
