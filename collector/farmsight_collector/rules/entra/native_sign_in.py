"""The tenant's own certificate sign-in does not take users past the farm."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.entra.domains import federated
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look whether the policy is on for anybody while domains are federated: both ways are open then."""
    policies = [p for p in farm.known("entra-certificate-policy") if p.value.enabled == facts_pb2.TRISTATE_YES]
    domains = federated(farm) if policies else ()
    for policy in policies if domains else ():
        yield _holds(policy, domains)


def _holds(policy: Held, domains: tuple[Held, ...]) -> Holds:
    everybody = "all_users" in policy.value.included
    whom = "everybody" if everybody else f"{len(policy.value.included)} groups"
    return Holds(
        subject="x509Certificate",
        title=f"The tenant's own certificate sign-in is on for {whom}, beside {len(domains)} federated domains",
        evidence=(policy, *domains[:6]),
        remedy=(
            told(
                policy.server,
                "Decide which way users shall go. Users of a managed domain, or in a staged rollout, sign in at Entra "
                "and never come to AD FS; the policy is at Protection > Authentication methods in the Entra portal.",
            ),
        ),
    )


RULE = Rule(
    code="entra.native-sign-in",
    catalogue=("ENTRA-21",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("entra-certificate-policy", "entra-domain"),
    what="Entra's own certificate-based authentication is enabled in a tenant whose domains are federated.",
    why="It goes by other rules and by the newer trust store; who is taken to it never comes to this farm.",
    remedy="Decide which users sign in where; switch the policy off where federation is meant for everybody.",
    check="Does anybody sign in with it? See the sign-in log, authentication method X.509 certificate.",
    undo="Switch the policy on again for the same groups.",
    source="Microsoft Graph, x509CertificateAuthenticationMethodConfiguration; that both may be open at once is belief",
    on_farm=check,
)
