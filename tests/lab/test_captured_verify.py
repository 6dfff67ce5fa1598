"""What certutil -verify -urlfetch says follows from stores, web servers, routes, names and accounts."""

import hashlib
import re
from dataclasses import replace

import pytest

from farmsight_lab.captured.languages.catalogue import LANGUAGES
from farmsight_lab.captured.plan import WINDOWS, Plan, Style
from tests.lab.captured_farms import farm_of, farm_with, pki, printed

USER = "WAP02$_usercert.txt"
BASE = "http://pki.contoso.test/cdp/ContosoIssuingCA1.crl"
DELTA = "http://pki.contoso.test/cdp/ContosoIssuingCA1+.crl"


def statuses(text):
    """Return the error bits of each element, leaf first."""
    return [
        int(found, 16) for found in re.findall(r"^CertContext\[0\]\[\d\]: .*dwErrorStatus=(\w+)", text, re.MULTILINE)
    ]


def chain_errors(text):
    return re.findall(r"^ChainContext\.dwErrorStatus = (\w+)", text, re.MULTILINE)


def thumbprints(text):
    return re.findall(r"^  Cert: (\w{40})", text, re.MULTILINE)


def told(text, url):
    """Return what is said of a URL where it first comes up: the words before it."""
    before = text[: re.search(rf"^ +(?:\[[\d.]+\] )?{re.escape(url)}\r?$", text, re.MULTILINE).start()]
    return before.rstrip().splitlines()[-1].strip()


def test_a_chain_is_built_from_the_leaf_to_the_root_with_every_url_verified():
    text = printed(farm_of("healthy"), "WAP02", USER)

    assert thumbprints(text) == [pki()[name].thumbprint for name in ("user-alice", "issuing-1", "policy", "root")]
    assert statuses(text) == [0, 0, 0, 0]
    assert told(text, BASE).startswith('Verified "Base CRL (2a)" Time: 0')
    assert told(text, DELTA).startswith('Verified "Delta CRL (2c)" Time: 0')
    assert text.rstrip().endswith("CertUtil: -verify command completed successfully.")


def test_the_hash_of_a_chain_is_that_of_its_certificates_one_after_the_other():
    text = printed(farm_of("healthy"), "WAP02", USER)

    ders = b"".join(pki()[name].der for name in ("issuing-1", "policy", "root"))
    assert f"Exclude leaf cert:\r\n  Chain: {hashlib.sha1(ders).hexdigest()}\r\n" in text


def test_numbers_and_dates_of_a_crl_are_those_of_the_crl_that_the_web_server_has():
    text = printed(farm_of("healthy"), "WAP02", "WAP02$_SubCA.txt")

    assert "    CRL 07:\r\n    Issuer: CN=Contoso Policy CA, O=Contoso\r\n    ThisUpdate: 11/3/2026 10:00 AM" in text


@pytest.mark.parametrize(
    ("fault", "url", "said"),
    [
        ('fault = "http-status"\nwhich = "delta"', DELTA, "0x80190194 (-2145844844 HTTP_E_STATUS_NOT_FOUND)"),
        ('fault = "plus-refused"', DELTA, "0x80190194"),
        ('fault = "page"', BASE, "0x8007000d"),
        ('fault = "truncated"', BASE, "0x80072efe (WinHttp: 12030 ERROR_WINHTTP_CONNECTION_ERROR)"),
        ('fault = "slow"\nseconds = 20.0', BASE, "0x80072ee2 (WinHttp: 12002 ERROR_WINHTTP_TIMEOUT)"),
        ('fault = "slow"\nseconds = 6.0', BASE, 'Verified "Base CRL (2a)" Time: 6'),
        ('fault = "crl-expired"', BASE, 'Expired "Base CRL (2a)"'),
        ('fault = "crl-stale"\nservers = ["WAP02"]', BASE, 'Verified "Base CRL (26)"'),
        ('fault = "crl-wrong-issuer"', BASE, 'Wrong Issuer "Base CRL (2a)"'),
        ('fault = "crl-wrong-signature"', BASE, 'Bad Signature "Base CRL (2a)"'),
        ('fault = "crl-future"', BASE, 'Unverified "Base CRL (2a)"'),
        ('fault = "delta-foreign-base"', DELTA, 'Old Base CRL "Delta CRL (2d)"'),
        ('fault = "no-route"\nservers = ["WAP02"]', BASE, "0x80072efd (WinHttp: 12029 ERROR_WINHTTP_CANNOT_CONNECT)"),
        ('fault = "name-missing"\nservers = ["WAP02"]', BASE, "0x80072ee7 (WinHttp: 12007"),
        (
            'fault = "name-leads-to"\nservers = ["WAP02"]\nname = "pki.contoso.test"\naddress = "10.9.9.9"',
            BASE,
            "0x80072efd",
        ),
    ],
)
def test_each_fault_of_a_web_server_or_the_network_has_its_outcome(fault, url, said):
    assert said in told(printed(farm_with(fault), "WAP02", USER), url)


def test_a_fault_of_one_server_is_not_seen_from_another():
    farm = farm_with('fault = "crl-stale"\nservers = ["WAP02"]')

    assert told(printed(farm, "WAP01", "WAP01$_usercert.txt"), BASE).startswith('Verified "Base CRL (2a)"')


def test_an_account_that_is_not_let_out_fails_where_the_system_succeeds():
    farm = farm_with('fault = "no-access"\nservers = ["WAP02"]')

    assert statuses(printed(farm, "WAP02", USER)) == [0, 0, 0, 0]
    theirs = printed(farm, "WAP02", "NETWORK SERVICE_usercert.txt")
    assert statuses(theirs) == [0x1000040, 0x1000040, 0x1000040, 0]
    assert "0x80092013 (-2146885613 CRYPT_E_REVOCATION_OFFLINE)" in theirs


def test_an_ocsp_answer_stands_in_for_a_crl_that_is_not_there():
    text = printed(farm_with('fault = "truncated"'), "WAP02", USER)

    assert statuses(text)[0] == 0
    assert "    CRL (null):\r\n    Issuer: CN=Contoso OCSP 1, O=Contoso" in text


def test_without_ocsp_a_missing_delta_leaves_revocation_unknown():
    text = printed(
        farm_with('fault = "http-status"\nwhich = "delta"', 'fault = "http-status"\nwhich = "ocsp"\nstatus = 503'),
        "WAP02",
        USER,
    )

    assert statuses(text) == [0x1000040, 0, 0, 0]
    assert "HTTP_E_STATUS_SERVICE_UNAVAIL" in text


def test_where_no_base_crl_came_there_is_no_section_for_its_deltas():
    text = printed(farm_with('fault = "truncated"'), "WAP02", USER)

    leaf = text.partition("CertContext[0][1]")[0]
    assert "Base CRL CDP" not in leaf
    assert "Base CRL CDP" in text


def test_a_root_that_is_not_in_the_store_is_untrusted():
    text = printed(farm_of("root-missing"), "WAP01", "WAP01$_usercert.txt")

    assert chain_errors(text) == ["CERT_TRUST_IS_UNTRUSTED_ROOT"]
    assert statuses(text) == [0, 0, 0, 0x20]
    assert "0x800b0109 (-2146762487 CERT_E_UNTRUSTEDROOT)" in text


MISSING = 'fault = "certificate-missing"\nservers = ["WAP02"]\nstore = "CA"\ncertificate = "issuing-1"'


def test_windows_fetches_a_ca_that_the_store_lacks_so_the_chain_is_whole():
    assert chain_errors(printed(farm_with(MISSING), "WAP02", USER)) == []


@pytest.mark.parametrize(
    ("farm", "plan"),
    [
        ((MISSING,), Plan(fetches_issuers=False)),
        ((MISSING, 'fault = "no-route"\nservers = ["WAP02"]'), Plan()),
    ],
    ids=["a policy forbids it", "it can't be reached"],
)
def test_a_ca_that_is_neither_stored_nor_fetched_leaves_a_partial_chain(farm, plan):
    text = printed(farm_with(*farm), "WAP02", USER, plan=plan)

    assert "CERT_TRUST_IS_PARTIAL_CHAIN" in chain_errors(text)
    assert "Missing Issuer: CN=Contoso Issuing CA 1, O=Contoso" in text
    assert len(thumbprints(text.partition("Exclude leaf cert")[0])) == 1
    assert "dwInfoStatus=2 dwErrorStatus=1000040" in text


def test_a_revoked_ca_is_told_by_the_certificate_that_it_issued():
    text = printed(farm_of("ca-revoked"), "WAP01", "WAP01$_usercert.txt", plan=Plan(user="bob"))

    assert statuses(text) == [0, 4, 0, 0]
    assert "0x80092010 (-2146885616 CRYPT_E_REVOKED)" in text


def test_a_distrusted_ca_is_told_by_its_bit():
    text = printed(farm_of("ca-disallowed"), "STS01", "STS01$_usercert.txt", plan=Plan(user="bob"))

    assert statuses(text) == [0, 0x4000000, 0, 0]


def test_a_clock_that_is_wrong_judges_by_its_own_time():
    farm = farm_with('fault = "clock-offset"\nservers = ["WAP02"]\nseconds = 40000000.0')

    assert "CERT_TRUST_IS_NOT_TIME_VALID" in chain_errors(printed(farm, "WAP02", USER))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_translated_is_the_same_in_every_language(language):
    text = printed(farm_of("no-route"), "WAP02", USER, language=language)
    english = printed(farm_of("no-route"), "WAP02", USER)

    for same in (statuses, chain_errors, thumbprints, lambda one: re.findall(r"http://\S+|0x\w{8} \(\S+ \S+\)", one)):
        assert same(text) == same(english)
    assert "  Issuer: CN=Contoso Issuing CA 1, O=Contoso\r\n  NotBefore: " in text


def test_dates_are_written_as_the_region_has_them_by_the_clock_on_the_wall():
    farm = farm_of("healthy")

    def line(**style):
        return re.search(r"NotBefore: (.+)\r", printed(farm, "WAP02", USER, **style))[1]

    assert line() == "10/24/2026 10:00 AM"
    assert line(language="de") == "24.10.2026 10:00"
    assert line(language="ja") == "2026/10/24 10:00"
    assert line(language="fr", utc_offset_h=-10.5) == "23/10/2026 23:30"


@pytest.mark.parametrize(
    ("windows", "hash_line", "error", "timed"),
    [
        ("2012r2", "  {pairs}", "(WIN32: 12007)", 'Failed "CDP" Time: 0\r'),
        ("2016", "  Cert: {sha1}", "(INet: 12007 ERROR_INTERNET_NAME_NOT_RESOLVED)", 'Failed "CDP" Time: 0\r'),
        ("2022", "  Cert: {sha1}", "(WinHttp: 12007 ERROR_WINHTTP_NAME_NOT_RESOLVED)", '"CDP" Time: 0 (null)'),
    ],
)
def test_older_windows_prints_hashes_and_errors_in_its_own_way(windows, hash_line, error, timed):
    farm = farm_of("name-missing")
    text = printed(farm, "WAP01", "WAP01$_usercert.txt", windows=windows)
    sha1 = farm.pki["user-alice"].thumbprint

    assert hash_line.format(sha1=sha1, pairs=bytes.fromhex(sha1).hex(" ")) in text
    assert error in text
    assert timed in text


def test_every_version_names_its_errors_in_a_way_of_its_time():
    assert [WINDOWS[name].errors for name in WINDOWS] == ["WIN32", "INet", "INet", "WinHttp", "WinHttp"]


def test_a_stored_ca_with_a_broken_chain_is_told_in_the_listing_of_its_store():
    farm = farm_of("root-missing")

    text = printed(farm, "WAP01", "store_ca.txt")

    assert text.count("================ Certificate ") == 4
    assert text.count("0x800b0109") == 4
    assert f"Cert Hash(sha1): {pki()['issuing-1'].thumbprint}" in text
    assert "BEGIN CERTIFICATE" not in text


def test_an_empty_store_is_listed_as_such():
    farm = farm_of("healthy")
    farm.servers["WAP01"].stores["MY"] = []

    text = printed(farm, "WAP01", "store_my.txt", language="it")

    assert text == 'my "Personale"\r\nCertUtil: - Esecuzione comando verifystore riuscita.\r\n'


def test_a_style_is_each_servers_own():
    plan = Plan(style=Style(), styles={"WAP02": replace(Style(), language="de")})
    farm = farm_of("healthy")

    assert "Abhören" in printed(farm, "WAP02", "49443.txt", plan=plan)
    assert "Listen" in printed(farm, "WAP01", "49443.txt", plan=plan)
