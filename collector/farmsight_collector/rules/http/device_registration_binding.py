"""Where devices are registered, every server has the binding for it."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import ADFS_APPLICATION, host_of
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import argument, powershell, word
from farmsight_collector.rules.http.device_registration import lacking
from farmsight_collector.rules.rule import Remedy, Rule, Severity, Verdict

HOST = "enterpriseregistration."


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for servers without a binding for EnterpriseRegistration that others of their role have."""
    yield from lacking(RULE, farm, "tls-binding", lambda held: host_of(held).startswith(HOST), _remedy)


def _remedy(server: str, some: Held) -> Remedy:
    place = argument("hostnameport", some.key)
    return powershell(
        server,
        f"netsh http add sslcert {place} {argument('certhash', some.value.certificate_sha1)} "
        f"appid='{ADFS_APPLICATION}' certstorename=MY",
        check=(
            f"netsh http show sslcert {place}  # must not be there",
            f"certutil -store MY {word(some.value.certificate_sha1)}  # with its key, and this name",
        ),
        undo=(f"netsh http delete sslcert {place}",),
    )


RULE = Rule(
    code="http.device-registration-binding",
    catalogue=("HTTP-25",),
    severity=Severity.INFO,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding",),
    what="A server lacks the TLS binding for EnterpriseRegistration that other servers of its role have.",
    why="Devices can't be registered through this server. Sign-in by certificate does not need it.",
    remedy="Set the SSL certificate again by the role's cmdlet, with EnterpriseRegistration among its names.",
    check="Does the certificate hold the name, and is it with its key in the MY store?",
    undo="netsh http delete sslcert of this binding.",
    source="Get-AdfsSslCertificate, cmdlet reference (bindings of a farm that registers devices)",
    on_farm=check,
)
