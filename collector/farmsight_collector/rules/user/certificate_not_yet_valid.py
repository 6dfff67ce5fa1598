"""A user's certificate has begun."""

from collections.abc import Iterator
from datetime import UTC
from functools import partial

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki.known import dates_doubt, reached, spelled
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import doubt, judged


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare the begin of validity with the farm's time."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, held: Held, subject: str) -> Iterator[Verdict]:
    own = held.value.certificate
    if not own.HasField("not_before"):
        yield doubt(subject, "its dates are not shown")
        return
    begins = own.not_before.ToDatetime(tzinfo=UTC)
    begun = reached(begins, farm.as_of, dates_doubt(own))
    if begun is None:
        yield doubt(subject, f"it begins about {begins:%Y-%m-%d}, in a time zone that is not shown")
    elif not begun:
        yield Holds(
            subject=subject,
            title=f"The certificate of {subject} is valid only from {spelled(own, begins)}",
            evidence=(held,),
            remedy=(told("the CA", "Compare the clocks of the CA and of the servers (w32tm /query /status)"),),
        )


RULE = Rule(
    code="user.certificate-not-yet-valid",
    catalogue=("USER-07",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("given-certificate",),
    what="A user's certificate is valid only from a time to come.",
    why="Until then the client does not offer it, and a server refuses it (0x800B0101).",
    remedy="Check the clock of the CA that issued it; wait, or issue the certificate again.",
    check="w32tm /query /status on the CA: is its clock right?",
    source="RFC 5280 6.1.3 (a)(2)",
    explains=("chain.server-refuses",),
    on_farm=check,
)
