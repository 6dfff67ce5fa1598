"""Whether AD FS offers certificate sign-in to users of one side."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, UnknownFactError
from farmsight_collector.rules.adfs.commands import listing, on_primary
from farmsight_collector.rules.rule import CannotTell, Holds, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

PROVIDER = "CertificateAuthentication"


def not_offered(farm: Farm, net: str, users: str, severity: Severity | None = None) -> Iterator[Verdict]:
    """Ask the provider's own flag and the global policy; each may say no, and both must be known for a yes.

    `net` is "extranet" or "intranet", `users` says who these are.
    """
    field = f"primary_{net}"
    nodes = farm.of_role("adfs")
    off: list[Held] = []
    missing: UnknownFactError | None = None
    try:
        off += [h for h in farm.known("adfs-authentication-provider", nodes) if _refuses(h, field)]
    except UnknownFactError as error:
        missing = error
    try:
        policies = farm.known("adfs-global-policy", nodes)
        off += [h for h in policies if PROVIDER not in getattr(h.value, field)]
    except UnknownFactError as error:
        missing = error
    if not off and missing is not None:
        yield CannotTell(reason=str(missing), probe=missing.probe, part=missing.part)
    if not off:
        return

    setting = f"Primary{net.capitalize()}AuthenticationProvider"
    yield Holds(
        subject=PROVIDER,
        severity=severity,
        title=f"Certificate sign-in is not offered to users {users}",
        evidence=tuple(off),
        remedy=(
            on_primary(
                farm,
                off[0].server,
                f"Set-AdfsGlobalAuthenticationPolicy -{setting} ($now + '{PROVIDER}')",
                check=(f"$now = @((Get-AdfsGlobalAuthenticationPolicy).{setting}); $now",),
                undo=(f"Set-AdfsGlobalAuthenticationPolicy -{setting} {_before(off, field)}",),
            ),
        ),
    )


def _before(off: list[Held], field: str) -> str:
    """Return the providers that are set now, as an argument: from the fact, else what the check kept."""
    policy = next((held for held in off if held.kind == "adfs-global-policy"), None)
    return listing(getattr(policy.value, field)) if policy is not None else "$now"


def _refuses(held: Held, field: str) -> bool:
    return bool(held.value.name == PROVIDER and getattr(held.value, field) == facts_pb2.TRISTATE_NO)
