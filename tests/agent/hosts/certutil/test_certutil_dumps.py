"""`certutil -dump` of CRLs and certificates; of PKCS #12 files nothing is taken."""

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import certificate_dump, crl_dump, pkcs12_dump
from farmsight_agent.outcome import DeniedError, FailedError, NotApplicableError
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.certutil_printed import flattened, wrapped


def text(body):
    return Text(name="WAP01_dump.txt", text=body)


CRL = """\
X509 Certificate Revocation List:
Version: 2
Signature Algorithm:
    Algorithm ObjectId: 1.2.840.113549.1.1.11 sha256RSA
    Algorithm Parameters:
    05 00
Issuer:
    CN=Contoso Issuing CA 1
    O="Contoso, Inc."
    DC=contoso
    DC=com
  Name Hash(sha1): 81835e9994945c3166bf7396611ca225004ed32b
  Name Hash(md5): d31087fe673eedadd94c85f2a0bc4782

 ThisUpdate: 5/5/2026 4:05 PM
 NextUpdate: 5/13/2026 4:25 AM
CRL Entries: 2
  Serial Number: 4400000014178d21c3ed6a4575000000000014
   Revocation Date: 5/4/2026 1:14 PM
  Extensions: 1
    2.5.29.21: Flags = 0, Length = 3
    CRL Reason Code
        Cessation of Operation (5)

  Serial Number: 44000000130e1e92ae5f7a0764000000000013
   Revocation Date: 5/4/2026 12:03 PM
CRL Extensions: 5
    2.5.29.35: Flags = 0, Length = 18
    Authority Key Identifier
        KeyID=b8 63 72 a4 5e 19 f3 b1 1d 71 e1 37 26 e1 46 39 01 b6 82 c5

    1.3.6.1.4.1.311.21.1: Flags = 0, Length = 3
    CA Version
        V0.0

    2.5.29.20: Flags = 0, Length = 4
    CRL Number
        CRL Number=06 7e

    1.3.6.1.4.1.311.21.4: Flags = 0, Length = f
    Next CRL Publish
        5/12/2026 4:15 PM

    2.5.29.46: Flags = 0, Length = c1
    Freshest CRL
        [1]Freshest CRL
             Distribution Point Name:
                  Full Name:
                       URL=ldap:///CN=Contoso%20Issuing%20CA%201,CN=CA01,CN=CDP,CN=Public%20Key%20Services,CN=Services?deltaRevocationList?base?objectClass=cRLDistributionPoint
                       URL=http://pki.contoso.com/issuing1+.crl

Signature Algorithm:
    Algorithm ObjectId: 1.2.840.113549.1.1.11 sha256RSA
    Algorithm Parameters:
    05 00
Signature: UnusedBits=0
    0000  89 fe 1c ee bb b1 1d af  95 e8 e4 bb 9b a1 bd ad
CRL Hash(sha1): 4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d
CertUtil: -dump command completed successfully.
"""
GERMAN = {
    "X509 Certificate Revocation List:": "X509-Zertifikatsperrliste:",
    "Signature Algorithm:": "Signaturalgorithmus:",
    "Issuer:": "Aussteller:",
    " ThisUpdate: 5/5/2026 4:05 PM": " Diese Aktualisierung: 05.05.2026 16:05",
    " NextUpdate: 5/13/2026 4:25 AM": " Nächste Aktualisierung: 13.05.2026 04:25",
    "CRL Entries:": "Sperrlisteneinträge:",
    "Serial Number:": "Seriennummer:",
    "5/4/2026 1:14 PM": "04.05.2026 13:14",
    "5/4/2026 12:03 PM": "04.05.2026 12:03",
    "5/12/2026 4:15 PM": "12.05.2026 16:15",
    "CRL Extensions:": "Sperrlistenerweiterungen:",
    "Flags = ": "Kennzeichen = ",
    ", Length = ": ", Länge = ",
    "CRL Number=": "Sperrlistennummer=",
    "KeyID=": "Schlüssel-ID=",
    "-dump command completed successfully.": "-dump-Befehl wurde erfolgreich ausgeführt.",
}


def german(body):
    for english, other in GERMAN.items():
        body = body.replace(english, other)
    return body


@pytest.mark.parametrize("change", [str, german, wrapped, lambda body: wrapped(german(body), 120)])
def test_a_dump_of_a_crl_says_what_is_in_it(change):
    [found] = crl_dump.parse(text(change(CRL))).values

    assert found.issuer == "CN=Contoso Issuing CA 1,O=Contoso\\, Inc.,DC=contoso,DC=com"
    assert (found.number, found.entries, found.delta_base_number, found.parse_error) == ("67e", 2, "", "")
    assert found.this_update.ToDatetime().isoformat() == "2026-05-05T16:05:00"
    assert found.next_update.ToDatetime().isoformat() == "2026-05-13T04:25:00"
    assert found.next_publish.ToDatetime().isoformat() == "2026-05-12T16:15:00"
    assert found.authority_key_identifier == "b86372a45e19f3b11d71e13726e1463901b682c5"
    assert found.signature_algorithm == "1.2.840.113549.1.1.11"
    first, second = found.freshest_urls
    assert first.startswith("ldap:///CN=Contoso%20Issuing%20CA%201,CN=CA01,CN=CDP,CN=Public%20Key%20Services,CN=")
    assert first.endswith("?deltaRevocationList?base?objectClass=cRLDistributionPoint")
    assert second == "http://pki.contoso.com/issuing1+.crl"
    assert crl_dump.likeness(text(change(CRL))) is Likeness.CERTAIN


def test_a_dump_of_a_delta_crl_names_its_base():
    body = CRL.replace("2.5.29.46: Flags = 0, Length = c1", "2.5.29.27: Flags = 1(Critical), Length = 4\n    Delta")
    body = body.replace("[1]Freshest CRL", "Minimum Base CRL Number=067c")
    [found] = crl_dump.parse(text(body)).values

    assert (found.number, found.delta_base_number, found.delta_indicator_critical) == ("67e", "67c", True)


def test_a_dump_that_is_cut_off_says_that_what_follows_is_not_shown():
    [found] = crl_dump.parse(text(CRL[: CRL.index("CRL Extensions")])).values

    assert (found.entries, found.number) == (2, "")
    assert "cut off" in found.parse_error
    assert crl_dump.likeness(text(CRL[:600])) is Likeness.LIKELY


def test_dates_of_a_crl_that_may_be_either_are_said_not_to_be_told():
    [found] = crl_dump.parse(text(CRL.replace("5/13/2026", "6/5/2026").replace("5/4/2026", "5/3/2026"))).values

    assert not found.HasField("next_update")
    assert "order of day and month" in found.parse_error


@pytest.mark.parametrize("shown", ["Tuesday, May 12, 2026 4:15:00 PM", "12 May 2026 16:15"])
def test_a_date_in_words_is_not_guessed(shown):
    [found] = crl_dump.parse(text(CRL.replace("        5/12/2026 4:15 PM", f"        {shown}"))).values

    assert not found.HasField("next_publish")
    assert "1.3.6.1.4.1.311.21.4" in found.parse_error


CERTIFICATE = """\
X509 Certificate:
Version: 3
Serial Number: 44000000059271f2d220b1aef8000000000005
Signature Algorithm:
    Algorithm ObjectId: 1.2.840.113549.1.1.11 sha256RSA
    Algorithm Parameters:
    05 00
Issuer:
    CN=Contoso Issuing CA 1
    DC=contoso
    DC=com
  Name Hash(sha1): 81835e9994945c3166bf7396611ca225004ed32b
  Name Hash(md5): d31087fe673eedadd94c85f2a0bc4782

 NotBefore: 4/14/2026 9:00 AM
 NotAfter: 4/14/2027 9:00 AM

Subject:
    CN=alice
    OU=Users
  Name Hash(sha1): 81835e9994945c3166bf7396611ca225004ed32b

Public Key Algorithm:
    Algorithm ObjectId: 1.2.840.113549.1.1.1 RSA
    Algorithm Parameters:
    05 00
Public Key Length: 2048 bits
Public Key: UnusedBits = 0
    0000  30 82 01 0a 02 82 01 01  00 c5 2f 11 22 33 44 55
Certificate Extensions: 7
    1.3.6.1.4.1.311.21.7: Flags = 0, Length = 2f
    Certificate Template Information
        Template=ContosoUser(1.3.6.1.4.1.311.21.8.1.2)
        Major Version Number=100
        Minor Version Number=3

    2.5.29.37: Flags = 0, Length = 16
    Enhanced Key Usage
        Client Authentication (1.3.6.1.5.5.7.3.2)
        Secure Email (1.3.6.1.5.5.7.3.4)

    2.5.29.19: Flags = 1(Critical), Length = 2
    Basic Constraints
        Subject Type=End Entity
        Path Length Constraint=None

    2.5.29.17: Flags = 0, Length = 4a
    Subject Alternative Name
        Other Name:
             Principal Name=alice@contoso.com
        RFC822 Name=alice.mail@contoso.com
        URL=tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1104

    2.5.29.14: Flags = 0, Length = 16
    Subject Key Identifier
        5d0103b188ead67cce4c530655d9b188ead67cce

    2.5.29.35: Flags = 0, Length = 18
    Authority Key Identifier
        KeyID=c2f300d811eba073aeb33a36f882363a3f8ddbf3

    1.3.6.1.4.1.311.25.2: Flags = 0, Length = 3d
    1.3.6.1.4.1.311.25.2:
    0000  30 3b a0 39 06 0a 2b 06  01 04 01 82 37 19 02 01   0;.9..+.....7...
    0010  a0 2b 04 29 53 2d 31 2d  35 2d 32 31 2d 31 2d 32   .+.)S-1-5-21-1-2
    0020  2d 33 2d 31 31 30 34                               -3-1104

Signature Algorithm:
    Algorithm ObjectId: 1.2.840.113549.1.1.11 sha256RSA
Signature: UnusedBits=0
    0000  89 fe 1c ee bb b1 1d af  95 e8 e4 bb 9b a1 bd ad
Non-root Certificate
Key Id Hash(rfc-sha1): 09203400f0a763b88850844bca728ac5a22aa56a
Key Id Hash(sha1): c83256e40e0eb9ad8e0ed8a94ac9209927939baa
Cert Hash(md5): 233b1b98cf0e91182ae85d466e29191c
Cert Hash(sha1): 3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c
Cert Hash(sha256): 259eaea8456027509a38a693c66d52d5be821aa3e8f54c95b43bb6ea196c27ae
Signature Hash: 90b9d31f14acccc6d914846766c039c8003f1601151daf0b00c0ffcf7c018ea0
CertUtil: -dump command completed successfully.
"""
JAPANESE = {
    "X509 Certificate:": "X509 証明書:",
    "Version:": "バージョン:",
    "Serial Number:": "シリアル番号:",
    "Issuer:": "発行者:",
    "Subject:": "サブジェクト:",
    "4/14/2026 9:00 AM": "2026/04/14 9:00",
    "4/14/2027 9:00 AM": "2027/04/14 9:00",
    "Certificate Extensions:": "証明書の拡張:",
    "Flags =": "フラグ =",
    "Length =": "長さ =",
    "Other Name:": "その他の名前:",
    "Principal Name=": "プリンシパル名=",
    "RFC822 Name=": "RFC822 名=",
    "Cert Hash": "証明書ハッシュ",
    " bits": " ビット",
    "-dump command completed successfully.": "-dump コマンドは正常に完了しました。",
}


def japanese(body):
    for english, other in JAPANESE.items():
        body = body.replace(english, other)
    return body


@pytest.mark.parametrize("change", [str, japanese, wrapped])
def test_a_dump_of_a_certificate_says_what_is_in_it(change):
    [found] = certificate_dump.parse(text(change(CERTIFICATE))).values
    certificate = found.certificate

    assert (certificate.sha1, certificate.serial_number) == ("3c" * 20, "44000000059271f2d220b1aef8000000000005")
    assert (certificate.subject, certificate.issuer) == (
        "CN=alice,OU=Users",
        "CN=Contoso Issuing CA 1,DC=contoso,DC=com",
    )
    assert certificate.not_after.ToDatetime().isoformat() == "2027-04-14T09:00:00"
    assert (certificate.is_ca, certificate.self_issued) == (f.TRISTATE_NO, f.TRISTATE_NO)
    assert (certificate.public_key_algorithm, certificate.public_key_bits) == ("RSA", 2048)
    assert certificate.subject_key_identifier == "5d0103b188ead67cce4c530655d9b188ead67cce"
    assert certificate.authority_key_identifier == "c2f300d811eba073aeb33a36f882363a3f8ddbf3"
    assert list(found.user_principal_names) == ["alice@contoso.com"]
    assert list(found.rfc822_names) == ["alice.mail@contoso.com"]
    assert (list(found.extended_key_usages), found.extended_key_usage_present) == (
        ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"], f.TRISTATE_YES,
    )  # fmt: skip
    assert (found.sid_extension, found.account_sid) == (f.TRISTATE_YES, "S-1-5-21-1-2-3-1104")
    assert (found.template, found.subject_alternative_names_seen) == ("1.3.6.1.4.1.311.21.8.1.2", True)
    assert certificate_dump.likeness(text(change(CERTIFICATE))) is Likeness.CERTAIN


def without(oid):
    """Return the dump without one of its extensions."""
    begin = CERTIFICATE.index(f"    {oid}: Flags")
    return CERTIFICATE[:begin] + CERTIFICATE[CERTIFICATE.index("\n\n", begin) + 2 :]


def test_an_extension_is_absent_only_where_all_that_are_counted_are_shown():
    lost = without("2.5.29.37")
    [unknown] = certificate_dump.parse(text(lost)).values
    [absent] = certificate_dump.parse(text(lost.replace("Extensions: 7", "Extensions: 6"))).values

    assert (unknown.extended_key_usage_present, absent.extended_key_usage_present) == (
        f.TRISTATE_UNKNOWN,
        f.TRISTATE_NO,
    )


@pytest.mark.parametrize(("length", "is_ca"), [("2", f.TRISTATE_NO), ("5", f.TRISTATE_YES), ("8", f.TRISTATE_YES)])
def test_the_length_of_its_constraints_tells_a_cas_certificate(length, is_ca):
    body = CERTIFICATE.replace("(Critical), Length = 2", f"(Critical), Length = {length}")

    assert certificate_dump.parse(text(body)).values[0].certificate.is_ca == is_ca


def test_a_dump_of_a_certificate_that_is_cut_off_is_unknown():
    for end in range(0, CERTIFICATE.index("CertUtil: -"), 97):
        with pytest.raises(FailedError):
            certificate_dump.parse(text(CERTIFICATE[:end]))


def test_neither_dump_is_taken_for_the_other():
    for change in (str, wrapped, flattened):
        assert crl_dump.likeness(text(change(CERTIFICATE))) is Likeness.NO
        assert certificate_dump.likeness(text(change(CRL))) is Likeness.NO
    with pytest.raises(FailedError, match="not-understood"):
        crl_dump.parse(text(CERTIFICATE))
    with pytest.raises(FailedError, match="not-understood"):
        certificate_dump.parse(text(CRL))


@pytest.mark.parametrize("parse", [crl_dump.parse, certificate_dump.parse])
def test_a_dump_that_failed_says_why(parse):
    with pytest.raises(FailedError, match="0x80070002"):
        parse(text("CertUtil: -dump command FAILED: 0x80070002 (WIN32: 2)\n"))
    with pytest.raises(DeniedError):
        parse(text("CertUtil: -dump command FAILED: 0x80070005 (WIN32: 5)\n"))


def test_of_a_pkcs12_file_nothing_is_taken():
    body = "================ Zertifikat 0 ================\n================ Schachtelungsebene 1 ================\n"

    assert pkcs12_dump.likeness(text(body)) is Likeness.CERTAIN
    with pytest.raises(NotApplicableError, match="a dump of a PKCS #12 file"):
        pkcs12_dump.parse(text(body))
