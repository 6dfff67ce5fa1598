"""A user's certificate says whose it is."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import doubt, judged, names


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for a principal name or a mail address among the alternative names."""
    yield from judged(farm, _judge)


def _judge(held: Held, subject: str) -> Iterator[Verdict]:
    if names(held):
        return
    if not held.value.subject_alternative_names_seen:
        yield doubt(subject, "its alternative names are not shown")
        return
    yield Holds(
        subject=subject,
        title=f"The certificate of {subject} names neither a principal (UPN) nor a mail address",
        evidence=(held,),
        remedy=(
            told("the CA", "Let the template build the alternative name from Active Directory (UPN, mail); issue anew"),
        ),
    )


RULE = Rule(
    code="user.mapping-name-missing",
    catalogue=("USER-01",),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("given-certificate",),
    what="A user's certificate has neither a UPN nor an RFC 822 name among its subject alternative names.",
    why="Nothing in it tells Active Directory or Entra whose it is; the holders of such certificates can't sign in.",
    remedy="Issue certificates with the user's routable address as UPN or RFC 822 name.",
    check="certutil -dump of the certificate: its alternative names; which template was it made from?",
    undo="Set the template's former subject settings again.",
    source="Microsoft KB 4032987, general requirements (SAN of user certificates)",
    on_farm=check,
)
