"""Every server asks for certificates in the same place."""

from collections.abc import Iterator, Mapping, Sequence

from farmsight_collector.model.mode import Mode, ModeVerdict, farm_mode, server_mode
from farmsight_collector.model.view import Farm, Knowledge
from farmsight_collector.model.words import names
from farmsight_collector.rules.http.commands import alternate, set_certificate
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare each server's own mode with the farm's; when that can't be told, all that differ are named."""
    meant = farm_mode(farm)
    servers = farm.of_role("adfs", "wap")
    for server in servers:
        if server.ask("tls-binding").knowledge is Knowledge.UNKNOWN:
            yield CannotTell(reason=f"the bindings of {server.name} are not known", probe="http-sys")
    own = {s.name: v for s in servers if (v := server_mode(farm, s)).mode is not Mode.UNKNOWN}
    modes = {verdict.mode for verdict in own.values()} | ({meant.mode} if _settled(meant) else set())
    if len(modes) < 2:
        return
    differing = {name: verdict for name, verdict in own.items() if verdict.mode is not meant.mode}
    for name, verdict in differing.items():
        alike = [other for other, its in differing.items() if its.mode is verdict.mode]
        yield Holds(
            subject=farm.name,
            servers=(name,),
            title=f"{names(alike)} {_ask(alike)} for certificates in {verdict.mode.value} mode, {_others(meant, own)}",
            evidence=(*(h for v in own.values() for h in v.evidence), *(meant.evidence if _settled(meant) else ())),
            remedy=_remedy(farm, name, meant.mode),
        )


def _ask(servers: Sequence[str]) -> str:
    return "asks" if len(servers) == 1 else "ask"


def _settled(meant: ModeVerdict) -> bool:
    """Tell whether AD FS's own configuration says what is meant: that counts beside the bindings."""
    return meant.mode is not Mode.UNKNOWN and any(held.kind == "adfs-properties" for held in meant.evidence)


def _others(meant: ModeVerdict, own: Mapping[str, ModeVerdict]) -> str:
    alone = len({verdict.mode for verdict in own.values()}) < 2
    return f"and AD FS is set to the other ({meant.reason})" if alone else "other servers do not"


def _remedy(farm: Farm, name: str, mode: Mode) -> tuple[Remedy, ...]:
    server = farm.server(name)
    if server.role == "adfs" and mode is Mode.ALTERNATE:
        return alternate(server)
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
    check="Which mode is meant, and does the certificate of every server hold certauth.NAME?",
    undo="Set the former certificate by the same cmdlet; the other mode by its own cmdlet.",
    source="AD FS support for alternate hostname binding for certificate authentication",
    explains=("client.port-unreachable", "client.endpoint-refuses", "client.certificate-not-asked",
              "wap.ports-differ", "adfs.client-port-changed", "lb.node-differs"),
    on_farm=check,
)  # fmt: skip
