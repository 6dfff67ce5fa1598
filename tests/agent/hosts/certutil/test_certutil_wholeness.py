"""A part of what certutil printed is not the whole, though the line that ends it is there."""

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.certutil import store, urlcache, verification, verification_facts
from farmsight_agent.hosts.evidence.recognise import recognise
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.certutil_printed import AIA_URL, CRL_URL, ISSUING_SHA1, LANGUAGES, output

LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
MARKS = ("...", "    ...", "[...]", "\u2026", "<snip>", "[output omitted]")
ROOT = """Root "受信任的根证书颁发机构"
================ 证书 0 ================
序列号: 291dd20f48c5bea24e43e065f0c1cac3
颁发者: CN=Fabrikam Root CA, O=Fabrikam, C=DE
 NotBefore: 2016/6/14 19:04
 NotAfter: 2036/6/14 19:14
使用者: CN=Fabrikam Root CA, O=Fabrikam, C=DE
签名匹配公钥
根证书: 使用者与颁发者匹配
证书哈希(sha1): c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3

================ 证书 1 ================
序列号: 3f8bc8b5fc9fb29643b569d66c42e144
颁发者: CN=Fabrikam Old Root, O=Fabrikam, C=DE
 NotBefore: 2011/3/22 22:05
 NotAfter: 2036/3/22 22:13
使用者: CN=Fabrikam Old Root, O=Fabrikam, C=DE
签名匹配公钥
证书哈希(sha1): 8f8f8f8f8f8f8f8f8f8f8f8f8f8f8f8f8f8f8f8f

================ CRL 0 ================
颁发者:
    CN=Fabrikam Root CA
    O=Fabrikam
    C=DE
 ThisUpdate: 2026/7/25 8:00
 NextUpdate: 2027/1/26 20:20
CRL 项: 2
CRL 哈希(sha1): e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5

CertUtil: -verifystore 命令成功完成。
"""


def text(body, name="WAP01_alice_usercert.txt"):
    return Text(name=name, text=body)


def verdicts(body):
    file = text(body)
    return verification_facts.chain_verdict(verification.parse(file), file).values


def retrieved(body):
    file = text(body)
    return {one.url: one for one in verification_facts.retrievals(verification.parse(file), file).values}


def listed(body):
    return [one.message.certificate.sha1[:2] for one in store.parse(text(body, "WAP01_store_root.txt")).values]


def refused(body):
    with pytest.raises(FailedError) as raised:
        listed(body)
    return raised.value.reason


@LANGUAGE
@pytest.mark.parametrize("mark", MARKS)
def test_a_chain_of_which_something_was_left_out_is_no_whole_chain(language, mark):
    """What there is of it is found all the same."""
    lines = output("success", language=language).split("\n")
    root = next(at for at, line in enumerate(lines) if line.startswith("CertContext[0][2]"))
    for shown in ([*lines[:root], mark, *lines[-4:]], [*lines[: root - 3], mark, *lines[root:]]):
        body = "\n".join(shown)
        assert verdicts(body) == ()
        assert retrieved(body)[CRL_URL].crl.number == "67e"


@LANGUAGE
def test_a_chain_that_ends_before_its_root_without_saying_why_is_not_whole(language):
    lines = output("success", language=language).split("\n")
    begin, end = (
        next(at for at, line in enumerate(lines) if line.startswith(what)) for what in ("CertContext[0][2]", "Exclude")
    )
    assert len(verdicts("\n".join(lines))) == 1
    assert verdicts("\n".join([*lines[:begin], *lines[end:]])) == ()


@pytest.mark.parametrize("behind", ['| findstr "Cert Verified http"', "| Select-String Cert,http", "| select -Last 80"])
def test_what_a_filter_let_through_is_not_whole(behind):
    body = output("success")
    command = "PS C:\\> certutil.exe -f \u2013urlfetch -verify C:\\temp\\user.cer "
    assert len(verdicts(command + "| more\n" + body)) == 1
    assert verdicts(f"{command}{behind}\n{body}") == ()


def test_certificates_without_their_names_are_what_a_filter_let_through():
    kept = [
        line for line in output("success").split("\n") if any(word in line for word in ("Cert", "Verified", "http"))
    ]
    body = "\n".join(kept) + "\n"
    assert verdicts(body) == ()
    assert AIA_URL in retrieved(body)


@LANGUAGE
def test_the_very_issuer_that_an_url_brought_is_known_though_revocation_is_not(language):
    """In whatever word the tool says it: by its thumbprint it is the certificate that the chain goes on with."""
    found = retrieved(output("name not resolved", language=language))[AIA_URL]
    assert (found.outcome, found.signature) == (f.RETRIEVAL_OUTCOME_OK, f.SIGNATURE_CHECK_VERIFIED)
    assert found.expected_issuer_sha1 == ISSUING_SHA1


@LANGUAGE
def test_blanks_that_do_not_break_do_not_break_the_output_apart(language):
    [one] = recognise(text(output("success", language=language).replace(" ", "\u00a0")))
    found = verification.parse(one.text)
    assert (found.complete, found.machine_engine) == (True, True)


def test_a_store_is_listed_whole():
    assert listed(ROOT) == ["c3", "8f"]
    assert listed("PS C:\\> certutil -verifystore root | Out-File C:\\temp\\x.txt\n" + ROOT) == ["c3", "8f"]


@pytest.mark.parametrize("mark", [*MARKS, "--- snip ---", "-- More  --", "*** shortened ***"])
def test_a_store_of_which_something_was_left_out_is_not_whole(mark):
    lines = ROOT.split("\n")
    for at in range(1, len(lines) - 2):
        assert refused("\n".join([*lines[:at], mark, *lines[at:]])) in {"partial-listing", "not-understood"}


def test_two_entries_that_became_one_are_not_read_as_one():
    """Somebody cut from within the first to within the second: names of the one, hash of the other."""
    lines = ROOT.replace("证书 1", "证书 2").split("\n")
    between = [*lines[:11], "================ 证书 1 ================", *lines[2:4], *lines[17:]]
    assert refused("\n".join(between)) == "not-understood"


@pytest.mark.parametrize(
    "command",
    [
        "certutil -grouppolicy -store root", "certutil -enterprise -store root", "certutil -service -store AdfsSrv\\My",
        "certutil -store root | findstr /i fabrikam", 'certutil -store root | Select-String "Fabrikam" -Context 3',
        "certutil -store root c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3", "certutil -verifystore -grouppolicy CA",
    ],
)  # fmt: skip
def test_a_command_that_lists_a_part_of_the_machines_store_lists_no_store(command):
    assert refused(f"C:\\>{command}\n{ROOT}") == "partial-listing"


def test_the_directorys_own_store_is_listed_by_its_own_option():
    shown = ROOT.replace("Root ", "NTAuth ", 1)
    assert listed("C:\\>certutil -enterprise -store NTAuth\n" + shown) == ["c3", "8f"]


CACHED = "\nhttp://pki.fabrikam.example/ca1.crl\n\nhttp://pki.fabrikam.example/root.crl\n\nWinHttp 缓存项目: 2\n\n"
CACHE_ENDS = "CertUtil: -URLCache 命令成功完成。\n"


def cached(body):
    return [one.url for one in urlcache.parse(text(body, "WAP01_urlcache.txt")).values]


@pytest.mark.parametrize("asked", ["", " CRL", " crl > C:\\temp\\x.txt", " CRL | more", " -v crl"])
def test_a_cache_is_listed_whole(asked):
    assert len(cached(f"C:\\>certutil -urlcache{asked}\n{CACHED}{CACHE_ENDS}")) == 2


@pytest.mark.parametrize(
    "asked",
    [" OCSP", " http://pki.fabrikam.example/ca1.crl", " crl | findstr ca1", ' "http://pki.fabrikam.example/ca1.crl"'],
)
def test_one_url_or_one_kind_of_what_is_cached_is_not_the_cache(asked):
    with pytest.raises(FailedError, match="partial-listing"):
        cached(f"C:\\>certutil -urlcache{asked}\n{CACHED}{CACHE_ENDS}")
    with pytest.raises(FailedError):
        cached(f"C:\\>certutil -urlcache\n{CACHED.replace('http://pki.fabrikam.example/root.crl', '...')}{CACHE_ENDS}")


@pytest.mark.parametrize("sign", ["=", "-", ",", "?", "/", "%"])
def test_a_url_that_a_console_broke_before_a_sign_has_its_end(sign):
    """The width of the console cannot be told: this is the only line of that length."""
    url = "ldap:///CN=Fabrikam%20Issuing%20CA-1,CN=PKI01,CN=CDP,DC=fabrikam?certificateRevocationList?base"
    at = url.index(sign, 50) if sign in url[50:] else url.rindex(sign)
    body = output("success").replace(CRL_URL, f"{url[:at]}\n{url[at:]}" if at > 50 else url)
    assert url in retrieved(body)


@pytest.mark.parametrize(
    ("begin", "rest"), [("O=Fabrikam, C=", "DE"), ("O=Fabrikam,", " C=DE"), ("O=Fabrikam,", "C=DE")]
)
def test_a_name_that_a_console_broke_before_its_end_has_its_end(begin, rest):
    body = ROOT.replace(
        "使用者: CN=Fabrikam Root CA, O=Fabrikam, C=DE", f"使用者: CN=Fabrikam Root CA, {begin}\n{rest}", 1
    )
    found = store.parse(text(body, "WAP01_store_root.txt")).values[0]
    assert found.message.certificate.subject == "CN=Fabrikam Root CA,O=Fabrikam,C=DE"
