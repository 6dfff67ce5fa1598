"""No staged rollout takes users past the farm."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for rollouts of certificate sign-in that are on."""
    for rollout in farm.known("entra-rollout"):
        if rollout.value.enabled == facts_pb2.TRISTATE_YES:
            yield _holds(rollout)


def _holds(rollout: Held) -> Holds:
    name = rollout.value.display_name or rollout.key
    whole = rollout.value.whole_organization == facts_pb2.TRISTATE_YES
    return Holds(
        subject=rollout.key,
        title=f"Staged rollout {name} takes {'everybody' if whole else 'its groups'} past the farm, to Entra's sign-in",
        evidence=(rollout,),
        remedy=(
            told(
                rollout.server,
                f"Users in {name} are not redirected to AD FS. Take them out of its groups, or switch the rollout off: "
                "Entra Connect > Staged rollout in the Entra portal.",
            ),
        ),
        severity=Severity.WARNING if whole else None,
    )


RULE = Rule(
    code="entra.staged-rollout",
    catalogue=("ENTRA-21",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("entra-rollout",),
    what="A staged rollout of certificate-based authentication is on in the tenant.",
    why="Users in it sign in at Entra though their domain is federated: the farm takes no part in it.",
    remedy="Take users out of the rollout who are to sign in through AD FS.",
    check="Who is in the rollout's groups?",
    undo="Put them into the groups again.",
    source="Microsoft Graph, featureRolloutPolicy (certificateBasedAuthentication)",
    on_farm=check,
)
