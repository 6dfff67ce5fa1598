"""No domain makes Entra ask AD FS for a password."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.entra.commands import prompt
from farmsight_collector.rules.entra.domains import federated
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

ASKS = frozenset({facts_pb2.PROMPT_LOGIN_NOT_SET, facts_pb2.PROMPT_LOGIN_TRANSLATE})


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at every federated domain: one that is not set works like "translate"."""
    for domain in federated(farm):
        if domain.value.prompt_login == facts_pb2.PROMPT_LOGIN_UNSPECIFIED:
            yield CannotTell(
                subject=domain.key, reason="promptLoginBehavior is not shown", probe="entra", part="domains"
            )
        elif domain.value.prompt_login in ASKS:
            unset = domain.value.prompt_login == facts_pb2.PROMPT_LOGIN_NOT_SET
            yield Holds(
                subject=domain.key,
                title=f"{domain.key}: prompt=login becomes a password prompt ({'not set' if unset else 'translate'})",
                evidence=(domain,),
                remedy=(prompt(domain, facts_pb2.PROMPT_LOGIN_NATIVE),),
            )


RULE = Rule(
    code="entra.prompt-login",
    catalogue=("ENTRA-17",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("entra-domain",),
    what="promptLoginBehavior of a federated domain is not set, or translates to a fresh password authentication.",
    why="Apps that send prompt=login get a password form; certificate sign-in is not offered.",
    remedy="Set PromptLoginBehavior to NativeSupport (or Disabled) for every federated domain.",
    check="Get-MgDomainFederationConfiguration: keep PromptLoginBehavior; is every node new enough for it?",
    undo="Set-EntraDomainFederationSettings with the value that was kept.",
    source="Microsoft KB 4032987, Entra configuration, step 4; AD FS prompt=login support",
    on_farm=check,
)
