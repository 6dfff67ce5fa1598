"""Damages do what they say, and no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_lab.captured import damage
from farmsight_lab.captured.languages.catalogue import LANGUAGES
from farmsight_lab.captured.outputs import outputs
from farmsight_lab.captured.plan import Plan
from tests.lab.captured_farms import farm_of, printed

SSLCERT = printed(farm_of("healthy"), "WAP01", "sslcert.txt", language="de")


@given(st.text(alphabet=st.characters(blacklist_characters="\r\n")), st.integers(1, 100))
def test_a_wrapped_line_is_the_line_when_put_together(line, columns):
    pieces = damage.wrapped(line, columns).split("\n")

    assert "".join(pieces) == line
    assert all(len(piece) <= columns for piece in pieces)


def test_a_cut_file_is_its_beginning():
    data = SSLCERT.encode()

    assert data.startswith(damage.cut(data, 0.4))
    assert len(damage.cut(data, 0.4)) == int(len(data) * 0.4)
    assert damage.cut(data, 0.0) == b""


def test_mixed_line_ends_are_all_there_and_nothing_else_changes():
    text = damage.mixed_line_ends(SSLCERT)

    assert text.replace("\r\n", "\n").replace("\r", "\n") == SSLCERT.replace("\r\n", "\n")
    assert {"\r\n", "\n", "\r"} <= {line[len(line.rstrip("\r\n")) :] for line in text.splitlines(keepends=True)}


def test_utf8_that_was_taken_for_the_western_page_is_mojibake():
    assert damage.utf8_read_as_ansi("Überprüft") == "ÃœberprÃ¼ft"
    assert damage.utf8_read_as_ansi("Á") == "Ã\x81"  # the page has nothing there


def test_a_console_page_that_was_taken_for_the_ansi_page_is_mojibake():
    assert damage.oem_read_as_ansi("Überprüft", LANGUAGES["de"]) == "šberpr\x81ft"
    assert damage.oem_read_as_ansi("Да", LANGUAGES["ru"]) == "„\xa0"
    assert damage.oem_read_as_ansi("発行", LANGUAGES["ja"]) == "発行"


def test_no_break_spaces_stand_before_the_colons_of_labels_and_not_in_urls():
    text = damage.nbsp_before_colons("    Hash : ab\r\nSerial: 12\r\n    [0.0] http://pki.contoso.test:80/a.crl")

    assert text == "    Hash\u00a0: ab\r\nSerial\u00a0: 12\r\n    [0.0] http://pki.contoso.test:80/a.crl"


def test_a_transcript_has_each_command_behind_its_prompt():
    farm = farm_of("healthy")
    found = list(outputs(farm, farm.servers["STS01"], Plan()))

    whole = damage.transcript(found)
    assert [line for line in whole.splitlines() if line.startswith("PS C:\\> ")] == [
        *(f"PS C:\\> {one.command}" for one in found),
        "PS C:\\> ",
    ]
    console = damage.transcript(found, damage.COMMAND_PROMPT)
    assert "C:\\Windows\\system32>netsh http show urlacl" in console
    assert "Get-Adfs" not in console


def test_two_captures_in_one_file_are_one_behind_the_other():
    assert damage.appended(b"one", b"two") == b"onetwo"


def test_files_can_bear_another_computers_name_or_be_missing():
    files = {"WAP01_49443.txt": b"a", "WAP01_sslcert.txt": b"b", "entra.json": b"c"}

    assert set(damage.under_another_name(files, "WAP01", "WAP09")) == {
        "WAP09_49443.txt",
        "WAP09_sslcert.txt",
        "entra.json",
    }
    assert set(damage.without(files, "sslcert.txt")) == {"WAP01_49443.txt", "entra.json"}


@pytest.mark.parametrize("size", [0, 1, 4096])
def test_garbage_is_the_same_for_the_same_seed(size):
    assert len(damage.garbage(size, 3)) == size
    assert damage.garbage(size, 3) == damage.garbage(size, 3)
    assert size < 2 or damage.garbage(size, 3) != damage.garbage(size, 4)
