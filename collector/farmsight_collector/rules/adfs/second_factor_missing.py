"""Who asks for a second factor has one to offer."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.commands import listing, on_primary
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

CERTIFICATE: Final = "certificateauthentication"


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare the rules that demand additional authentication with the providers that are set up for it."""
    for held in farm.known("adfs-global-policy", farm.of_role("adfs")):
        value = held.value
        offered = [name for name in value.additional if name.strip()]
        if not value.additional_authentication_rules.strip() or any(n.lower() != CERTIFICATE for n in offered):
            continue
        only = "nothing but the certificate" if offered else "no provider"
        yield Holds(
            subject="additional authentication",
            title=f"Rules demand additional authentication, and {only} is set up for it",
            evidence=(held,),
            remedy=(
                on_primary(
                    farm,
                    held.server,
                    "Set-AdfsGlobalAuthenticationPolicy -AdditionalAuthenticationProvider PROVIDER",
                    check=(
                        "Get-AdfsAdditionalAuthenticationRule",
                        "Get-AdfsAuthenticationProvider | Where-Object AllowedForAdditionalAuthentication",
                    ),
                    undo=(
                        "Set-AdfsGlobalAuthenticationPolicy -AdditionalAuthenticationProvider "
                        + listing(value.additional),
                    ),
                ),
            ),
        )


RULE = Rule(
    code="adfs.second-factor-missing",
    catalogue=("ADFS-17",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("adfs-global-policy",),
    what="Global rules demand additional authentication, and no provider (or the certificate alone) is set up for it.",
    why="A user who signed in by certificate has no second method left (NoValidStrongAuthenticationMethod, event 364).",
    remedy="Set up a provider for additional authentication, or take the rule back.",
    check="Get-AdfsGlobalAuthenticationPolicy and Get-AdfsAdditionalAuthenticationRule: keep both.",
    undo="Set-AdfsGlobalAuthenticationPolicy with the list that was kept.",
    source="Field reports of NoValidStrongAuthenticationMethodException; AD FS additional authentication",
    on_farm=check,
)
