"""A user's certificate is not over."""

from collections.abc import Iterator
from datetime import UTC
from functools import partial

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki.known import dates_doubt, passed, spelled
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import doubt, judged


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare the end of validity with the farm's time."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, held: Held, subject: str) -> Iterator[Verdict]:
    own = held.value.certificate
    if not own.HasField("not_after"):
        yield doubt(subject, "its dates are not shown")
        return
    ends = own.not_after.ToDatetime(tzinfo=UTC)
    over = passed(ends, farm.as_of, dates_doubt(own))
    if over is None:
        yield doubt(subject, f"it ends about {ends:%Y-%m-%d}, in a time zone that is not shown")
    elif over:
        yield Holds(
            subject=subject,
            title=f"The certificate of {subject} expired on {spelled(own, ends)}",
            evidence=(held,),
            remedy=(told("the user's device", "Renew the certificate: autoenrolment, MDM profile or by hand"),),
        )


RULE = Rule(
    code="user.certificate-expired",
    catalogue=("USER-07",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("given-certificate",),
    what="A user's certificate has expired.",
    why="The client does not offer it any more, and a server refuses it (0x800B0101).",
    remedy="Renew the user's certificate.",
    check="certutil -user -store My on the device: is there a newer one already?",
    source="RFC 5280 6.1.3 (a)(2)",
    explains=("chain.server-refuses",),
    on_farm=check,
)
