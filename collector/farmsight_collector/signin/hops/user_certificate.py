"""The certificate itself, before any server has seen it."""

from typing import Final

from cryptography import x509

from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.chains import ANY_USAGE, CLIENT_AUTHENTICATION
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way

_DAY: Final = "%Y-%m-%d %H:%M UTC"


def look(scene: Scene, _way: Way) -> Said:
    """Judge dates as of the farm's instant, usages, key, and the names that the article asks for.

    RFC 5280 4.1.2.5, 4.2.1.3 and 4.2.1.12; RFC 8446 4.4.2.2 (a client's key
    must be allowed to sign); Microsoft KB 4032987, general requirements (UPN
    or RFC 822 name).
    """
    leaf = scene.leaf
    return worst((_time(scene), _usages(leaf), _key(leaf), _names(scene), _holder(leaf)))


def _time(scene: Scene) -> Said:
    leaf, at = scene.leaf, scene.farm.as_of
    if at > leaf.not_after:
        return fails(f"The certificate expired on {leaf.not_after:{_DAY}}", entries=("USER-07",))
    if at < leaf.not_before:
        return fails(f"The certificate is not valid before {leaf.not_before:{_DAY}}", entries=("USER-07",))
    return passes(f"The certificate is valid until {leaf.not_after:{_DAY}}")


def _usages(leaf: Certificate) -> Said:
    usages = leaf.extended_usages
    if usages is None or CLIENT_AUTHENTICATION in usages or ANY_USAGE.intersection(usages):
        return passes("it may be used for client authentication")
    return fails("the certificate's extended key usages leave out client authentication", entries=("USER-05",))


def _key(leaf: Certificate) -> Said:
    try:
        usage = leaf.parsed.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return passes("its key may sign")
    if usage.digital_signature:
        return passes("its key may sign")
    return fails("the certificate's key usage leaves out signatures, which TLS asks of it", entries=("USER-06",))


def _names(scene: Scene) -> Said:
    named = scene.names.everyone
    if named:
        return passes(f"it names {', '.join(named[:3])}")
    return fails("The certificate names neither a principal (UPN) nor a mail address", entries=("USER-01",))


def _holder(leaf: Certificate) -> Said:
    if leaf.is_ca:
        return unknown("The certificate is a CA's, so no user's sign-in can be told from it")
    return passes("it is no CA's")


ASKED: Final = Asked(
    hop="user-certificate",
    place=Place.FARM,
    look=look,
    learn="give the certificate that the user signs in with",
)
