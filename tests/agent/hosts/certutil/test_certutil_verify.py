"""`certutil -verify -urlfetch` of several versions and languages, as facts."""

from dataclasses import replace

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import verification, verification_facts
from farmsight_agent.outcome import DeniedError, FailedError
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.certutil_printed import (
    AIA_URL,
    BASE_CAME,
    CRL_URL,
    DELTA_URL,
    ISSUING_LINK,
    ISSUING_SHA1,
    LANGUAGES,
    LDAP_CRL_URL,
    LDAP_DELTA_URL,
    LEAF_LINK,
    LEAF_SHA1,
    OCSP_URL,
    ROOT_AIA_URL,
    ROOT_CRL_URL,
    ROOT_LINK,
    ROOT_SHA1,
    SCENARIOS,
    VERSIONS,
    WINDOWS_2012R2,
    WINDOWS_2019,
    Came,
    Failed,
    Used,
    at,
    delta,
    flattened,
    output,
    pasted,
    wrapped,
)

EVERYWHERE = pytest.mark.parametrize(("language", "version"), [(one, two) for one in LANGUAGES for two in VERSIONS])
HERE_AND_THERE = pytest.mark.parametrize(
    ("language", "version"),
    [("en", "2019"), ("de", "2012r2"), ("fr", "2008r2"), ("es", "2019"), ("ja", "2012r2"), ("zh", "2019")],
)
CRL, DELTA, AIA, OCSP = (
    f.RETRIEVAL_PURPOSE_CRL, f.RETRIEVAL_PURPOSE_DELTA, f.RETRIEVAL_PURPOSE_AIA, f.RETRIEVAL_PURPOSE_OCSP,
)  # fmt: skip


def text(body):
    return Text(name="WAP01_alice_usercert.txt", text=body)


def facts(body):
    """Return retrievals by purpose and URL, the verdict and the certificate."""
    file = text(body)
    found = verification.parse(file)
    rows = {(one.purpose, one.url): one for one in verification_facts.retrievals(found, file).values}
    verdicts = verification_facts.chain_verdict(found, file).values
    given = verification_facts.given_certificate(found, file).values
    return rows, *(one[0] if one else None for one in (verdicts, given))


def printed(scenario, language, version, **more):
    return output(scenario, language=language, version=VERSIONS[version], **more)


@EVERYWHERE
def test_a_chain_that_is_in_order(language, version):
    rows, verdict, given = facts(printed("success", language, version))

    assert list(rows) == [(AIA, AIA_URL), (CRL, CRL_URL), (AIA, ROOT_AIA_URL), (CRL, ROOT_CRL_URL)]
    assert {(one.outcome, one.signature) for one in rows.values()} == {
        (f.RETRIEVAL_OUTCOME_OK, f.SIGNATURE_CHECK_VERIFIED)
    }
    assert [list(one.named_by) for one in rows.values()] == [[LEAF_SHA1]] * 2 + [[ISSUING_SHA1]] * 2
    assert [one.expected_issuer_sha1 for one in rows.values()] == [ISSUING_SHA1] * 2 + [ROOT_SHA1] * 2
    assert [one.certificate.sha1 for one in verdict.elements] == [LEAF_SHA1, ISSUING_SHA1, ROOT_SHA1]
    assert (verdict.error_status, verdict.chain_error, verdict.revocation_error) == (0, "", "")
    assert (verdict.revocation_checked, verdict.machine_engine) == (f.TRISTATE_YES, f.TRISTATE_YES)
    assert list(verdict.application_policies) == ["1.3.6.1.5.5.7.3.2"]
    assert (given.certificate.sha1, list(given.user_principal_names)) == (LEAF_SHA1, ["alice@contoso.com"])


@EVERYWHERE
def test_the_crl_that_the_engine_went_by_has_its_dates(language, version):
    rows, _, _ = facts(printed("success", language, version))
    crl = rows[CRL, CRL_URL].crl

    assert (crl.number, crl.issuer) == ("67e", "CN=Contoso Issuing CA 1,O=Contoso,C=DE")
    assert crl.this_update.ToDatetime().isoformat() == "2026-05-05T16:05:00"
    assert crl.next_update.ToDatetime().isoformat() == "2026-05-13T04:25:00"
    assert rows[CRL, CRL_URL].dates_seen


@EVERYWHERE
@pytest.mark.parametrize(
    ("scenario", "outcome", "error", "native", "status", "took"),
    [
        (
            "name not resolved",
            f.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED,
            "0x80072ee7",
            12007,
            0,
            f.DURATION_CLASS_UNDER_1_S,
        ),
        ("timed out", f.RETRIEVAL_OUTCOME_TIMED_OUT, "0x80072ee2", 12002, 0, f.DURATION_CLASS_UNDER_20_S),
        ("not found", f.RETRIEVAL_OUTCOME_HTTP_STATUS, "0x80190194", 0, 404, f.DURATION_CLASS_UNDER_1_S),
        ("proxy", f.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION, "0x80190197", 0, 407, f.DURATION_CLASS_UNDER_1_S),
    ],
)
def test_a_crl_that_did_not_come(language, version, scenario, outcome, error, native, status, took):
    rows, verdict, _ = facts(printed(scenario, language, version))
    one = rows[CRL, CRL_URL]

    assert (one.outcome, one.platform_error, one.system_error, one.http_status) == (outcome, error, native, status)
    assert (one.took, one.signature, one.HasField("crl")) == (took, f.SIGNATURE_CHECK_UNSPECIFIED, False)
    assert error in one.detail
    assert rows[CRL, ROOT_CRL_URL].outcome == f.RETRIEVAL_OUTCOME_OK
    assert (verdict.revocation_error, verdict.revocation_checked) == ("0x80092013", f.TRISTATE_NO)
    assert verdict.elements[0].error_status == verdict.error_status == 0x1000040


@EVERYWHERE
def test_deltas_are_found_through_the_base_crl(language, version):
    rows, verdict, _ = facts(printed("delta", language, version))

    assert [key for key in rows if key[0] in (CRL, DELTA)] == [
        (CRL, LDAP_CRL_URL), (DELTA, LDAP_DELTA_URL), (DELTA, DELTA_URL), (CRL, CRL_URL), (CRL, ROOT_CRL_URL),
    ]  # fmt: skip
    assert [rows[key].position for key in rows if key[0] in (CRL, DELTA)] == [0, 0, 1, 1, 0]
    for url in (LDAP_DELTA_URL, DELTA_URL):
        one = rows[DELTA, url]
        assert (one.outcome, one.crl.number, one.dates_seen) == (f.RETRIEVAL_OUTCOME_OK, "680", True)
        assert one.crl.next_update.ToDatetime().isoformat() == "2026-05-09T04:25:00"
    assert verdict.revocation_checked == f.TRISTATE_YES


def test_a_delta_below_a_base_crl_is_not_taken_for_one_with_the_number_of_the_base():
    """An old Windows shows no hash, and the output ends before the section that has the delta's own number."""
    link = replace(LEAF_LINK, cdp=(BASE_CAME, delta(DELTA_URL, "0.0.0")), base=None, used=())
    rows, _, _ = facts(output(links=(link, ISSUING_LINK, ROOT_LINK), version=WINDOWS_2012R2))

    assert rows[DELTA, DELTA_URL].crl.number == ""


def test_a_delta_that_failed_is_told_from_a_base_that_failed():
    """Neither has an index; the base CRL's own URLs, and the place of the next base, tell them apart."""
    mirror = "http://mirror.contoso.com/issuing1.crl"
    link = replace(
        LEAF_LINK,
        cdp=(
            BASE_CAME,
            Failed(url=DELTA_URL, code="0x80190194"),
            Failed(url=LDAP_DELTA_URL, code="0x8007203a"),
            replace(BASE_CAME, url=mirror, index="1.0"),
            Failed(url="http://dead.contoso.com/issuing1.crl", code="0x80072ee7"),
            Failed(url=DELTA_URL, code="0x80190194"),
        ),
        base=(Failed(url=DELTA_URL, code="0x80190194"),),
    )
    rows, _, _ = facts(output(links=(link, ISSUING_LINK, ROOT_LINK)))

    assert [(key[0], key[1], one.position) for key, one in rows.items() if LEAF_SHA1 in one.named_by][1:] == [
        (CRL, CRL_URL, 0),
        (DELTA, DELTA_URL, 0),
        (DELTA, LDAP_DELTA_URL, 1),
        (CRL, mirror, 1),
        (CRL, "http://dead.contoso.com/issuing1.crl", 2),
    ]
    assert rows[DELTA, LDAP_DELTA_URL].outcome == f.RETRIEVAL_OUTCOME_UNREACHABLE


@pytest.mark.parametrize("version", VERSIONS)
def test_an_expired_list_was_fetched_and_is_named_so(version):
    rows, _, _ = facts(printed("expired mirror", "en", version))
    one = rows[CRL, "http://mirror.contoso.com/root.crl"]

    assert (one.outcome, one.platform_word, one.crl.number) == (f.RETRIEVAL_OUTCOME_OK, "Expired", "3")
    assert (one.dates_seen, one.crl.HasField("next_update"), one.signature, one.position) == (False, False, 0, 1)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_word_that_nobody_knows_is_not_judged(language):
    """It answered, and what the answer is worth is not told; the list beside it is good."""
    rows, _, _ = facts(printed("expired mirror", language, "2019"))
    one = rows[CRL, "http://mirror.contoso.com/root.crl"]

    assert (one.outcome, one.platform_word) == (f.RETRIEVAL_OUTCOME_UNKNOWN, LANGUAGES[language].expired)
    assert (one.crl.number, one.dates_seen) == ("3", False)
    assert rows[CRL, ROOT_CRL_URL].outcome == f.RETRIEVAL_OUTCOME_OK


def test_a_word_is_not_learnt_where_several_stand_beside_each_other():
    """The list in use may itself go under another word than the verified one, as with partitioned lists."""
    link = replace(LEAF_LINK, cdp=(replace(BASE_CAME, word="wrong_issuer"),))
    other = replace(
        ISSUING_LINK, cdp=(Came(url=ROOT_CRL_URL, index="0.0", kind="base", number="0b", word="wrong_issuer"),)
    )
    rows, _, _ = facts(output(language="de", links=(link, other, ROOT_LINK)))

    assert rows[CRL, CRL_URL].signature == f.SIGNATURE_CHECK_VERIFIED  # the engine went by it
    assert rows[CRL, ROOT_CRL_URL].outcome == f.RETRIEVAL_OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    ("word", "signature"),
    [
        ("Verified", f.SIGNATURE_CHECK_VERIFIED), ("OK", f.SIGNATURE_CHECK_UNSPECIFIED),
        ("Wrong Issuer", f.SIGNATURE_CHECK_WRONG_ISSUER), ("Bad Signature", f.SIGNATURE_CHECK_FAILED),
        ("Old Base CRL", f.SIGNATURE_CHECK_UNSPECIFIED), ("Unverified", f.SIGNATURE_CHECK_UNSPECIFIED),
    ],
)  # fmt: skip
def test_an_english_word_says_what_of_the_signature_is_known(word, signature):
    body = output("name not resolved").replace('Verified "Certificate', f'{word} "Certificate', 1)
    body = body.replace(ISSUING_SHA1 + "\n    [0.0]", "99" * 20 + "\n    [0.0]", 1)
    rows, _, _ = facts(body)

    assert (rows[AIA, AIA_URL].outcome, rows[AIA, AIA_URL].signature) == (f.RETRIEVAL_OUTCOME_OK, signature)
    assert rows[AIA, AIA_URL].platform_word == word


@EVERYWHERE
def test_a_revoked_leaf(language, version):
    rows, verdict, _ = facts(printed("revoked", language, version))

    assert rows[CRL, CRL_URL].outcome == f.RETRIEVAL_OUTCOME_OK
    assert (verdict.error_status, verdict.chain_error, verdict.revocation_error) == (4, "0x80092010", "0x80092010")
    assert verdict.revocation_checked == f.TRISTATE_NO


@EVERYWHERE
def test_a_root_that_is_not_trusted(language, version):
    _, verdict, _ = facts(printed("untrusted root", language, version))

    assert (verdict.error_status, verdict.chain_error, verdict.revocation_error) == (0x20, "0x800b0109", "")
    assert [one.error_status for one in verdict.elements] == [0, 0, 0x20]


@EVERYWHERE
def test_a_chain_without_its_issuer(language, version):
    rows, verdict, _ = facts(printed("partial chain", language, version))

    assert [one.certificate.sha1 for one in verdict.elements] == [LEAF_SHA1]
    assert (verdict.chain_error, verdict.revocation_error) == ("0x800b010a", "0x80092013")
    assert {one.expected_issuer_sha1 for one in rows.values()} == {""}


@HERE_AND_THERE
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_broken_lines_lost_indents_and_other_line_ends_change_nothing(language, version, scenario):
    body = printed(scenario, language, version)
    whole = facts(body)
    for changed in (
        wrapped(body), wrapped(body, 120), flattened(body), wrapped(flattened(body)), pasted(body),
        body.replace("\n", "\r\n"), body.replace(" ", "\u00a0"), f"C:\\>certutil -verify a.cer\n\n{body}\nC:\\>",
    ):  # fmt: skip
        assert facts(changed) == whole


@HERE_AND_THERE
@pytest.mark.parametrize("width", [70, 93, 101, 140])
def test_lines_broken_at_a_width_that_nobody_knows_say_nothing_else(language, version, width):
    """Something may be lost, and nothing is added."""
    body = printed("delta", language, version)
    rows, verdict, given = facts(wrapped(body, width))
    whole_rows, whole_verdict, whole_given = facts(body)

    for key, one in rows.items():
        assert (one.outcome, list(one.named_by)) == (whole_rows[key].outcome, list(whole_rows[key].named_by))
        assert one.crl.number in ("", whole_rows[key].crl.number)
    assert (verdict.elements, given) == (whole_verdict.elements, whole_given)


def test_a_url_whose_status_is_lost_has_no_status():
    mirror = "http://mirror.contoso.com/issuing1.crl"
    link = replace(LEAF_LINK, cdp=(BASE_CAME, replace(BASE_CAME, url=mirror, index="1.0", word="expired")))
    body = output(links=(link, ISSUING_LINK, ROOT_LINK)).replace('Expired "Base CRL', "Expired Base CRL")
    rows, _, _ = facts(body)

    assert [key[1] for key in rows if key[0] == CRL] == [CRL_URL, ROOT_CRL_URL]


def test_an_ocsp_responder_is_asked_beside_the_lists():
    link = replace(LEAF_LINK, ocsp=(Came(url=OCSP_URL, index="0.0", kind="OCSP", number="", sha1="77" * 20),))
    rows, _, _ = facts(output(links=(link, ISSUING_LINK, ROOT_LINK)))

    assert (rows[OCSP, OCSP_URL].outcome, rows[OCSP, OCSP_URL].HasField("crl")) == (f.RETRIEVAL_OUTCOME_OK, False)


@pytest.mark.parametrize("language", ["de", "es"])
def test_sections_are_told_by_their_order_where_no_letters_tell_them(language):
    """Without the base CRL's section, which is printed only where a base CRL came."""
    words = LANGUAGES[language].headings
    body = printed("name not resolved", language, "2019")
    for number, heading in enumerate(words):
        body = body.replace(f" {heading} ", f" Überschrift{'abcd'[number]} ")
    rows, _, _ = facts(body)

    assert list(rows) == [(AIA, AIA_URL), (CRL, CRL_URL), (AIA, ROOT_AIA_URL), (CRL, ROOT_CRL_URL)]


@pytest.mark.parametrize(
    "url",
    [
        "http://pki.contoso.com/Contoso Issuing CA 1.crl",
        "http://pki. ####/a.crl",
        "http://pki.contoso.com/pki/mswww(6)+.crl",
        "file://\\\\server\\share\\a.crl",
        "\\\\server\\share\\a b.crl",
        "ldap:///CN=a%20b,CN=CDP?certificateRevocationList?base?objectClass=cRLDistributionPoint",
    ],
)
def test_a_url_is_kept_as_it_is_whatever_is_in_it(url):
    came = replace(LEAF_LINK, cdp=(replace(BASE_CAME, url=url),))
    failed = replace(LEAF_LINK, cdp=(Failed(url=url, code="0x80072ee7"),), used=(), base=None)
    for link in (came, failed):
        rows, _, _ = facts(output(links=(link, ISSUING_LINK, ROOT_LINK)))
        assert (CRL, url) in rows


def test_one_url_in_two_certificates_is_one_retrieval_that_both_name():
    other = replace(ISSUING_LINK, cdp=(Failed(url=CRL_URL, code="0x80072ee2"),), used=(), base=None)
    rows, _, _ = facts(output(links=(LEAF_LINK, other, ROOT_LINK)))
    one = rows[CRL, CRL_URL]

    assert list(one.named_by) == [LEAF_SHA1, ISSUING_SHA1]
    assert one.outcome == f.RETRIEVAL_OUTCOME_TIMED_OUT  # it did fail once
    assert "answered" in one.detail


def test_a_certificate_that_is_a_cas_is_no_users():
    links = (ISSUING_LINK, ROOT_LINK)
    english = facts(output(links=links, is_ca=True))
    german = facts(output(links=links, is_ca=True, language="de"))

    assert (english[1].leaf_is_ca, english[2]) == (f.TRISTATE_YES, None)
    assert (german[1].leaf_is_ca, german[2]) == (f.TRISTATE_YES, None)  # the template of subordinate CAs


def test_whether_a_leaf_is_a_cas_is_told_in_words_and_in_other_languages_unknown():
    english, german = (facts(output(language=one))[2] for one in ("en", "de"))

    assert (english.certificate.is_ca, german.certificate.is_ca) == (f.TRISTATE_NO, f.TRISTATE_UNKNOWN)


def test_an_older_windows_that_says_it_of_cas_only_is_understood_in_any_language():
    """One sentence behind the lists: it is the one about revocation."""
    body = output(language="de", version=WINDOWS_2012R2)
    older = body.replace(LANGUAGES["de"].end_entity + "\n", "")

    assert facts(older)[1].leaf_is_ca == f.TRISTATE_NO
    assert facts(older)[2].certificate.is_ca == f.TRISTATE_NO


def test_a_chain_with_a_certificate_missing_in_the_middle_has_no_verdict():
    body = output()
    begin, end = body.index("CertContext[0][1]"), body.index("CertContext[0][2]")

    assert facts(body[:begin] + body[end:])[1] is None


@pytest.mark.parametrize("label", ["Autorità di certificazione CA:", "Faccia accede:", "Added:"])
def test_a_label_that_is_hex_by_chance_is_no_crl(label):
    body = output(language="de").replace("Exclude leaf cert:", f"{label}\n  Chain: {'ee' * 20}\nExclude leaf cert:")

    assert facts(body) == facts(output(language="de"))


def test_a_crl_without_an_end_does_not_take_the_next_date_for_it():
    body = output("untrusted root")
    lines = [line for line in body.split("\n") if "NextUpdate" not in line]
    rows, _, _ = facts("\n".join(lines))

    assert (rows[CRL, CRL_URL].dates_seen, rows[CRL, CRL_URL].crl.HasField("next_update")) == (False, False)


def test_the_issuer_that_came_is_shown_as_the_chain_shows_it():
    rows, _, _ = facts(output())

    assert rows[AIA, AIA_URL].certificates[0].subject == "CN=Contoso Issuing CA 1,O=Contoso,C=DE"


VERBOSE_NAME = """\
  [0,0]: CERT_RDN_IA5_STRING, Length = 3 (3/128 Characters)
    0.9.2342.19200300.100.1.25 Domain Component (DC)="com"
        63 6f 6d                                           com
        63 00 6f 00 6d 00                                  c.o.m.
"""


def test_a_verbose_output_says_the_same():
    """With -v each name is also shown attribute by attribute, in hex, and the serial number too."""
    body = output("delta")
    verbose = body.replace("  Name Hash(sha1)", f"{VERBOSE_NAME}  Name Hash(sha1)")
    verbose = verbose.replace("\n\ndwFlags", "\n    0000  05 00 00 00 00 00 f8 ae  b1 20 d2 f2 71 92 05 00\n\ndwFlags")

    assert facts(verbose) == facts(pasted(verbose)) == facts(body)


def test_an_excerpt_without_the_certificates_first_line_names_no_certificate():
    body = flattened(output())
    lines = body.split("\n")
    first = next(at for at, line in enumerate(lines) if line.startswith("----------------  "))
    rows, verdict, given = facts("\n".join(lines[first : first + 9]) + "\n")

    assert list(rows) == [(AIA, AIA_URL), (CRL, CRL_URL)]
    assert ({tuple(one.named_by) for one in rows.values()}, verdict, given) == ({()}, None, None)


def test_lines_picked_by_their_labels_are_read_by_their_labels():
    """Somebody filtered the output; the first line is no issuer."""
    body = (
        "CertContext[0][0]: dwInfoStatus=102 dwErrorStatus=0\n"
        "  Subject: CN=alice\n"
        "  SubjectAltName: Other Name:Principal Name=alice@contoso.com\n"
        f"  Cert: {LEAF_SHA1}\n"
    )
    _, verdict, given = facts(body)

    assert (verdict, given.certificate.subject, given.certificate.issuer) == (None, "CN=alice", "")


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (
            "CertUtil: -verify command FAILED: 0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)\n",
            FailedError,
            "command-failed",
        ),
        ("CertUtil: -verify-Befehl ist fehlgeschlagen: 0x80070005\n", DeniedError, "access-denied"),
        ("The revocation server was offline. 0x80092013 (-2146885613)\n", FailedError, "not-understood"),
        ("", FailedError, "not-understood"),
        ("root:x:0:0\n", FailedError, "not-understood"),
    ],
)
def test_a_text_without_chain_and_urls_is_not_understood(body, error, reason):
    with pytest.raises(error) as caught:
        verification.parse(text(body))

    assert caught.value.reason == reason


@HERE_AND_THERE
def test_what_was_there_when_the_output_was_cut_off_is_all_that_is_said(language, version):
    """Wherever it is cut: no URL, no outcome and no name that the whole does not have, and never a verdict."""
    body = printed("delta", language, version)
    whole_rows, _, whole_given = facts(body)
    for end in range(body.index("CertContext"), len(body), 23):
        try:
            rows, verdict, given = facts(body[:end])
        except FailedError:
            continue
        if "CertUtil: -" in body[:end]:
            continue
        assert verdict is None
        assert rows.keys() <= whole_rows.keys()
        for key, one in rows.items():
            assert one.outcome in (whole_rows[key].outcome, f.RETRIEVAL_OUTCOME_UNKNOWN)
            assert not one.HasField("crl") or one.crl.number in ("", whole_rows[key].crl.number)
            assert not one.dates_seen or one.crl.next_update == whole_rows[key].crl.next_update
        if given is not None:
            assert set(given.user_principal_names) <= set(whole_given.user_principal_names)
            assert given.certificate.subject in ("", whole_given.certificate.subject)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (output(), Likeness.CERTAIN),
        (output(language="ja")[:900], Likeness.CERTAIN),
        (output("timed out", language="de").partition("  -------")[2][:600], Likeness.LIKELY),
        (
            "ERROR: Verifying leaf certificate revocation status returned x 0x80092013 (-2146885613)\n",
            Likeness.RESEMBLES,
        ),
        ("CertUtil: -verify-Befehl ist fehlgeschlagen: 0x80070002\n", Likeness.CERTAIN),
        ("CertUtil: -store command completed successfully.\n", Likeness.NO),
        ("Reserved URL : https://+:443/adfs/\n", Likeness.NO),
        ("", Likeness.NO),
    ],
)
def test_how_much_a_text_looks_like_it(body, expected):
    assert verification.likeness(text(body)) is expected


def test_dates_whose_order_is_not_told_are_left_out_and_said_to_be():
    days = at(2026, 5, 5), at(2026, 9, 6)
    links = [
        replace(one, begins=days[0], ends=days[1], used=tuple(
            Used(number=u.number, issuer=u.issuer, begins=days[0], ends=days[1], sha1=u.sha1) for u in one.used
        )) for one in (LEAF_LINK, ISSUING_LINK, ROOT_LINK)
    ]  # fmt: skip
    rows, verdict, _ = facts(output(links=tuple(links), version=WINDOWS_2019))

    assert not verdict.elements[0].certificate.HasField("not_after")
    assert (rows[CRL, CRL_URL].dates_seen, rows[CRL, CRL_URL].crl.HasField("next_update")) == (False, False)
