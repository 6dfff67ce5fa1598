"""Name constraints as RFC 5280 4.2.1.10 has them, kind by kind, permitted and excluded, through a whole chain."""

import ipaddress

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.fakes.paths import alternative, issue, name, principal, user, verdict

GOOD, REFUSED = ("passes", []), ("fails", ["name-constraints"])
ROOT = issue("Root")
MAIL, DNS, URI, DIRECTORY = x509.RFC822Name, x509.DNSName, x509.UniformResourceIdentifier, x509.DirectoryName


def net(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_network(text))


def address(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_address(text))


def organisation(text: str) -> x509.DirectoryName:
    return DIRECTORY(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text)]))


def ca(permitted=None, excluded=None, under=ROOT, common="Constrained"):
    return issue(common, under, critical=(x509.NameConstraints(permitted, excluded),))


def through(issuer, *names, subject="alice", above=()):
    leaf = user(subject, issuer, *([alternative(*names)] if names else []))
    return verdict(leaf, issuer, *above, roots=[ROOT])


@pytest.mark.parametrize(
    ("constraint", "its", "within"),
    [
        (DNS("contoso.com"), DNS("*.contoso.com"), True),
        (DNS("contoso.com"), DNS("a.contoso.com."), True),
        (DNS("contoso.com"), DNS("CONTOSO.COM"), True),
        (DNS("eu.contoso.com"), DNS("contoso.com"), False),
        (net("10.0.0.2/31"), address("10.0.0.3"), True),
        (net("10.0.0.2/32"), address("10.0.0.3"), False),
        (net("0.0.0.0/0"), address("255.255.255.255"), True),
        (net("0.0.0.0/0"), address("::1"), False),
        (net("2001:db8::/33"), address("2001:db8:7fff::1"), True),
        (net("2001:db8::/33"), address("2001:db8:8000::1"), False),
        (net("10.0.0.0/8"), address("::ffff:10.0.0.1"), False),
        (MAIL("contoso.com"), MAIL("contoso"), False),
        (MAIL("contoso.com"), MAIL('"a@fabrikam.com"@contoso.com'), True),
        (MAIL("contoso.com"), MAIL("a@contoso.com.fabrikam.com"), False),
        (URI("contoso.com"), URI("https://u:p@contoso.com:8443/x"), True),
        (URI("contoso.com"), URI("http://contoso.com@fabrikam.com/"), False),
        (URI(".contoso.com"), URI("http://contoso.com/"), False),
        (organisation("contoso"), organisation("Contoso"), True),
        (principal("@contoso.com"), principal("a@contoso.com.fabrikam.com"), False),
        (principal(".contoso.com"), principal("a@eu.contoso.com"), True),
        (principal("CONTOSO.com"), principal("a@contoso.COM"), True),
    ],
    ids=str,
)
def test_a_name_is_in_a_subtree_or_it_is_not(constraint, its, within) -> None:
    assert through(ca(excluded=[constraint]), its, subject="x") == (REFUSED if within else GOOD)
    assert through(ca(permitted=[constraint]), its) == (GOOD if within else REFUSED)


@pytest.mark.parametrize(
    "url", ["urn:uuid:1", "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1", "http://10.0.0.1/", "http://["]
)
def test_a_url_without_a_host_name_is_refused_wherever_urls_are_constrained(url: str) -> None:
    """RFC 5280 4.2.1.10: without an authority, or with an address in it, the application must reject it."""
    assert through(ca(permitted=[URI("contoso.com")]), URI(url)) == REFUSED
    assert through(ca(excluded=[URI("contoso.com")]), URI(url)) == REFUSED
    assert through(ca(excluded=[DNS("contoso.com")]), URI(url)) == GOOD


def test_a_wildcard_stands_for_the_hosts_that_are_excluded_below_it() -> None:
    """As Go has it since CVE-2025-61727; RFC 5280 does not speak of wildcards."""
    assert through(ca(excluded=[DNS("sts.contoso.com")]), DNS("*.contoso.com")) == REFUSED
    assert through(ca(excluded=[DNS("a.sts.contoso.com")]), DNS("*.contoso.com")) == GOOD
    assert through(ca(excluded=[DNS("contoso.com")]), DNS("*.com")) == REFUSED
    assert through(ca(excluded=[DNS("sts.fabrikam.com")]), DNS("*.contoso.com")) == GOOD


def test_excluded_goes_before_permitted_and_a_mailbox_before_its_host() -> None:
    both = ca(permitted=[MAIL("contoso.com")], excluded=[MAIL("alice@contoso.com")])

    assert through(both, MAIL("alice@contoso.com")) == REFUSED
    assert through(both, MAIL("bob@contoso.com")) == GOOD
    assert through(both, MAIL("bob@contoso.com"), MAIL("alice@contoso.com")) == REFUSED


def test_directory_names_begin_with_a_subtree_by_whole_relative_names() -> None:
    backwards = [
        x509.NameAttribute(NameOID.COMMON_NAME, "alice"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Contoso"),
    ]

    assert through(ca(permitted=[DIRECTORY(name("alice"))])) == GOOD
    assert through(ca(permitted=[DIRECTORY(name("ali"))])) == REFUSED
    assert through(ca(permitted=[DIRECTORY(x509.Name(backwards))])) == REFUSED
    assert through(ca(permitted=[organisation("Contoso")]), organisation("Fabrikam")) == REFUSED


def test_the_empty_directory_name_holds_every_name() -> None:
    assert through(ca(permitted=[DIRECTORY(x509.Name([]))])) == GOOD
    assert through(ca(excluded=[DIRECTORY(x509.Name([]))])) == REFUSED


def test_a_relative_name_of_several_attributes_has_no_order() -> None:
    parts = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "CONTOSO"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, "Bonn"),
    ]
    one, other = (x509.RelativeDistinguishedName(listed) for listed in (parts, parts[::-1]))
    subject = x509.Name([one, x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "alice")])])

    assert through(ca(permitted=[DIRECTORY(x509.Name([other]))]), subject=subject) == GOOD


@pytest.mark.parametrize(("mail", "told"), [("Alice@Contoso.com", REFUSED), ("alice@fabrikam.com", GOOD)])
def test_a_mail_address_in_the_subject_is_excluded_like_one_beside_it(mail: str, told) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, mail)])

    assert through(ca(excluded=[MAIL("contoso.com")]), subject=subject) == told


def test_cas_below_are_constrained_and_a_self_issued_one_passes_the_constraint_on() -> None:
    upper = ca(permitted=[DIRECTORY(name("alice"))])
    sub = issue("Sub", upper)
    assert through(sub, above=[upper]) == REFUSED

    hosts = ca(permitted=[DNS("contoso.com")])
    again = issue("Constrained", hosts)
    assert through(again, DNS("x.example"), above=[hosts]) == REFUSED
    assert through(again, DNS("x.contoso.com"), above=[hosts]) == GOOD


def test_constraints_that_are_not_critical_count_and_those_in_a_user_s_certificate_say_nothing() -> None:
    """RFC 5280 4.2.1.10 wants them critical, and wants them in CA certificates alone."""
    constraint = x509.NameConstraints([DNS("contoso.com")], None)
    lax = issue("Lax", ROOT, constraint)

    assert through(lax, DNS("x.example")) == REFUSED
    assert verdict(user("alice", ROOT, constraint, alternative(DNS("x.example"))), roots=[ROOT]) == GOOD
