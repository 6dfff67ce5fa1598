"""The text of files in whatever encoding a console, PowerShell or an editor chose."""

# ruff: noqa: RUF001 - the letters of other alphabets are what this is about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.intake.mojibake import mojibake
from tests.agent.hosts.intake.consoles import CONSOLES, typed

EVERY = [(one, page) for one in CONSOLES for page in dict.fromkeys((one.oem, one.ansi))]
BY_NAME = {one.language: one for one in CONSOLES}
GERMAN, JAPANESE, CHINESE = (BY_NAME[name] for name in ("German", "Japanese", "Chinese (simplified)"))


@pytest.mark.parametrize(("console", "page"), EVERY, ids=lambda one: getattr(one, "language", one))
def test_an_output_in_any_language_is_read_in_the_code_pages_of_its_windows(console, page):
    text = typed(console.text, page)

    assert decode(text.encode(page))[0] == text


def test_nearly_every_single_line_is_read_as_well():
    """One line has a word or two to tell by; a language may then look like its neighbour."""
    lines = [(typed(line, page), page) for console, page in EVERY for line in console.lines]
    lines = [(line, page) for line, page in lines if not line.isascii()]
    wrong = [(line, page, decode(line.encode(page))[0]) for line, page in lines]
    wrong = [one for one in wrong if one[0] != one[2]]

    assert len(lines) > 400
    assert len(wrong) <= 0.05 * len(lines), wrong


@pytest.mark.parametrize(
    "line",
    [
        "    Benutzer: CONTOSO\\Müller",
        "Zertifikatsperrüberprüfung",
        "Numéro de série : 1a2b",
        "Empreinte numérique",
        "Id. de aplicación",
        "Uso extendido de la clave: Sí, autenticación",
        "Numero di serie non è stata più valida perché",
    ],
)
def test_a_western_line_alone_is_read_in_either_page(line):
    for page in ("cp850", "cp1252"):
        assert decode(line.encode(page))[0] == line


@pytest.mark.parametrize(
    ("line", "pages"),
    [
        ("Уд. отпечаток", ("cp866", "cp1251")),
        ("Odcisk palca i użytkownik są wyłączone", ("cp852", "cp1250")),
        ("Parmak izi doğrulanamadı", ("cp857", "cp1254")),
        ("証明書ハッシュ", ("cp932",)),
        ("证书哈希", ("gbk",)),
        ("憑證雜湊", ("cp950",)),
        ("인증서 해시", ("cp949",)),
    ],
)
def test_a_label_alone_is_read(line, pages):
    for page in pages:
        assert decode(line.encode(page))[0] == line


@pytest.mark.parametrize("page", ["cp437", "cp850"])
def test_the_lines_of_a_table_tell_nothing_of_the_language(page):
    table = "┌────────┐\r\n│ Größe  │\r\n└────────┘\r\n"

    assert decode(table.encode(page))[0] == table


@pytest.mark.parametrize("text", ["Paramètres\u00a0: oui", "Hach. cert. (sha1)\u00a0: ab12", "Contoso® CA ©2006"])
def test_signs_beside_words_stay_signs(text):
    assert decode(text.encode("cp1252"))[0] == text


@pytest.mark.parametrize("console", CONSOLES, ids=lambda one: one.language)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_language_is_read_in_unicode_with_and_without_its_mark(console, encoding):
    assert decode(console.text.encode(encoding))[0] == console.text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["証明書ハッシュ失効確認", "上上上 上海 证书", "Уд. отпечаток сертификата"])
def test_utf_16_without_mark_and_without_line_ends_is_told_by_what_it_holds(encoding, text):
    assert decode(text.encode(encoding)) == (text, encoding)


def test_ascii_is_utf_8():
    assert decode(b"Listen: Yes\r\n") == ("Listen: Yes\r\n", "utf-8")
    assert decode(b"") == ("", "utf-8")


def test_a_few_broken_bytes_do_not_throw_a_file_to_a_code_page():
    good = GERMAN.text.encode()
    for broken in (good + b"\xfc\r\n", good.replace(b"Ja", b"J\xff"), good.replace("ü".encode(), b"\xc3", 1)):
        text, encoding = decode(broken)
        assert encoding.startswith("utf-8")
        assert "Gültigkeitsdauer" in text
        assert "größer als 3" in text


def test_one_long_line_of_utf_8_with_a_broken_byte_is_utf_8():
    line = '{"Benutzer": "Müller", "Größe": "Überprüfung"}'.encode()

    assert decode(line[:-1] + b"\xe4}") == ('{"Benutzer": "Müller", "Größe": "Überprüfung"\ufffd}', "utf-8")


def test_chinese_lines_that_are_valid_utf_8_by_chance_stay_chinese():
    text = "证书\r\n" + "模\r\n" + CHINESE.text  # the second line is two bytes that are valid UTF-8

    assert "模".encode("gbk").decode("utf-8")
    assert decode(text.encode("gbk"))[0] == text


@pytest.mark.parametrize("console", [GERMAN, JAPANESE, CHINESE, BY_NAME["Russian"]], ids=lambda one: one.language)
@pytest.mark.parametrize("wide", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("order", ["wide first", "bytes first", "wide between"])
def test_what_a_command_and_powershell_appended_to_one_file_is_read_stretch_by_stretch(console, wide, order):
    """`>>` of cmd appends bytes to UTF-16, `>>` of Windows PowerShell UTF-16 without a mark to bytes."""
    text, mark = console.text, "\ufeff".encode(wide)
    parts = {
        "wide first": mark + text.encode(wide) + text.encode(console.oem),
        "bytes first": text.encode(console.oem) + text.encode(wide),
        "wide between": text.encode(console.oem) + text.encode(wide) + b"\r\n" + text.encode(console.oem),
    }
    expected = {"wide first": text * 2, "bytes first": text * 2, "wide between": text * 2 + "\r\n" + text}

    read, encoding = decode(parts[order])

    assert read == expected[order]
    assert set(encoding.split("+")) == {wide, decode(text.encode(console.oem))[1]}


def test_ascii_lines_behind_utf_16_are_read_and_odd_lengths_do_no_harm():
    listing = "Größe\r\n"
    data = listing.encode("utf-16") + b"a command's answer\r\n\r\n  b\r\n" + listing.encode("utf-16-le")

    assert decode(data)[0] == listing + "a command's answer\r\n\r\n  b\r\n" + listing


def test_files_copied_together_keep_no_marks():
    data = GERMAN.text.encode("utf-16") + GERMAN.text.encode("utf-16") + GERMAN.text.encode("utf-8-sig") + b"\x1a"

    assert decode(data)[0] == GERMAN.text * 3


def test_utf_8_behind_a_code_page_is_read_line_by_line():
    data = GERMAN.text.encode("cp850") + GERMAN.text.encode()

    assert decode(data) == (GERMAN.text * 2, "utf-8+cp850")


def test_the_colours_of_a_terminal_are_no_text():
    assert decode(b"\x1b[32;1mUserName\x1b[0m : x\r\n")[0] == "UserName : x\r\n"


def test_nul_bytes_and_half_characters_are_left_out():
    assert decode(b"a\0b\r\n")[0] == "ab\r\n"
    assert "\ud800" not in decode("Größe \ud800 x\r\n".encode("utf-16", "surrogatepass"))[0]


PIECES = [
    b"\r\n",
    b"\n\0",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"abcdefghijklmnopqrstuvwxyz",
    b"\xc3\xbc",
    b"\x81",
    b"\n\x4e",
]


@given(st.one_of(st.binary(max_size=600), st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join)))
def test_any_bytes_decode_to_text_that_can_travel(data):
    text, encoding = decode(data)

    assert "\0" not in text
    assert encoding
    text.encode("utf-8")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\x1a\x1b\ufeff"), max_size=200))
def test_any_text_in_utf_8_comes_back(text):
    assert decode(("ASCII first\n" + text).encode())[0] == "ASCII first\n" + text


HOSTILE = {
    "bytes beyond ASCII": bytes(range(128, 256)) * 30_000,
    "one byte": b"\xff" * 4_000_000,
    "random-looking": bytes((n * n + n // 7) % 256 for n in range(1_000_000)) * 2,
    "no line ends": b"a\0" * 1_000_000 + b"b" * 2_000_000,
    "alternating": ("Ü\n".encode() + b"\x9a\n") * 400_000,
    "line ends": b"\n\0\n" * 700_000,
    "escapes": b"\x1b[0" * 1_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.timeout(20)
def test_bytes_made_to_be_slow_are_not_slow(kind):
    decode(HOSTILE[kind])


@pytest.mark.parametrize("name", ["Müller", "Überprüfung", "Dépôt à Nîmes", "Żółw", "Сертификат", "証明書", "Größe"])
def test_a_name_whose_utf_8_was_read_as_a_code_page_is_repaired(name):
    spoilt = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in name.encode())

    assert mojibake(spoilt) == name
    assert mojibake(name.encode().decode("cp850")) == name
    assert mojibake(name) is None


def test_a_name_that_went_through_it_twice_is_repaired():
    assert mojibake("Müller".encode().decode("cp1252").encode().decode("cp1252")) == "Müller"


@pytest.mark.parametrize(
    "name", ["Contoso", "šberprfung", "M\ufffdller", "CAFÉ–BAR", "5 °C", "São Paulo", "Ã", "Â©", ""]
)
def test_a_name_that_cannot_be_repaired_for_certain_is_left_alone(name):
    assert mojibake(name) is None


@given(st.text(max_size=60))
def test_no_name_makes_the_repair_fail(name):
    assert mojibake(name) != name
