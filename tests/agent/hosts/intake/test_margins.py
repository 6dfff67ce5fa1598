"""What stands in front of every line of a capture, or instead of its signs, is none of what was printed."""

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.evidence.intake.decoding import printed
from farmsight_agent.hosts.evidence.intake.margins import bare
from tests.fakes import netsh

PRINTED = """
Liaisons de certificat SSL :
----------------------------

    Adresse IP:port                      : 10.20.30.40:49443
    Hachage du certificat             : 1c3113b038f01abd70b5d5ec0f4b8e333c7560aa

    Nom d'hôte:port                      : sts.fabrikam.example:443
    Hachage du certificat             : 2c3113b038f01abd70b5d5ec0f4b8e333c7560aa
"""
RULE = 'c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"]\n => issue(claim = c);\n'


def each(front, text=PRINTED):
    """Put something before each line; a callable gets the line's number."""
    put = front if callable(front) else lambda _number: front
    return "\n".join(put(number) + line for number, line in enumerate(text.split("\n"), 1))


def said(text):
    """Return lines without what is at their ends, and without how far all of them are indented."""
    lines = [line.rstrip() for line in text.split("\n")]
    margin = min(len(line) - len(line.lstrip()) for line in lines if line)
    return [line[margin:] for line in lines]


@pytest.mark.parametrize("front", ["> ", ">", "> > ", "| ", "# ", "% ", "VERBOSE: ", "AUSFÜHRLICH: "])
def test_what_mail_articles_and_streams_put_before_every_line_is_taken_off(front):
    assert said(bare(each(front))) == said(PRINTED)
    trimmed = "\n".join(line.rstrip() for line in each(front).split("\n"))
    assert said(bare(trimmed)) == said(PRINTED)


@pytest.mark.parametrize("front", ["{:6d}\t", "{:4d} ", "{:3d}: ", "[{}] ", "{:>3} | ", "{}. "])
def test_numbers_of_lines_are_taken_off(front):
    assert said(bare(each(front.format)))[1] == "Liaisons de certificat SSL :"
    assert "Hachage du certificat             : 2c31" in bare(each(front.format))
    assert "7" not in bare(each(front.format)).split("\n")[6].strip()[:1]


def test_numbers_as_findstr_puts_them_stand_right_before_the_line():
    assert "\n".join(said(bare(each("{}:".format)))).replace(" ", "") == PRINTED.replace(" ", "")


def test_numbers_with_gaps_are_those_of_a_selection_and_stay():
    numbered = each("{}:".format).split("\n")
    selected = "\n".join(line for line in numbered if "443" in line or "Hachage" in line)
    assert bare(selected) == selected


@pytest.mark.parametrize(
    "front",
    [
        "2026-11-23 10:00:{:02d} ", "[2026-11-23T10:00:{:02d}.123Z] ", "10:00:{:02d} ", "23.11.2026 10:00:{:02d}\t",
        "2026-11-23 10:00:{:02d},123 INFO  ", "2026/11/23 10:00:{:02d} [INFO] ", "[10:00:{:02d}] ",
        "2026-11-23T10:00:{:02d}+01:00 - ",
    ],
)  # fmt: skip
def test_times_of_a_log_are_taken_off(front):
    assert said(bare(each(front.format))) == said(PRINTED)


def test_a_numbered_listing_may_be_quoted_too():
    assert said(bare(each("> ", each("{:4d} ".format)))) == said(PRINTED)


def test_mail_around_what_is_quoted_stays():
    mail = "Hello,\nsee below.\n\n" + each("> ") + "\nRegards\n"
    assert bare(mail).startswith("Hello,\nsee below.\n\n\nLiaisons")
    assert bare(mail).endswith("7560aa\n\nRegards\n")


def test_marks_before_single_lines_stay_for_they_show_a_selection():
    """Select-String -Context marks what it has found by ">"."""
    found = "\n".join((">" if "49443" in line else " ") + " " + line for line in PRINTED.split("\n") if line)
    assert bare(found) == found


@pytest.mark.parametrize(
    "text",
    [
        "/adfs/ls/\n/adfs/services/trust/mex\n/adfs/services/trust/2005/certificatemixed\n/adfs/oauth2/\n",
        "http://pki/a.crl\nhttp://pki/b.crl\nhttp://pki/c.crl\nhttp://pki/d.crl\n",
        "HostName : a\nHostName : b\nHostName : c\nHostName : d\n",
        "SDDL: D:(A;;GX;;;BU)\nSDDL: D:(A;;GA;;;BA)\nSDDL: D:(A;;GX;;;WD)\nSDDL: D:(A;;GX;;;NS)\n",
        "      1026        1125\n      1126        1225\n      1226        1325\n      1326        1425\n",
        "", "> ", ">\n>\n", "PS C:\\>\n>>\n",
    ],
)  # fmt: skip
def test_what_lines_have_in_common_by_their_nature_stays(text):
    assert bare(text) == text


def test_signs_of_a_web_page_and_of_a_word_processor_are_plain_again():
    assert bare(html.escape(RULE)) == RULE
    assert bare(RULE.replace('"', "\u201c", 1).replace('"', "\u201d")) == RULE
    assert bare(PRINTED.replace("-" * 28, "\u2014" * 28)) == PRINTED
    kept = 'http://pki/?a=1&amp;b "x" &c \u201cquoted\u201d\n'
    assert bare(kept) == kept


def test_line_numbers_are_still_those_of_the_file():
    for front in ("> ", "{:4d} ".format, "10:00:{:02d} ".format):
        for end in ("\n", "\r\n", "\r"):
            lines = bare(each(front).replace("\n", end)).replace("\r\n", "\n").replace("\r", "\n").split("\n")
            assert lines[4].strip().startswith("Adresse IP:port")
            assert len(lines) == len(PRINTED.split("\n"))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_no_text_makes_it_raise_or_lose_a_line(text):
    text = text.replace("\r", "")
    assert bare(text).count("\n") == text.count("\n")


@pytest.mark.parametrize("line", [">" * 2000, "1" * 2000, "10:00:01" * 200, "&quot;" * 500, " " * 2000, "> > " * 500])
def test_hostile_lines_cost_no_more_than_others(line):
    begun = time.perf_counter()
    printed((line + "\n").encode() * 1000)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize("front", ["", "> ", "{:4d} ".format, "2026-11-23 10:00:{:02d} ".format, "VERBOSE: "])
def test_a_capture_in_a_folder_is_read_as_printed_whatever_stands_before_its_lines(tmp_path, front):
    listing = netsh.urlacl(netsh.GERMAN).replace("\r\n", "\n")
    (tmp_path / "WAP01_49443.txt").write_text(each(front, listing) if front else listing, encoding="utf-8")
    seen = EvidenceHost(tmp_path).url_reservations()
    assert "https://+:49443/adfs/" in [one.url for one in seen.values]
    assert [int(line.rpartition(":")[2]) for line in seen.lines] == sorted(
        number for number, line in enumerate(listing.split("\n"), 1) if "https://" in line or "http://" in line
    )
