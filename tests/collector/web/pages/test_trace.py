"""A user's certificate is handed in on the page, and its sign-in shown for every pair of servers, at any instant."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from farmsight_collector.store import audit, traced
from tests.bench.worlds import NOW
from tests.fakes.watched_farm import FARM, Person, WatchedFarm, links, words

SCRIPT = "<script>alert('owned')</script>"
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(name: str = "Alice", begins: datetime = NOW - timedelta(days=30)) -> x509.Certificate:
    def named(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

    builder = x509.CertificateBuilder(named("Contoso Issuing CA 1"), named(name), KEY.public_key(), 4711, begins,
                                      begins + timedelta(days=365))  # fmt: skip
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    return builder.add_extension(uses, critical=False).sign(KEY, hashes.SHA256())


def pem(one: x509.Certificate) -> str:
    return one.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def person(farm: WatchedFarm) -> Person:
    return Person(farm)


def handed_in(person: Person, text: str, **more: str) -> str:
    person.sees("trace")
    return person.does(f"/farms/{FARM}/trace", text=text, **more)


def test_before_anybody_traced_the_page_says_what_it_does_and_how_to_get_the_certificate(person: Person) -> None:
    page = words(person.sees("trace"))
    assert "Nobody's certificate was traced on this farm yet" in page
    assert "certutil -user -store My SERIAL user.cer" in page


def test_a_certificate_that_was_handed_in_has_an_address_that_a_colleague_can_open(farm: WatchedFarm) -> None:
    where = handed_in(Person(farm), pem(certificate()))

    colleague = Person(farm)
    page = words(colleague.sees(where))
    assert "CN=Alice" in page
    assert "of 2 pairs of servers 2 fail" in page
    assert "Traced before" in page


def test_every_pair_of_servers_opens_hop_by_hop(person: Person) -> None:
    page = person.sees(handed_in(person, pem(certificate())))

    ways = [link for link in links(page) if "way=extranet" in link]
    assert ways
    opened = words(person.sees(ways[0].partition("#")[0]))
    assert "hops, in the order of the sign-in" in opened
    assert opened.index("user-certificate") < opened.index("wap-chain")


def test_a_way_that_does_not_exist_is_said_to_be_none(person: Person) -> None:
    where = handed_in(person, pem(certificate()))
    assert "There is no way WAP09 into the farm" in words(person.sees(f"{where}&way=extranet&via=WAP09"))


def test_the_trace_of_an_instant_keeps_to_it(person: Person) -> None:
    where = handed_in(person, pem(certificate()), at="2026-11-23T10:05Z")
    assert "at=2026-11-23T10%3A05Z" in where
    before, now = words(person.sees(where)), words(person.sees(where.partition("&")[0]))
    assert "not in its CA store" not in before
    assert "not in its CA store" in now


def test_a_subject_that_is_a_script_tag_is_text(person: Person) -> None:
    page = person.sees(handed_in(person, pem(certificate(SCRIPT))))
    assert "CN=\\<script\\>alert('owned')\\</script\\>" in words(page)  # as RFC 4514 spells it
    assert SCRIPT not in person.text
    assert not [one for one in page.all("script") if "src" not in one.attributes]


def test_a_private_key_is_refused_and_nothing_of_it_is_kept(farm: WatchedFarm, person: Person) -> None:
    secret = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    person.sees("trace")
    person.does(f"/farms/{FARM}/trace", status=400, text=secret + pem(certificate()))
    assert "is refused, and nothing of it was kept" in person.text
    assert secret[40:80] not in person.text
    with farm.store.read() as connection:
        assert traced.latest(connection, FARM, 10) == []


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("certificate=nonsense", 400, "SHA-256"),
        (f"certificate={'ab' * 32}", 404, "not kept here"),
        ("path=sideways", 400, "one of"),
    ],
)
def test_an_address_that_names_nothing_is_refused_with_the_reason(person: Person, asked: str, status: int, says: str):
    person.sees(f"trace?{asked}", status=status)
    assert says in person.text


def test_nothing_handed_in_is_said(person: Person) -> None:
    person.sees("trace")
    person.does(f"/farms/{FARM}/trace", status=400, text="  ")
    assert "No certificate was handed in" in person.text


def test_who_traced_whom_is_in_the_audit(farm: WatchedFarm, person: Person) -> None:
    handed_in(person, pem(certificate()))
    with farm.store.read() as connection:
        found = [row for row in audit.entries(connection, limit=5) if row.action == "trace"]
    assert "CN=Alice" in found[0].detail


def test_the_oldest_certificates_make_room(farm: WatchedFarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traced, "MOST", 3)
    with farm.store.write() as connection:
        kept = [
            traced.put(connection, FARM, bytes([one]), subject=str(one), actor="a", at=NOW + timedelta(seconds=one))
            for one in range(5)
        ]
        assert [row.subject for row in traced.latest(connection, FARM, 10)] == ["4", "3", "2"]
        assert traced.get(connection, FARM, kept[0]) is None
        assert traced.get(connection, FARM, kept[4]) == b"\x04"
