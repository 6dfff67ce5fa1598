"""A user's certificate is found in whatever file it came in, and a file with a private key is refused."""

import base64
import os
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from farmsight_collector.offline.user_certificate import LARGEST, UserCertificateError, found_in, read
from tests.fakes.certificates import crl, pem
from tests.fakes.pki import CLIENT_AUTH, ISSUING, ROOT, make

ADA = make("Ada Lovelace", ISSUING, ca=None, usages=(CLIENT_AUTH,))
BOB = make("Bob", ISSUING, ca=None, usages=(CLIENT_AUTH,))
CHAIN = [one.certificate for one in (ISSUING, ADA, ROOT)]
SECRET = BestAvailableEncryption(b"secret")


def pem_of(*made):
    return "".join(pem(one.der) for one in made).encode()


def key_of(encoding, form, secret=None):
    return ADA.key.private_bytes(encoding, form, secret or NoEncryption())


FORMS = {
    "der": ADA.der,
    "pem": pem_of(ADA),
    "pem-crlf": pem_of(ADA).replace(b"\n", b"\r\n"),
    "pem-below-text": b"Bag Attributes\n    friendlyName: Ada\n" + pem_of(ADA),
    "pem-of-notepad": pem_of(ADA).decode().encode("utf-16"),
    "pem-marked": b"\xef\xbb\xbf" + pem_of(ADA),
    "base64": base64.b64encode(ADA.der),
    "base64-lines": base64.encodebytes(ADA.der),
    "p7b": pkcs7.serialize_certificates([ADA.certificate], Encoding.DER),
    "sst": b"\0\0\0\0CERT" + struct.pack("<III", 32, 1, len(ADA.der)) + ADA.der + bytes(12),
    "p7b-pem": pkcs7.serialize_certificates([ADA.certificate], Encoding.PEM),
}
CHAINS = {
    "pem": pem_of(ISSUING, ADA, ROOT),
    "p7b": pkcs7.serialize_certificates(CHAIN, Encoding.DER),
    "pem-with-crl": pem_of(ADA, ISSUING, ROOT) + pem(crl("Contoso Root"), "X509 CRL").encode(),
}
KEYS = {
    "pfx": (pkcs12.serialize_key_and_certificates(b"x", ADA.key, ADA.certificate, None, SECRET), "PKCS #12"),
    "pfx-base64": (
        base64.b64encode(pkcs12.serialize_key_and_certificates(b"x", ADA.key, ADA.certificate, None, SECRET)),
        "PKCS #12",
    ),
    "pkcs8": (key_of(Encoding.DER, PrivateFormat.PKCS8), "PKCS #8"),
    "pkcs8-encrypted": (key_of(Encoding.DER, PrivateFormat.PKCS8, SECRET), "encrypted private key"),
    "sec1": (key_of(Encoding.DER, PrivateFormat.TraditionalOpenSSL), "SEC 1"),
    "pem": (key_of(Encoding.PEM, PrivateFormat.PKCS8), "private key (PEM)"),
    "pem-ec": (key_of(Encoding.PEM, PrivateFormat.TraditionalOpenSSL), "private key (PEM)"),
    "pem-of-notepad": (key_of(Encoding.PEM, PrivateFormat.PKCS8).decode().encode("utf-16"), "private key (PEM)"),
    "pem-behind-the-certificate": (pem_of(ADA) + key_of(Encoding.PEM, PrivateFormat.PKCS8), "private key (PEM)"),
    "pvk": (b"\x1e\xf1\xb5\xb0" + bytes(90), ".pvk"),
    "cut-off": (key_of(Encoding.PEM, PrivateFormat.PKCS8)[:80], "private key (PEM)"),
    "large": (key_of(Encoding.PEM, PrivateFormat.PKCS8) + bytes(LARGEST), "private key (PEM)"),
}


def refusal(name, data):
    with pytest.raises(UserCertificateError) as raised:
        found_in(name, data)
    return str(raised.value)


@pytest.mark.parametrize("form", FORMS)
def test_a_certificate_is_read_in_each_form_that_it_comes_in(form):
    given = found_in("ada.cer", FORMS[form])

    assert given.der == ADA.der
    assert given.leaf.subject == ADA.subject
    assert given.notes == ()


@pytest.mark.parametrize("form", CHAINS)
def test_of_a_chain_the_user_s_is_taken_and_the_others_are_named(form):
    given = found_in("ada.pem", CHAINS[form])

    assert given.der == ADA.der
    [note] = given.notes
    assert ADA.subject in note
    assert ISSUING.subject in note
    assert ROOT.subject in note


@pytest.mark.parametrize("form", KEYS)
def test_a_private_key_is_refused_by_name_with_how_to_export_the_certificate(form):
    data, kind = KEYS[form]

    said = refusal("ada.pfx", data)

    assert kind in said
    assert said.startswith("ada.pfx holds ")
    assert "certutil -user -store My" in said


@pytest.mark.parametrize("form", KEYS)
def test_nothing_of_a_private_key_is_in_what_is_raised(form):
    data, _ = KEYS[form]
    with pytest.raises(UserCertificateError) as raised:
        found_in("ada.pfx", data)

    said = str(raised.value)
    pieces = [data[at : at + 12] for at in range(0, min(len(data), 4096) - 12, 4) if any(data[at : at + 12])]
    words = [piece.decode("latin-1") for piece in pieces if b"-" not in piece and b" " not in piece]
    assert not [word for word in words if word in said or word.encode("latin-1").hex() in said]
    assert raised.value.__cause__ is None


def test_a_pfx_is_answered_with_the_commands_that_take_its_certificate_out():
    said = refusal("ada.pfx", KEYS["pfx"][0])

    assert "Export-Certificate" in said
    assert "openssl pkcs12 -in FILE -clcerts -nokeys" in said


def test_two_users_certificates_in_one_file_are_not_guessed_between():
    said = refusal("both.pem", pem_of(ADA, BOB, ISSUING))

    assert ADA.subject in said
    assert BOB.subject in said


def test_a_ca_s_certificate_is_said_to_be_one():
    said = refusal("ca.cer", ISSUING.der)

    assert "of a CA, not of a user" in said
    assert ISSUING.subject in said
    assert "of a CA" in refusal("cas.pem", pem_of(ISSUING, ROOT))


def test_a_user_s_certificate_that_says_it_is_a_ca_s_is_taken_with_a_question():
    from cryptography.hazmat.primitives import hashes

    names = x509.SubjectAlternativeName([x509.RFC822Name("ada@contoso.com")])
    builder = x509.CertificateBuilder(
        subject_name=ADA.certificate.subject,
        issuer_name=ADA.certificate.issuer,
        public_key=ADA.key.public_key(),
        serial_number=77,
        not_valid_before=ADA.certificate.not_valid_before_utc,
        not_valid_after=ADA.certificate.not_valid_after_utc,
    )
    odd = builder.add_extension(names, critical=False).add_extension(x509.BasicConstraints(True, None), critical=True)
    der = odd.sign(ISSUING.key, hashes.SHA256()).public_bytes(Encoding.DER)

    given = found_in("ada.cer", der)

    assert given.der == der
    [note] = given.notes
    assert "says of itself that it is a CA's certificate" in note


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no certificate is in it"),
        (b"Dear all,\nsee you on Friday\n", "neither DER nor PEM"),
        (b"\x30\x03\x02\x01", "not a certificate that can be read"),
        (ADA.der[:200], "not a certificate that can be read"),
        (ADA.der + b"more", "not a certificate that can be read"),
        (pem_of(ADA)[:-30], "does not end"),
        (crl("Contoso Root"), "no certificate is in it"),
        (b"x" * (LARGEST + 1), "over 1024 KiB"),
    ],
)
def test_what_is_no_certificate_is_named_with_why_and_with_what_to_give(data, said):
    told = refusal("ada.cer", data)

    assert told.startswith("ada.cer")
    assert said in told


def test_a_file_that_is_not_there_or_is_a_folder_is_said_to_be(tmp_path):
    with pytest.raises(UserCertificateError, match=r"cannot read .*ada\.cer: No such file.*; give the file"):
        read(tmp_path / "ada.cer")
    with pytest.raises(UserCertificateError, match="is a folder"):
        read(tmp_path)


def test_no_more_of_a_file_is_read_than_a_certificate_may_have(tmp_path):
    path = tmp_path / "ada.cer"
    path.write_bytes(ADA.der)
    os.truncate(path, 40 << 30)

    with pytest.raises(UserCertificateError, match="over 1024 KiB"):
        read(path)


def test_a_file_s_certificate_is_read(tmp_path):
    path = tmp_path / "ada.cer"
    path.write_bytes(FORMS["pem"])

    assert read(path).der == ADA.der


def test_a_request_is_told_from_the_certificate_that_it_asks_for():
    builder = x509.CertificateSigningRequestBuilder().subject_name(ADA.certificate.subject)
    request = builder.sign(ADA.key, hashes.SHA256()).public_bytes(Encoding.DER)

    assert "is a request for a certificate" in refusal("ada.req", request)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(tmp_path):
    pipe = tmp_path / "ada.cer"
    os.mkfifo(pipe)

    with pytest.raises(UserCertificateError, match="is a pipe"):
        read(pipe)
