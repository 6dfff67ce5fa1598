"""`certutil -store` and `-verifystore`: identity by thumbprint and names, and only of a whole store."""

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import store
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2
from tests.fakes.certutil_printed import (
    DELTA_USED,
    ISSUING,
    ISSUING_SHA1,
    LANGUAGES,
    ROOT,
    ROOT_SHA1,
    ROOT_USED,
    Listed,
    at,
    listing,
    wrapped,
)

ROOT_ENTRY = Listed(
    subject=ROOT, issuer=ROOT, sha1=ROOT_SHA1, serial="46ec1044f89f81aa401aad4340a7767f",
    begins=at(2019, 2, 20, 10, 15), ends=at(2039, 2, 20, 10, 25),
)  # fmt: skip
ISSUING_ENTRY = Listed(
    subject=ISSUING, issuer=ROOT, sha1=ISSUING_SHA1, serial="0061",
    begins=at(2019, 3, 1, 11, 45), ends=at(2029, 3, 1, 11, 55),
)  # fmt: skip


def text(body, name="WAP01_store_root.txt"):
    return Text(name=name, text=body)


def seen(body, asked=""):
    return [
        (one.message.certificate.sha1, one.message.certificate.subject, one.message.certificate.issuer)
        for one in store.parse(text(body), asked).values
    ]


ROOT_NAME = "CN=Contoso Root CA,O=Contoso,C=DE"
ISSUING_NAME = "CN=Contoso Issuing CA 1,O=Contoso,C=DE"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spaced", [False, True], ids=["hash in one", "hash in pairs"])
def test_a_listing_says_the_same_in_every_language(language, spaced):
    body = listing([ROOT_ENTRY, ISSUING_ENTRY], language=language, spaced=spaced)
    first, second = store.parse(text(body), "ROOT").values
    certificate = second.message.certificate

    assert (first.der, first.message.store, first.message.certificate.sha1) == (None, "ROOT", ROOT_SHA1)
    assert (certificate.subject, certificate.issuer, certificate.serial_number) == (ISSUING_NAME, ROOT_NAME, "61")
    assert certificate.not_after.ToDatetime().isoformat() == "2029-03-01T11:55:00"
    assert store.likeness(text(body)) is Likeness.CERTAIN


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120, 60])
def test_a_console_that_breaks_lines_changes_nothing(language, width):
    long = ", OU=Public Key Infrastructure of the Contoso Company, L=Frankfurt am Main, C=DE"
    entries = [
        Listed(subject=ISSUING + long, issuer=ROOT + long, sha1=f"{n:040x}", serial=f"6{n:03}", begins=at(2019, 3, 20),
               ends=at(2029, 3, 1)) for n in range(4)
    ]  # fmt: skip
    body = listing(entries, language=language)

    assert seen(wrapped(body, width)) == seen(body)
    assert all(subject.endswith("C=DE") for _, subject, _ in seen(body))


@pytest.mark.parametrize("language", LANGUAGES)
def test_crls_stand_beside_the_certificates(language):
    body = listing([ROOT_ENTRY], [ROOT_USED], language=language, store="CA")
    [found] = store.parse_crls(text(body), "CA").values
    crl = found.message.crl

    assert (found.der, found.message.store, found.message.sha1) == (None, "CA", ROOT_USED.sha1)
    assert (crl.issuer, crl.number, crl.entries) == (ROOT_NAME, "c", 12)
    assert crl.next_update.ToDatetime().isoformat() == "2026-08-22T03:02:00"
    assert store.parse_crls(text(body)).lines == ("evidence:WAP01_store_root.txt:11",)


def test_a_delta_crl_names_its_base_behind_its_number():
    body = listing([], [DELTA_USED], store="CA").replace("=0680\n", "=0680\nDelta CRL Indicator: Base CRL=067e\n")
    [found] = store.parse_crls(text(body), "CA").values

    assert (found.message.crl.number, found.message.crl.delta_base_number) == ("680", "67e")


def test_a_crl_whose_end_is_not_told_is_not_one_that_never_ends():
    body = listing([], [ROOT_USED], store="CA")
    body = body.replace("8/22/2026", "8/2/2026")
    [found] = store.parse_crls(text(body), "CA").values

    assert not found.message.crl.HasField("next_update")
    assert "8/2/2026" in found.message.crl.parse_error


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_store_was_looked_at(language):
    body = listing([], language=language, verb="verifystore")

    assert store.parse(text(body), "ROOT").values == ()
    assert store.store_shown(text(body)) == "ROOT"


@pytest.mark.parametrize(
    "end",
    [
        "CertUtil: - Esecuzione comando store riuscita.",
        "CertUtil: de opdracht -store is voltooid.",
        "CertUtil: -storeコマンドは正常に完了しました。",
        "CertUtil: -store — команда успешно выполнена.",
    ],
)
def test_the_line_that_ends_a_listing_is_known_by_the_verb_wherever_it_stands(end):
    body = listing([ROOT_ENTRY], ended=False) + end

    assert len(seen(body)) == 1
    assert store.likeness(text(body)) is Likeness.CERTAIN


def test_a_listing_cut_off_anywhere_is_not_taken_for_a_whole_one():
    body = listing([ROOT_ENTRY, ISSUING_ENTRY], language="de")
    whole = len(body) - len("CertUtil: -store-Befehl wurde erfolgreich ausgeführt.\n")
    for end in range(whole):
        with pytest.raises(FailedError):
            store.parse(text(body[:end]))


def test_a_listing_that_lost_its_beginning_is_not_taken_for_a_whole_one():
    body = listing([ROOT_ENTRY, ISSUING_ENTRY])
    rest = body[body.index("================ Certificate 1") :]

    with pytest.raises(FailedError, match="partial-listing"):
        store.parse(text(rest))


def test_a_listing_of_one_certificate_is_none_of_the_store():
    """`certutil -store my THUMBPRINT` numbers what it finds as in the whole store, or says what it sought."""
    body = listing([ROOT_ENTRY])
    for command in ('C:\\>certutil -store root "Contoso Root CA"', "PS C:\\> certutil.exe -verifystore root 46ec"):
        with pytest.raises(FailedError, match="partial-listing"):
            store.parse(text(f"{command}\n{body}"))


@pytest.mark.parametrize("command", ["C:\\>certutil -verifystore CA** > x.txt", "PS C:\\> certutil \u2013store CA", ""])
def test_the_articles_own_command_lists_the_whole_store(command):
    body = f"{command}\n\n{listing([ISSUING_ENTRY], store='CA')}\n\nC:\\>\n"

    assert len(seen(body, "CA")) == 1


def test_a_command_with_user_lists_a_store_of_the_user():
    body = "C:\\>certutil -user -store My\n" + listing([ROOT_ENTRY], store="My")

    assert store.parse(text(body)).values[0].message.location == facts_pb2.STORE_LOCATION_USER


def test_a_listing_of_another_store_than_the_name_promises_is_said_to_be_so():
    with pytest.raises(FailedError, match="a listing of CA, taken for one of ROOT"):
        store.parse(text(listing([ISSUING_ENTRY], store="CA")), "root")


@pytest.mark.parametrize(
    ("end", "error", "reason"),
    [
        ("CertUtil: -verifystore command FAILED: 0x80090011 (-2146893807 NTE_NOT_FOUND)", FailedError, "not-found"),
        ("CertUtil: -store-Befehl ist fehlgeschlagen: 0x80092004 (-2146885628)", FailedError, "not-found"),
        ("CertUtil: -store ÉCHEC de la commande : 0x80070002 (WIN32: 2)", UnavailableError, "no-such-store"),
        ("CertUtil: -store コマンド エラー: 0x80070005 (WIN32: 5)", DeniedError, "access-denied"),
        ("CertUtil: -store command FAILED: 0x80072ee7 (WIN32: 12007)", FailedError, "command-failed"),
        ("CertUtil: -addstore command completed successfully.", FailedError, "not-understood"),
        ("CertUtil: -verify command completed successfully.", FailedError, "not-understood"),
    ],
)
def test_a_command_that_failed_lists_nothing(end, error, reason):
    with pytest.raises(error) as caught:
        store.parse(text(f'Root "Trusted"\n{end}\n'))

    assert (caught.value.reason, caught.value.source) == (reason, "evidence:WAP01_store_root.txt:2")


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("EMPTY (DNS Name=Member1.contoso.com)", ""),
        ("LEER (DNS-Name=Member1.contoso.com, DNS-Name=b)", ""),
        ("", ""),
        ('CN=a, O="Contoso, Inc."', "CN=a,O=Contoso\\, Inc."),
        ("CN=Größe: 1, S=Bayern, E=ca@contoso.com", "CN=Größe: 1,ST=Bayern,1.2.840.113549.1.9.1=ca@contoso.com"),
        ("OU=a + CN=b, DC=com", "OU=a+CN=b,DC=com"),
    ],
)
def test_names_are_told_whatever_is_in_them(shown, name):
    entry = Listed(
        subject=shown, issuer=shown, sha1=ROOT_SHA1, serial="01", begins=at(2020, 1, 31), ends=at(2030, 1, 1)
    )

    assert seen(listing([entry])) == [(ROOT_SHA1, name, name)]


def test_the_chain_that_verifystore_shows_of_a_bad_certificate_is_not_the_certificate():
    below = (
        "  Issuer: CN=Other",
        "  NotBefore: 1/1/2001 1:00 AM",
        "  NotAfter: 1/1/2002 1:00 AM",
        "  Subject: CN=Other",
        f"  Cert: {'99' * 20}",
        "A certificate chain ended in a root which is not trusted. 0x800b0109 (-2146762487 CERT_E_UNTRUSTEDROOT)",
        "Certificate is NOT valid",
    )
    entry = Listed(subject=ISSUING, issuer=ROOT, sha1=ISSUING_SHA1, serial="0061", begins=at(2019, 3, 20),
                   ends=at(2029, 3, 1), below=below)  # fmt: skip
    body = listing([entry, ROOT_ENTRY], verb="verifystore")

    assert [one[:2] for one in seen(body)] == [(ISSUING_SHA1, ISSUING_NAME), (ROOT_SHA1, ROOT_NAME)]
    assert [one.error for one in store.listing(text(body)).certificates] == ["0x800b0109", ""]


@pytest.mark.parametrize(
    ("below", "has_key"),
    [
        (("  Key Container = te-1", "  Provider = Microsoft", "Encryption test passed"), facts_pb2.TRISTATE_YES),
        (("No key provider information",), facts_pb2.TRISTATE_NO),
        (("  Provider = Microsoft", "Missing stored keyset"), facts_pb2.TRISTATE_UNSPECIFIED),
        (("  Anbieter = Microsoft", "Verschlüsselungstest wurde durchgeführt"), facts_pb2.TRISTATE_UNSPECIFIED),
        ((), facts_pb2.TRISTATE_UNSPECIFIED),
    ],
)
def test_whether_a_key_is_there_is_told_or_not_known(below, has_key):
    entry = Listed(subject=ISSUING, issuer=ROOT, sha1=ISSUING_SHA1, serial="0061", begins=at(2019, 3, 20),
                   ends=at(2029, 3, 1), below=below)  # fmt: skip
    [found] = store.parse(text(listing([entry], store="My"))).values

    assert found.message.has_private_key == has_key


VERBOSE = """\
Root "Trusted Root Certification Authorities"
================ Certificate 0 ================
X509 Certificate:
Version: 3
Serial Number: 46ec1044
Signature Algorithm:
    Algorithm ObjectId: 1.2.840.113549.1.1.11 sha256RSA
    Algorithm Parameters:
    05 00
Issuer:
    CN=Contoso Root CA
    O="Contoso, Inc."
  Name Hash(sha1): abababababababababababababababababababab
  Name Hash(md5): abababababababababababababababab

 NotBefore: 2/20/2019 10:15 AM
 NotAfter: 2/20/2039 10:25 AM

Subject:
    CN=Contoso Root CA
    O="Contoso, Inc."
  Name Hash(sha1): abababababababababababababababababababab
Public Key Length: 2048 bits
Key Id Hash(rfc-sha1): cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
Key Id Hash(sha1): cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
Cert Hash(md5): efefefefefefefefefefefefefefefef
Cert Hash(sha1): 1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a
Cert Hash(sha256): 1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a
Signature Hash: 9999
CertUtil: -store command completed successfully.
"""


def test_a_verbose_listing_is_read_too():
    assert seen(VERBOSE) == [(ROOT_SHA1, *["CN=Contoso Root CA,O=Contoso\\, Inc."] * 2)]


def test_a_trust_list_in_a_store_is_no_certificate():
    ctl = """================ CTL 0 ================
Subject Usage:
  1.3.6.1.4.1.311.10.3.9 Root List Signer
List Identifier:
Sequence Number: 01
This Update: 2/20/2019 10:15 AM
CTL Entries: 3
CTL Hash(sha1): dddddddddddddddddddddddddddddddddddddddd

CertUtil"""
    body = listing([ROOT_ENTRY], store="Disallowed").replace("CertUtil", ctl)

    assert [one[0] for one in seen(body)] == [ROOT_SHA1]
    assert store.parse_crls(text(body)).values == ()


def test_an_entry_without_its_thumbprint_makes_the_listing_unknown():
    body = "\n".join(line for line in listing([ROOT_ENTRY]).split("\n") if "(sha1)" not in line)

    with pytest.raises(FailedError, match="thumbprint"):
        store.parse(text(body))


@pytest.mark.parametrize("command", ["certutil -dump a.pfx", "certutil -urlcache"])
def test_other_outputs_do_not_look_like_a_store(command):
    pkcs12 = (
        "================ Certificate 0 ================\n================ Begin Nesting Level 1 ================\n"
    )
    urls = "http://pki.contoso.com/a.crl\nCertUtil: -URLCache command completed successfully.\n"

    assert store.likeness(text(pkcs12 if "dump" in command else urls)) is Likeness.NO


def test_a_piece_of_a_listing_is_likely_one_and_still_not_taken():
    piece = listing([ROOT_ENTRY], ended=False)

    assert store.likeness(text(piece)) is Likeness.LIKELY
    with pytest.raises(NotObservedError, match="truncated"):
        store.parse(text(piece))
