"""A reservation made out to a domain account outlives the account."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_SERVICE
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import reserve
from farmsight_collector.rules.http.reservations import for_adfs
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare domain accounts in the access lists with the account that AD FS runs as."""
    for port in sorted({443, server_endpoint(farm, server)[1]}):
        for one in for_adfs(farm, server, port):
            named = sorted(sid for sid in one.sids if sid.startswith("S-1-5-21-"))
            if not named:
                continue
            service = server.need_one("service", ADFS_SERVICE)
            current = service.value.account_sid if service is not None else ""
            if not current:
                reason = "the SID of the AD FS service's account is not known"
                yield CannotTell(server=server.name, subject=one.held.key, reason=reason)
                continue
            old = [sid for sid in named if sid != current]
            if old:
                yield Holds(
                    subject=one.held.key,
                    servers=(server.name,),
                    title=f"{server.name}: {one.held.key} is reserved for {', '.join(old)}, not AD FS's account",
                    evidence=(one.held, *((service,) if service else ())),
                    remedy=reserve(server.name, one.held.key, before=one.held),
                )


RULE = Rule(
    code="http.reservation-old-account",
    catalogue=("HTTP-03",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap"}),
    reads=("url-reservation", "service"),
    what="A reservation of AD FS names a domain account that AD FS does not run as (any more).",
    why="It is made by hand or left from an older version; it works until the account changes or goes.",
    remedy="Delete the reservation and add it again for the SID of NT SERVICE\\adfssrv.",
    check="netsh http show urlacl of this URL: keep the SDDL; does a service still run as that account?",
    undo="Delete the reservation and add it with the SDDL that was kept.",
    source='Field reports of "Can\'t lookup sid, Error: 1332" on AD FS reservations',
    on_server=check,
)
