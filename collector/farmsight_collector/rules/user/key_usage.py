"""A user's key may sign."""

from collections.abc import Iterator
from functools import partial

from cryptography import x509

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import judged, parsed


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for digitalSignature where the certificate restricts the key's usage at all."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, held: Held, subject: str) -> Iterator[Verdict]:
    try:
        usage = parsed(farm, held).parsed.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.digital_signature:
        yield Holds(
            subject=subject,
            title=f"The key of {subject} is not made for signatures",
            evidence=(held,),
            remedy=(told("the CA", "Add digitalSignature to the key usage of the template; issue anew"),),
        )


RULE = Rule(
    code="user.key-usage",
    catalogue=("USER-06",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("given-certificate",),
    what="The key usage of a user's certificate leaves digitalSignature out.",
    why="In the TLS handshake the client signs with this key; a strict server refuses a key that is not meant for it.",
    remedy="Issue the certificate with digitalSignature in its key usage.",
    check="certutil -dump of the certificate: its key usage; which template was it made from?",
    undo="Set the template's former key usage again.",
    source="RFC 5280 4.2.1.3; RFC 8446 4.4.2.2; how strict a server is, is field experience",
    on_farm=check,
)
