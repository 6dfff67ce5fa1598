"""A reservation is of use only to the account that its access list allows."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_SERVICE, ADFS_SERVICE_SID
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Knowledge, Server
from farmsight_collector.rules.http.commands import reserve
from farmsight_collector.rules.http.reservations import EVERYONE, Reserved, for_adfs
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Ask each reservation of AD FS on 443 and the certificate port who may listen."""
    for port in sorted({443, server_endpoint(farm, server)[1]}):
        for one in for_adfs(farm, server, port):
            if one.path == "/adfs/":
                yield from _judge(server, one)


def _judge(server: Server, one: Reserved) -> Iterator[Verdict]:
    trustees = one.held.value.trustees
    if not trustees:
        yield CannotTell(server=server.name, subject=one.held.key, reason="its access list is not shown")
        return
    denied = any(not t.allow and t.sid in (ADFS_SERVICE_SID, EVERYONE) for t in trustees)
    allowed = {t.sid for t in trustees if t.allow and t.listen}
    if not denied and allowed & {ADFS_SERVICE_SID, EVERYONE}:
        return
    others = {sid for sid in allowed if not _surely_another(server, sid)}
    if denied or not others:
        yield _holds(server, one, f"the AD FS service may not listen on {one.held.key}", Severity.CRITICAL)
        return
    if server.ask("service").knowledge is not Knowledge.KNOWN and all(sid.startswith("S-1-5-21-") for sid in others):
        title = f"{one.held.key} is not reserved for NT SERVICE\\adfssrv, only for {', '.join(sorted(others))}"
        yield _holds(server, one, title, Severity.WARNING)
        return
    if _account(server) not in allowed:
        yield _holds(server, one, f"the AD FS service may not listen on {one.held.key}", Severity.CRITICAL)


def _surely_another(server: Server, sid: str) -> bool:
    """Tell whether AD FS can't be this account: another service, or a machine's account that only proxies run as."""
    machine = {"S-1-5-18", "S-1-5-19"} | ({"S-1-5-20"} if server.role == "adfs" else set())
    return sid in machine or (sid.startswith("S-1-5-80-") and sid != ADFS_SERVICE_SID)


def _holds(server: Server, one: Reserved, title: str, severity: Severity) -> Holds:
    doubt = " It works only as long as AD FS runs as that account, which no file shows."
    return Holds(
        subject=one.held.key,
        servers=(server.name,),
        title=f"{server.name}: {title}",
        evidence=(one.held,),
        remedy=reserve(server.name, one.held.key, before=one.held),
        severity=severity,
        why=RULE.why + (doubt if severity is Severity.WARNING else ""),
    )


def _account(server: Server) -> str | None:
    held = server.need_one("service", ADFS_SERVICE)
    return (held.value.account_sid or None) if held is not None else None


RULE = Rule(
    code="http.reservation-rights",
    catalogue=("HTTP-02",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("url-reservation", "service"),
    what="The reservation's access list does not let the AD FS service listen, or denies it.",
    why="AD FS cannot register the URL: the service fails to start its endpoints (event 102, access denied).",
    remedy="Delete the reservation and add it again for the SID of NT SERVICE\\adfssrv with all rights (GA).",
    check="netsh http show urlacl of this URL: keep the SDDL.",
    undo="Delete the reservation and add it with the SDDL that was kept.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 6 (SDDL)",
    explains=("http.reservation-old-account", "http.nothing-listens", "http.url-not-registered",
              "client.port-unreachable", "client.endpoint-refuses", "lb.node-differs"),
    on_server=check,
)  # fmt: skip
