"""Which names and commands promise which output of certutil, and what any text does to its readers."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.certutil import (
    alternative_names,
    certificate_dump,
    commands,
    crl_dump,
    store,
    urlcache,
    verification,
    verification_facts,
)
from farmsight_agent.hosts.evidence.certutil.forms import FORMS, store_of_command
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.certutil_printed import output


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("C:\\>certutil -verifystore CA**", "CA"),
        ("certutil -store root", "ROOT"),
        ("PS C:\\Temp> certutil.exe -store -enterprise NTAuth", "NTAuth"),
        ('C:\\>"C:\\Windows\\System32\\certutil.exe" -store "AdfsTrustedDevices" > x.txt', "AdfsTrustedDevices"),
        ("certutil /verifystore my 2>&1", "MY"),
        ("certutil -v -silent -store My | more", "MY"),
        ("certutil \u2013store root", "ROOT"),
        ("certutil -store", "CA"),  # its own default
        ("certutil -store my 3c3c3c3c", ""),
        ("certutil -verify -urlfetch a.cer", ""),
        ("CertUtil: -store command completed successfully.", ""),
        ("notcertutil -store root", ""),
        ("", ""),
    ],
)
def test_the_store_that_a_command_lists(line, name):
    assert store_of_command(line) == name


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("WAP01_store_root.txt", "certutil-store"), ("ADFS1_verifystore_CA.txt", "certutil-store"),
        ("root.txt", "certutil-store"), ("WAP01_NETWORK SERVICE_SubCA.txt", "certutil-verify"),
        ("wap01_alice_usercert.txt", "certutil-verify"), ("WAP01_verify.txt", "certutil-verify"),
        ("WAP01_urlfetch_out.log", "certutil-verify"), ("WAP01_system_urlcache.txt", "certutil-urlcache"),
        ("WAP01_dump_issuing_crl.txt", "certutil-dump-crl"), ("WAP01_sslcert.txt", None), ("WAP01_49443.txt", None),
    ],
)  # fmt: skip
def test_the_form_that_a_name_promises(name, form):
    found = [one.id for one in FORMS if one.named and one.named.search(name)]

    assert found[:1] == ([form] if form else [])


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ("certutil.exe -verify -urlfetch SubCA.cer", "certutil-verify"),
        ("C:\\>certutil -f -urlfetch -verify Issuing_Cert.crt", "certutil-verify"),
        ("PS C:\\> certutil -t 1 \u2013urlfetch -verify x.cer", "certutil-verify"),
        ("C:\\>certutil -verifystore root", "certutil-store"),
        ("certutil -urlcache CRL", "certutil-urlcache"),
        ("certutil -dump a.crl", "certutil-dump-crl"),
        ("CertUtil: -verify command completed successfully.", None),
        ("CertUtil: -store-Befehl wurde erfolgreich ausgeführt.", None),
        ("netsh http show urlacl", None),
    ],
)
def test_the_form_that_a_command_promises(line, form):
    found = [one.id for one in FORMS if one.echoed and one.echoed.search(line)]

    assert found[:1] == ([form] if form else [])


def names(text):
    found = f.GivenCertificate()
    alternative_names.read(text, found)
    return list(found.user_principal_names), list(found.rfc822_names), found.subject_alternative_names_seen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Other Name:Principal Name=al@contoso.com, RFC822 Name=a@b.c, URL=x", (["al@contoso.com"], ["a@b.c"], True)),
        ("Anderer Name:Prinzipalname=alice@contoso.com, RFC822-Name=a@b.c", (["alice@contoso.com"], ["a@b.c"], True)),
        ("Autre nom :Nom principal=alice@contoso.com, Nom RFC822=a@b.c", (["alice@contoso.com"], ["a@b.c"], True)),
        ("その他の名前:プリンシパル名=alice@contoso.com, RFC822 名=a@b.c", (["alice@contoso.com"], ["a@b.c"], True)),
        ("Other Name:Principal Name=alice", (["alice"], [], True)),
        ("Anderer Name:Prinzipalname=alice", ([], [], False)),  # is it one?
        ("Other Name:DS Object Guid=04 10 0d 59, DNS Name=dc1.contoso.com", ([], [], True)),
        ("Other Name:1.3.6.1.4.1.311.20.2.3=0c 03 61 40 62", (["a@b"], [], True)),
        ("Other Name:1.3.6.1.4.1.311.20.2.3=0c 09 61 40 62", ([], [], False)),
        ("Directory Address:CN=a, O=b, RFC822 Name=a@b.c", ([], ["a@b.c"], False)),
        ("DNS Name=*.contoso.com", ([], [], True)),
    ],
)  # fmt: skip
def test_alternative_names_are_told_by_their_shape(text, expected):
    assert names(text) == expected


def test_the_sid_of_an_account_among_the_names():
    found = f.GivenCertificate()
    alternative_names.read("URL=tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1104, DNS Name=a", found)

    assert (found.sid_extension, found.account_sid) == (f.TRISTATE_YES, "S-1-5-21-1-2-3-1104")
    assert list(found.other_names) == ["URI:tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1104", "DNS:a"]


def verified(file):
    found = verification.parse(file)
    for part in (verification_facts.retrievals, verification_facts.chain_verdict, verification_facts.given_certificate):
        part(found, file)
    return verification_facts.retrievals(found, file)


READERS = (store.parse, store.parse_crls, verified, crl_dump.parse, certificate_dump.parse, urlcache.parse)
PIECES = [
    *' \t\n:-()[]{}="\'<>;,+ABab019/\\.?#',
    "\uff1a", "\u00a0", "\r\n", "\u8a3c", "(null)", "ab" * 20, "0x80092013", "0x80190194",
    "CertUtil: -verify ok\n", "CertUtil: -store ok\n", "CertUtil: -dump\n", "CertUtil: -URLCache 0x80070103\n",
    "================ Certificate 0 ================\n", "================ CRL 0 ================\n",
    "Serial Number: 00ab\n", "Issuer: CN=a, O=\"b\"\n", "Issuer:\n", "    CN=a\n", " NotBefore: 1/2/2020 1:00 AM\n",
    " NotAfter: 31.12.2029 1:00\n", "Subject: \n", "Cert Hash(sha1): " + "ab" * 20 + "\n", "CRL Entries: 3\n",
    "CertContext[0][0]: dwInfoStatus=102 dwErrorStatus=0\n", "Element.dwErrorStatus = X (0x40)\n",
    "  ----------------  CDP  ----------------\n", "----------------  x  ----------------\n", "-" * 36 + "\n",
    '  Verified "Base CRL (04)" Time: 0\n', '  x "y" z: 1 (null)\n', "    [0.0] http://a/\n", "    [0.0.1] ldap:///x\n",
    "    http://b/c d\n", "CRL 04:\n", "    CRL: " + "cd" * 20 + "\n", "  SubjectAltName: a:b=c@d, e\n",
    "2.5.29.20: Flags = 0, Length = 3\n", "  CRL Number=04\n", "2.5.29.17: Flags = 1(Critical), Length = ff\n",
    "1.2.840.113549.1.1.11", "x" * 80 + "\n", "C:\\>certutil -store my\n",
]  # fmt: skip
SHAPED = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@given(st.one_of(st.text(max_size=300), SHAPED))
def test_no_text_makes_a_reader_of_certutil_fail_in_any_other_way(body):
    """Either facts, or a reason."""
    file = Text(name="x.txt", text=body)
    for form in FORMS:
        form.likeness(file)
    for read in READERS:
        try:
            found = read(file)
        except NotObservedError:
            continue
        assert len(found.values) == len(found.lines) or not found.lines
        for value in found.values:
            getattr(value, "message", value).SerializeToString()


@given(st.integers(min_value=0, max_value=5000), st.sampled_from(PIECES))
def test_an_output_with_something_in_the_middle_makes_no_reader_fail(place, piece):
    body = output("delta")
    for read in READERS:
        try:
            read(Text(name="x.txt", text=body[:place] + piece + body[place:]))
        except NotObservedError:
            continue


@given(st.text(max_size=200))
def test_no_line_makes_the_reader_of_commands_fail(line):
    commands.store_command("certutil -store " + line)
    assert isinstance(store_of_command(line), str)


HOSTILE = {
    "one line": "a: " * 300_000,
    "quotes": '"' * 900_000 + ": 1",
    "colons": ":" * 900_000,
    "headings": "================ Certificate 0 ================\n" * 20_000 + "CertUtil: -store\n",
    "half headings": "===== a " * 100_000 + "CertUtil",
    "dashes": "----- a " * 100_000 + "[0.0] CertContext[",
    "elements": "CertContext[0][0]: dwInfoStatus=102 dwErrorStatus=0\n" * 20_000,
    "results": '----  CDP  ----\nVerified "Base CRL (04)" Time: 0\n[0.0] http://a/\n' * 10_000,
    "one section": "----  CDP  ----\n" + 'Verified "Base CRL (04)" Time: 0\n[0.0] http://a/\n' * 20_000,
    "elements with a result": 'CertContext[0][0]: x\n----  CDP  ----\na "b" c: 0\n[0.0] http://a/\n' * 15_000,
    "sections": "CertContext[0][0]: x\n" + "----  CDP  ----\n" * 50_000,
    "CRLs": "CertContext[0][0]: x\n" + "CRL 04:\nCRL: " + "ab" * 20 + "\n" * 50_000,
    "a URL without end": "[0.0] http://" + "a" * 70 + "\n" + ("y" * 80 + "\n") * 10_000,
    "wrapped": ("x" * 80 + "\n") * 10_000 + "CertUtil: -store\n",
    "dates": "Issuer:\n    CN=a\n 1: 1/2/2020\n" * 20_000 + "1.2.840.1\nCertUtil: -dump\n",
    "fields": "Serial: 00ab\n" * 50_000 + "1.2.840.1\n",
    "extensions": "2.5.29.20: Flags = 0, Length = 3\n" * 30_000 + "1.2.840.1\n",
    "names": "CertContext[0][0]: x\n  SubjectAltName: " + "a:b=c@d, " * 100_000 + "\n",
    "attributes": "================ a 0 ================\nIssuer: " + "CN=a, " * 100_000 + "\nCertUtil: -store\n",
    "lost": "certutil -store " + '"' * 400_000,
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_of_a_megabyte_are_read_in_seconds(hostile):
    file = Text(name="x.txt", text=HOSTILE[hostile])
    began = time.process_time()
    for form in FORMS:
        form.likeness(file)
    for read in READERS:
        try:
            read(file)
        except NotObservedError:
            continue

    assert time.process_time() - began < 20
