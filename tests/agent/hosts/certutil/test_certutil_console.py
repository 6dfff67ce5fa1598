"""What consoles do to lines."""

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.certutil import console
from tests.fakes.certutil_printed import wrapped


def lines(body):
    return [line.text for line in console.lines(Text(name="x.txt", text=body)) if line.text]


LONG = "Issuer: CN=Contoso Issuing CA 1, OU=Public Key Infrastructure, O=Contoso Gesellschaft, L=Berlin, C=DE"


@pytest.mark.parametrize("width", [80, 120])
def test_a_line_that_the_console_broke_is_one_line(width):
    body = f"{LONG * 2}\nSubject: CN=a\n"

    assert lines(wrapped(body, width)) == body.splitlines()


def test_a_console_of_a_width_of_its_own_is_known_by_its_many_full_lines():
    body = "\n".join(f"Issuer: CN={n}, {LONG[8:]}, SERIALNUMBER=1234" for n in range(4))

    assert lines(wrapped(body, 97)) == body.splitlines()


def test_thumbprints_of_one_length_with_a_sentence_below_each_are_no_broken_lines():
    body = "\n".join(f"証明書ハッシュ(sha1): {str(n) * 40}\nキー プロバイダー情報がありません" for n in range(4))

    assert lines(body) == body.splitlines()


def test_a_blank_lost_behind_a_comma_at_the_edge_comes_back():
    first = "Subject: CN=" + "a" * 66 + ","
    body = f"{first}\nO=Contoso\n{'-' * 80}\n"

    assert (len(first), lines(body)[0]) == (79, f"{first} O=Contoso")


def test_letters_of_two_columns_count_twice():
    body = "エラー: " + "証" * 60 + " 0x80092013 (-2146885613 CRYPT_E_REVOCATION_OFFLINE)"

    assert lines(wrapped(body)) == [body]


def test_a_break_within_brackets_is_seen_though_the_rest_looks_like_a_label():
    body = f"Error retrieving URL: {'x' * 42} 0x80072ee7 (WinHttp: 12007 NAME)"

    assert wrapped(body).split("\n")[1] == "Http: 12007 NAME)"
    assert lines(wrapped(body)) == [body]


def test_the_longest_line_of_a_listing_is_not_joined_to_a_sentence_that_also_stands_alone():
    subject = "Subject: CN=" + "a" * 68
    body = f"{subject}\nSignature matches Public Key\n\nSubject: CN=b\nSignature matches Public Key\n"

    assert len(subject) == 80
    assert lines(body) == [subject, "Signature matches Public Key", "Subject: CN=b", "Signature matches Public Key"]


@pytest.mark.parametrize(
    "after",
    [
        "CertContext[0][1]: dwInfoStatus=10c dwErrorStatus=0",
        'Verified "Delta CRL (067e)" Time: 0',
        "[0.1] http://pki.contoso.com/a.crl",
        "ldap:///CN=a?certificateRevocationList",
        "================ Certificate 1 ================",
        "------------------------------------",
        "CertUtil: -verify command completed successfully.",
        "Hach. cert. (sha1) : abcd",
        " NotBefore: 01.01.2026 01:00",
        "  Subject: CN=a",
    ],
)
def test_what_begins_something_is_no_rest_of_a_line(after):
    full = "x" * 80

    assert [line.strip() for line in lines(f"{full}\n{after}\n")] == [full, after.strip()]


def test_no_break_blanks_tabs_and_marks_of_direction_are_plain_blanks_or_nothing():
    assert lines("\ufeffHach.\u00a0cert.\u202f:\tab\u200e\u3000\n") == ["Hach. cert. : ab"]


def test_lines_keep_the_number_of_their_beginning():
    file = Text(name="x.txt", text=wrapped(f"{LONG}\n\nSubject: CN=a"), first_line=11)

    assert [(one.number, one.text[:7]) for one in console.lines(file) if one.text] == [(1, "Issuer:"), (4, "Subject")]
