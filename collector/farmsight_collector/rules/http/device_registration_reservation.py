"""Where devices are registered, every AD FS server reserves the URLs for it."""

import re
from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_SERVICE_SID
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import argument, powershell
from farmsight_collector.rules.http.device_registration import lacking
from farmsight_collector.rules.rule import Remedy, Rule, Severity, Verdict

URL = re.compile(r"(?i)^https://[^/]+/EnrollmentServer(/|$)")


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for AD FS servers without a reservation for EnrollmentServer that others have."""
    yield from lacking(RULE, farm, "url-reservation", lambda held: URL.match(held.key) is not None, _remedy)


def _remedy(server: str, some: Held) -> Remedy:
    at = argument("url", some.key)
    sddl = argument("sddl", some.value.sddl or f"D:(A;;GA;;;{ADFS_SERVICE_SID})")
    return powershell(
        server,
        f"netsh http add urlacl {at} {sddl}",
        "Restart-Service adfssrv",
        check=(f"netsh http show urlacl {at}  # must not be there", "Get-Service 'adfssrv', 'drs'"),
        undo=(f"netsh http delete urlacl {at}", "Restart-Service adfssrv"),
    )


RULE = Rule(
    code="http.device-registration-reservation",
    catalogue=("HTTP-30",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("url-reservation",),
    what="An AD FS server lacks the URL reservation for EnrollmentServer that other AD FS servers have.",
    why="Devices can't be registered at this server. Sign-in by certificate does not need it.",
    remedy="Restart AD FS, which reserves its URLs as it starts; else add the reservation as the other server has it.",
    check="netsh http show urlacl on both servers; does the service for device registration run (2012 R2: drs)?",
    undo="netsh http delete urlacl of this URL.",
    source="Comparison with the other servers; that AD FS reserves the URL as it starts is field experience",
    on_farm=check,
)
