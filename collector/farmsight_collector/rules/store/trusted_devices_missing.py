"""An AD FS server has no store AdfsTrustedDevices."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity

STORE = "AdfsTrustedDevices"


def check(farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield when the stores were looked at and this one is not there."""
    del farm
    server.need("store-certificate", part=STORE)
    rows = [c for c in server.coverage if c.probe == "certificate-stores" and c.part == STORE]
    if any(row.outcome == "not_applicable" for row in rows):
        bound = [b for b in server.ask("tls-binding").facts if b.value.ctl_store.lower() == STORE.lower()]
        yield Holds(
            subject=STORE,
            servers=(server.name,),
            title=f"The store {STORE} does not exist",
            evidence=tuple(bound),
            remedy=(
                powershell(
                    server.name,
                    "(Get-Item Cert:\\LocalMachine).StoreNames.Keys -contains 'AdfsTrustedDevices'",
                    "Restart-Service adfssrv  # in a quiet hour: AD FS makes the store again as it starts",
                ),
            ),
        )


RULE = Rule(
    code="store.trusted-devices-missing",
    catalogue=("STORE-13",),
    severity=Severity.ERROR,
    roles=ADFS,
    reads=("store-certificate", "tls-binding"),
    what="The certificate store AdfsTrustedDevices does not exist on an AD FS server.",
    why=(
        "The bindings on 443 take the issuers of proxies' certificates from this store: without it no "
        "proxy is trusted by this server."
    ),
    remedy="Restart the AD FS service on this server; when the store stays away set the AD FS SSL certificate again.",
    check="The AD FS/Admin log: did the service start without errors?",
    source="AD FS Toolbox, TestTrustedDevicesCertificateStore",
    explains=(
        "store.trusted-devices-differ",
        "wap.health",
    ),
    on_server=check,
)
