"""One chain, one oddity: what RFC 5280 and Windows say of it, and that nothing raises."""

import ipaddress
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from farmsight_collector.pki import certificates
from farmsight_collector.pki.paths.terms import RFC_5280
from tests.fakes.farms import NOW
from tests.fakes.paths import SERVER, alternative, issue, judge, name, principal, user, verdict

GOOD = ("passes", [])
ROOT = issue("Root")
ISSUING = issue("Issuing", ROOT)
REFUSED = ("fails", ["name-constraints"])


def constrained(permitted=None, excluded=None):
    return issue("Constrained", ROOT, critical=(x509.NameConstraints(permitted, excluded),))


def through(ca, *names):
    """Return the verdict on a user with these alternative names, issued by a CA under the root."""
    return verdict(user("alice", ca, *([alternative(*names)] if names else [])), ca, roots=[ROOT])


MAIL, DNS, URI, IP = x509.RFC822Name, x509.DNSName, x509.UniformResourceIdentifier, x509.IPAddress


@pytest.mark.parametrize(
    ("constraint", "subject", "within"),
    [
        (MAIL("contoso.com"), MAIL("alice@contoso.com"), True),
        (MAIL("contoso.com"), MAIL("alice@CONTOSO.com"), True),
        (MAIL("contoso.com"), MAIL("alice@eu.contoso.com"), False),
        (MAIL(".contoso.com"), MAIL("alice@eu.contoso.com"), True),
        (MAIL(".contoso.com"), MAIL("alice@contoso.com"), False),
        (MAIL("alice@contoso.com"), MAIL("bob@contoso.com"), False),
        (DNS("contoso.com"), DNS("host.contoso.com"), True),
        (DNS("contoso.com"), DNS("contoso.com"), True),
        (DNS("contoso.com"), DNS("notcontoso.com"), False),
        (DNS(""), DNS("any.example"), True),
        (URI(".contoso.com"), URI("http://www.contoso.com/a"), True),
        (URI("contoso.com"), URI("http://www.contoso.com/a"), False),
        (IP(ipaddress.ip_network("10.0.0.0/8")), IP(ipaddress.ip_address("10.1.2.3")), True),
        (IP(ipaddress.ip_network("10.0.0.0/8")), IP(ipaddress.ip_address("11.1.2.3")), False),
        (IP(ipaddress.ip_network("10.0.0.0/8")), IP(ipaddress.ip_address("::1")), False),
        (principal("@contoso.com"), principal("alice@contoso.com"), True),
        (principal("contoso.com"), principal("alice@fabrikam.com"), False),
    ],
    ids=str,
)
def test_names_against_constraints(constraint, subject, within) -> None:
    assert through(constrained(permitted=[constraint]), subject) == (GOOD if within else REFUSED)
    assert through(constrained(excluded=[constraint]), subject) == (REFUSED if within else GOOD)


def test_kinds_of_names_that_are_not_constrained_are_free() -> None:
    assert through(constrained(permitted=[DNS("contoso.com")]), MAIL("alice@fabrikam.com")) == GOOD
    assert through(constrained(permitted=[MAIL("contoso.com")])) == GOOD


def test_a_constraint_on_a_kind_that_cannot_be_compared_refuses_names_of_that_kind() -> None:
    other = x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x0c\x01a")

    assert through(constrained(permitted=[other]), other) == REFUSED
    assert through(constrained(permitted=[other]), MAIL("alice@contoso.com")) == GOOD


def test_a_mail_address_in_the_subject_counts_while_there_are_no_alternative_names() -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "alice@fabrikam.com")])
    ca = constrained(permitted=[MAIL("contoso.com")])

    assert verdict(user(subject, ca), ca, roots=[ROOT]) == REFUSED
    assert verdict(user(subject, ca, alternative(DNS("a.example"))), ca, roots=[ROOT]) == GOOD


def test_directory_names_are_compared_as_names_and_not_as_bytes() -> None:
    shouted = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "  CONTOSO ")]))

    assert through(constrained(permitted=[shouted])) == GOOD
    assert through(constrained(excluded=[shouted])) == REFUSED


def test_constraints_of_several_cas_all_hold_and_a_root_has_a_word_too() -> None:
    upper = issue("Upper", ROOT, critical=(x509.NameConstraints([MAIL("contoso.com"), MAIL("fabrikam.com")], None),))
    lower = issue("Lower", upper, critical=(x509.NameConstraints([MAIL("contoso.com")], None),))

    def under(address: str):
        return verdict(user("alice", lower, alternative(MAIL(address))), lower, upper, roots=[ROOT])

    assert under("alice@contoso.com") == GOOD
    assert under("alice@fabrikam.com") == REFUSED
    strict = issue("Strict Root", critical=(x509.NameConstraints(None, [MAIL("contoso.com")]),))
    leaf = user("alice", strict, alternative(MAIL("alice@contoso.com")))
    assert verdict(leaf, roots=[strict]) == REFUSED
    assert verdict(leaf, roots=[strict], terms=RFC_5280) == GOOD, "a trust anchor is a name and a key, by RFC 5280"


def test_self_issued_cas_are_not_constrained_and_the_last_certificate_is() -> None:
    ca = constrained(excluded=[x509.DirectoryName(name("Constrained"))])
    again = issue("Constrained", ca)

    assert verdict(user("alice", again), again, ca, roots=[ROOT]) == GOOD
    assert verdict(user("Constrained", ca), ca, roots=[ROOT]) == REFUSED


@pytest.mark.parametrize(
    ("usages", "told"),
    [
        (SERVER, ("fails", ["usage"])),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SMARTCARD_LOGON, ExtendedKeyUsageOID.CLIENT_AUTH]), GOOD),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), GOOD),
    ],
)
def test_usages_narrow_downwards_as_windows_has_it(usages, told) -> None:
    narrow = issue("Narrow", ROOT, usages)

    assert verdict(user("alice", narrow), narrow, roots=[ROOT]) == told
    assert verdict(user("alice", narrow), narrow, roots=[ROOT], terms=RFC_5280) == GOOD
    assert verdict(user("alice", ISSUING, usages), ISSUING, roots=[ROOT]) == told


def test_a_ca_of_version_1_is_no_ca_and_as_a_root_it_is_one() -> None:
    old = issue("Old", ROOT, bare=True)
    root = issue("Old Root", bare=True)

    assert verdict(user("alice", old), old, roots=[ROOT]) == ("fails", ["not-a-ca"])
    assert verdict(user("alice", root), roots=[root]) == GOOD


@pytest.mark.parametrize("serial", [1, 2**158, (1 << 159) - 1])
def test_serial_numbers_of_any_size(serial: int) -> None:
    assert verdict(user("alice", ISSUING, serial=serial), ISSUING, roots=[ROOT]) == GOOD


def test_an_unknown_extension_matters_only_when_it_is_critical() -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")

    assert verdict(user("alice", ISSUING, unknown), ISSUING, roots=[ROOT]) == GOOD
    leaf = user("alice", ISSUING, critical=(unknown,))
    assert verdict(leaf, ISSUING, roots=[ROOT]) == ("fails", ["critical-extension"])


def test_an_extension_that_stands_twice_makes_a_certificate_that_cannot_be_read() -> None:
    authority_key, subject_key = bytes.fromhex("0603551d23"), bytes.fromhex("0603551d0e")
    doubled = issue("Twice", ROOT).der.replace(authority_key, subject_key)

    said = certificates.parse(doubled)
    assert isinstance(said, certificates.Unparsed)
    assert "uplicate" in said.reason


def test_keys_of_other_kinds_sign_chains_too() -> None:
    modern = issue("Modern", ROOT, key=ed25519.Ed25519PrivateKey.generate())

    assert verdict(user("alice", modern), modern, roots=[ROOT]) == GOOD


def test_the_edges_of_validity_are_inside_it() -> None:
    begins, ends = NOW, NOW + timedelta(days=1)
    leaf = user("alice", ISSUING, begins=begins, ends=ends)
    second = timedelta(seconds=1)

    assert verdict(leaf, ISSUING, roots=[ROOT], at=begins) == GOOD
    assert verdict(leaf, ISSUING, roots=[ROOT], at=ends) == GOOD
    assert verdict(leaf, ISSUING, roots=[ROOT], at=begins - second) == ("fails", ["not-time-valid"])
    assert verdict(leaf, ISSUING, roots=[ROOT], at=ends + second) == ("fails", ["not-time-valid"])


def test_every_reason_is_told_and_not_the_first_alone() -> None:
    ca = issue("Worst", ROOT, SERVER, critical=(x509.BasicConstraints(False, None),), ends=NOW)
    leaf = user("alice", ca, SERVER)
    said = judge(leaf, ca, roots=[ROOT], at=NOW + timedelta(hours=1))

    assert [one.code for one in said.reasons] == ["not-time-valid", "not-a-ca", "usage", "usage"]
    assert said.holds_until is None


def test_a_verdict_holds_until_the_first_certificate_of_the_chain_ends() -> None:
    soon = issue("Soon", ROOT, ends=NOW + timedelta(days=3))

    assert judge(user("alice", soon), soon, roots=[ROOT]).holds_until == NOW + timedelta(days=3)
