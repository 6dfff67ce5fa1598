"""A user's certificate may be used to sign in."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki.chains import ANY_USAGE, CLIENT_AUTHENTICATION
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import doubt, judged
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for client authentication among the usages; a certificate without any list is good for all."""
    yield from judged(farm, _judge)


def _judge(held: Held, subject: str) -> Iterator[Verdict]:
    usages = set(held.value.extended_key_usages)
    present = held.value.extended_key_usage_present
    if present == facts_pb2.TRISTATE_NO or usages & {CLIENT_AUTHENTICATION, *ANY_USAGE}:
        return
    if present != facts_pb2.TRISTATE_YES:
        yield doubt(subject, "its usages are not shown")
        return
    yield Holds(
        subject=subject,
        title=f"The certificate of {subject} is not made for client authentication ({', '.join(sorted(usages))})",
        evidence=(held,),
        remedy=(told("the CA", f"Add Client Authentication ({CLIENT_AUTHENTICATION}) to the template; issue anew"),),
    )


RULE = Rule(
    code="user.eku-without-client-auth",
    catalogue=("USER-05",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("given-certificate",),
    what="A user's certificate has extended key usages, and client authentication is not among them.",
    why="Browsers do not offer it, and a server that checks usages refuses it (CERT_TRUST_IS_NOT_VALID_FOR_USAGE).",
    remedy="Issue the certificate from a template with Client Authentication.",
    check="certutil -dump of the certificate: its usages; which template was it made from?",
    undo="Take the usage out of the template again.",
    source="RFC 5280 4.2.1.12; wincrypt.h, CERT_TRUST_IS_NOT_VALID_FOR_USAGE (0x10)",
    on_farm=check,
)
