"""Certificate sign-in is offered to users inside."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, UnknownFactError
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

PROVIDER = "CertificateAuthentication"


def check(farm: Farm) -> Iterator[Verdict]:
    """Ask the provider's own flag and the global policy; each may say no, and both must be known for a yes."""
    nodes = farm.of_role("adfs")
    off: list[Held] = []
    missing: UnknownFactError | None = None
    try:
        off += [h for h in farm.known("adfs-authentication-provider", nodes) if _refuses(h)]
    except UnknownFactError as error:
        missing = error
    try:
        policies = farm.known("adfs-global-policy", nodes)
        off += [h for h in policies if PROVIDER not in h.value.primary_intranet]
    except UnknownFactError as error:
        missing = error
    if not off and missing is not None:
        yield CannotTell(reason=str(missing), probe=missing.probe, part=missing.part)
    if not off:
        return

    yield Holds(
        subject=PROVIDER,
        title="Certificate sign-in is not offered to users inside",
        evidence=tuple(off),
        remedy=(
            powershell(
                off[0].server,
                "$now = @((Get-AdfsGlobalAuthenticationPolicy).PrimaryIntranetAuthenticationProvider)",
                f"Set-AdfsGlobalAuthenticationPolicy -PrimaryIntranetAuthenticationProvider ($now + '{PROVIDER}')",
            ),
        ),
    )


def _refuses(held: Held) -> bool:
    return bool(held.value.name == PROVIDER and held.value.primary_intranet == facts_pb2.TRISTATE_NO)


RULE = Rule(
    code="adfs.certificate-intranet-off",
    catalogue=("ADFS-03",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("adfs-authentication-provider", "adfs-global-policy"),
    what="CertificateAuthentication is not among the primary methods for the intranet.",
    why='Users inside are not offered "sign in using a certificate"; that may be intended.',
    remedy="Add CertificateAuthentication to the primary providers, beside those that are there.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 5",
    on_farm=check,
)
