"""A user's certificate names the user in a domain that the tenant has."""

from collections.abc import Iterator
from functools import partial

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.entra.domains import is_federated
from farmsight_collector.rules.entra.urls import PRIVATE
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import doubt, judged, names
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare the domains of UPN and mail address with the tenant's; one that is verified is enough."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, held: Held, subject: str) -> Iterator[Verdict]:
    named = {name.rpartition("@")[2].strip().rstrip(".").lower() for name in names(held)}
    if not named:
        return
    evidence: tuple[Held, ...] = ()
    if not all(map(_private, named)):
        domains = farm.known("entra-domain")
        if named & {d.key.lower() for d in domains if _verified(d)}:
            return
        if not _complete(domains):
            yield doubt(subject, f"not known whether {', '.join(sorted(named))} is verified", probe="entra")
            return
        evidence = tuple(d for d in domains if _verified(d))[:8]
    if not held.value.subject_alternative_names_seen:
        yield doubt(subject, "not all of its alternative names are shown")
        return
    yield Holds(
        subject=subject,
        title=f"The certificate of {subject} names {', '.join(names(held)[:4])}, in no domain that the tenant verified",
        evidence=(held, *evidence),
        remedy=(
            told("", "Give the account a UPN suffix or mail address in a verified domain; issue the certificate anew"),
        ),
    )


def _private(domain: str) -> bool:
    """Tell whether no tenant can verify such a domain: it has no name in public DNS."""
    return "." not in domain or domain.rpartition(".")[2] in PRIVATE


def _verified(domain: Held) -> bool:
    verified: int = domain.value.verified
    return verified == facts_pb2.TRISTATE_YES or (verified != facts_pb2.TRISTATE_NO and is_federated(domain))


def _complete(domains: tuple[Held, ...]) -> bool:
    """Tell whether the tenant's own list was seen, and not just the federation settings of some domain."""
    return any(d.value.verified in (facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO) for d in domains)


RULE = Rule(
    code="user.domain-not-verified",
    catalogue=("USER-02",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("given-certificate", "entra-domain"),
    what="UPN and mail address in a user's certificate are in no domain that the tenant has verified.",
    why="The address is not routable for Entra: nobody there has it, and what the certificate names is not found.",
    remedy="Use addresses in verified domains: change the UPN suffix, and issue the certificate again.",
    check="Get-MgDomain: which domains are verified?",
    undo="Set the former UPN suffix again; the old certificate stays valid until it ends.",
    source="Microsoft KB 4032987, general requirements (routable address)",
    on_farm=check,
)
