"""What is in a file: one output, a transcript, several joined, something else; by structure, in any language."""

import random
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.recognise import recognise
from farmsight_lab.captured import damage
from farmsight_lab.captured.languages.catalogue import LANGUAGES
from farmsight_lab.captured.outputs import outputs
from farmsight_lab.captured.plan import Plan, Style
from tests.fakes.evidence_folders import IPLISTEN, URLACL, WINHTTP
from tests.lab.captured_farms import farm_of

FORMS = {
    "49443.txt": "netsh-urlacl",
    "sslcert.txt": "netsh-sslcert",
    "winhttp.txt": "netsh-winhttp",
    "SubCA.txt": "certutil-verify",
    "usercert.txt": "certutil-verify",
    "store_root.txt": "certutil-store",
    "store_ca.txt": "certutil-store",
    "store_my.txt": "certutil-store",
    "authprovider.txt": "powershell-text",
    "claimstrust.txt": "powershell-text",
    "rptrust.txt": "powershell-text",
}
EVERY = pytest.mark.parametrize("language", LANGUAGES)
BOTH = pytest.mark.parametrize("server", ["STS01", "WAP01"])


def printed(server, **style):
    farm = farm_of("healthy")
    return list(outputs(farm, farm.servers[server], Plan(style=Style(**style))))


def form(output):
    return next(form for ending, form in FORMS.items() if output.name.endswith(ending))


def found(text, name="all.txt"):
    return [one.form for one in recognise(Text(name=name, text=text))]


def once(forms):
    """PowerShell's outputs next to each other have nothing between them that parts them."""
    return [form for form, alike in groupby(forms) for _ in range(1 if form == "powershell-text" else len(list(alike)))]


@EVERY
@BOTH
def test_one_output_is_one_capture_whatever_the_file_is_called(language, server):
    for one in printed(server, language=language):
        for name in (f"{server}_{one.name}", "x.txt"):
            assert found(one.text, name) == [form(one)], one.name


@EVERY
@BOTH
@pytest.mark.parametrize("prompt", [damage.POWERSHELL, damage.COMMAND_PROMPT, "PS>", "\\\\filer\\share>"])
def test_a_transcript_holds_each_output_once(language, server, prompt):
    shown = [one for one in printed(server, language=language) if prompt.startswith("PS") or not one.powershell]

    assert found(damage.transcript(shown, prompt)) == [form(one) for one in shown]


@EVERY
@BOTH
@pytest.mark.parametrize("banner", ["=== {} ===\r\n", "----- {} -----\r\n", "### {} ###\r\n", "==> {} <==\r\n"])
def test_banners_between_outputs_part_them(language, server, banner):
    shown = printed(server, language=language)
    text = "".join(banner.format(one.command) + one.text for one in shown)

    assert found(text) == [form(one) for one in shown]


@EVERY
@BOTH
def test_outputs_of_joined_files_bear_the_names_that_stand_above_them(language, server):
    shown = printed(server, language=language)
    text = "".join(f"==> {server}_{one.name} <==\r\n{one.text}" for one in shown)
    told = recognise(Text(name="all.txt", text=text))

    assert [(one.form, one.titled) for one in told] == [(form(one), f"{server}_{one.name}") for one in shown]


@EVERY
@BOTH
@pytest.mark.parametrize("seed", range(5))
def test_outputs_appended_in_any_order_without_anything_between_are_parted(language, server, seed):
    shown = printed(server, language=language)
    random.Random(seed).shuffle(shown)

    assert once(found("".join(one.text for one in shown))) == once(form(one) for one in shown)


@EVERY
@pytest.mark.parametrize("name", ["49443.txt", "sslcert.txt", "winhttp.txt", "store_ca.txt", "SYSTEM_SubCA.txt"])
def test_an_output_appended_twice_is_two_captures(language, name):
    plan = Plan(form="script", style=Style(language=language))
    farm = farm_of("healthy")
    text = next(one.text for one in outputs(farm, farm.servers["WAP01"], plan) if one.name == name)
    told = recognise(Text(name="x.txt", text=text + text))

    assert [one.form for one in told] == [FORMS[name.removeprefix("SYSTEM_")]] * 2
    assert told[1].text.first_line > told[0].text.first_line + 2


def test_the_lines_of_a_stretch_are_those_of_the_file():
    text = f"PS C:\\> netsh http show urlacl\n{URLACL}PS C:\\> netsh winhttp show proxy\n{WINHTTP}"
    whole = Text(name="x.txt", text=text)
    first, second = recognise(whole)

    assert whole.lines()[first.text.first_line - 1] == "PS C:\\> netsh http show urlacl"
    assert whole.lines()[second.text.first_line - 1] == "PS C:\\> netsh winhttp show proxy"
    assert first.text.first_line + len(first.text.lines()) == second.text.first_line


def test_a_listing_that_is_cut_off_does_not_swallow_what_follows():
    cut = URLACL[:180]

    assert found(f"{cut}\r\n{URLACL}") == ["netsh-urlacl", "netsh-urlacl"]
    assert found(f"{cut}\r\n{WINHTTP}") == ["netsh-urlacl", "netsh-winhttp"]


def test_a_store_listing_without_its_end_does_not_swallow_the_next():
    one = next(one.text for one in printed("WAP01") if one.name == "store_ca.txt")
    other = next(one.text for one in printed("WAP01") if one.name == "store_root.txt")
    told = recognise(Text(name="x.txt", text=one[: len(one) // 2] + "\r\n\r\n" + other))

    assert [(one.form, one.about) for one in told] == [("certutil-store", "CA"), ("certutil-store", "ROOT")]


@pytest.mark.parametrize(
    ("lines", "machines"),
    [
        (["[WAP01]: PS C:\\Users\\x\\Documents> netsh http show urlacl"], ["WAP01"]),
        (["[wap01.contoso.com]: PS C:\\> netsh http show urlacl"], ["WAP01"]),
        (["[10.0.0.5]: PS C:\\> netsh http show urlacl"], [""]),
        (["C:\\> psexec \\\\WAP01 netsh http show urlacl"], ["WAP01"]),
        (["C:\\> winrs -r:WAP01 netsh http show urlacl"], ["WAP01"]),
        (["PS C:\\> Invoke-Command -ComputerName WAP01 { netsh http show urlacl }"], ["WAP01"]),
        (["PS C:\\> netsh http show urlacl"], [""]),
    ],
)
def test_prompt_or_command_tell_where_it_ran(lines, machines):
    told = recognise(Text(name="x.txt", text="\n".join(lines) + "\n" + URLACL))

    assert [one.server for one in told] == machines


def test_what_ran_on_several_machines_is_nobodys():
    text = f"PS C:\\> Invoke-Command -ComputerName WAP01, WAP02 {{ netsh http show urlacl }}\n{URLACL}"

    assert [one.elsewhere for one in recognise(Text(name="x.txt", text=text))] == [True]


@pytest.mark.parametrize("said", ["hostname", "$env:COMPUTERNAME", "echo %computername%"])
def test_the_command_that_prints_the_name_tells_whose_the_rest_is(said):
    text = f"C:\\> {said}\nWAP01\n\nC:\\> netsh http show urlacl\n{URLACL}"

    assert [one.server for one in recognise(Text(name="x.txt", text=text))][-1] == "WAP01"


@pytest.mark.parametrize(
    "machine", ["Machine: WAP01 ", "Computer: WAP01 ", "Ordinateur : WAP01 ", "コンピューター: WAP01 "]
)
def test_the_heading_of_a_transcript_tells_the_machine(machine):
    head = f"**********************\nWindows PowerShell\n{machine}(Microsoft Windows NT 10.0.20348.0)\n"
    text = f"{head}**********************\nPS C:\\> netsh http show urlacl\n{URLACL}"

    assert [(one.form, one.server) for one in recognise(Text(name="x.txt", text=text))] == [("netsh-urlacl", "WAP01")]


def test_a_prompt_in_brackets_is_no_json():
    assert found(f"[WAP01]: PS C:\\> netsh http show urlacl\n{URLACL}") == ["netsh-urlacl"]


@pytest.mark.parametrize("name", ["WAP01_49443.txt", "root.txt", "WAP01_x_SubCA.txt", "STS01_authprovider.txt"])
def test_what_a_name_promises_and_no_form_knows_is_kept_as_that_form(name):
    [one] = recognise(Text(name=name, text="Zugriff verweigert\n"))

    assert one.form is not None


def test_what_an_echoed_command_promises_is_kept_as_that_form():
    assert found("C:\\> netsh http show sslcert\nZugriff verweigert\n") == ["netsh-sslcert"]


@pytest.mark.parametrize(
    ("text", "resembles"),
    [
        ("Dear all,\nplease find attached.\nRegards\n", ""),
        ("<html><body>proxy login</body></html>", ""),
        ('{"a": 1}', "JSON"),
        ('[{"a": 1}]', "JSON"),
        ("{broken", "JSON"),
        ("a,b,c\n1,2,3\n", ""),
    ],
)
def test_what_is_of_no_known_form_says_what_it_resembles(text, resembles):
    [one] = recognise(Text(name="notes.txt", text=text))

    assert (one.form, one.resembles) == (None, resembles)


def test_remarks_between_outputs_are_no_leftovers_and_more_than_remarks_are():
    remark, prose = "Second run:\n\n", "".join(f"PS C:\\> dir\nline {number}\nmore\nand more\n" for number in range(2))

    assert found(remark + URLACL) == ["netsh-urlacl"]
    assert found(URLACL + prose) == ["netsh-urlacl", None, None]


def test_a_users_own_store_is_not_taken_for_the_machines():
    listing = next(one.text for one in printed("WAP01") if one.name == "store_my.txt")
    [one] = recognise(Text(name="x.txt", text=f"C:\\> certutil -user -store my\n{listing}"))

    assert one.form is None
    assert "user" in one.resembles


@EVERY
def test_a_listing_names_its_store_whatever_its_file_is_called(language):
    listing = next(one.text for one in printed("WAP01", language=language) if one.name == "store_root.txt")

    assert [one.about for one in recognise(Text(name="WAP01_store_ca.txt", text=listing))] == ["ROOT"]


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@EVERY
def test_a_console_that_breaks_lines_parts_nothing(language, width):
    for one in printed("STS01", language=language):
        assert set(found(damage.wrapped(one.text, width), f"STS01_{one.name}")) == {form(one)}, one.name


@EVERY
def test_mixed_line_ends_part_nothing(language):
    for one in printed("STS01", language=language):
        assert found(damage.mixed_line_ends(one.text), f"STS01_{one.name}") == [form(one)], one.name


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_an_output_that_is_cut_off_is_still_what_its_name_promises(fraction):
    for one in printed("STS01"):
        assert set(found(one.text[: int(len(one.text) * fraction)], f"STS01_{one.name}")) == {form(one)}, one.name


def test_an_empty_listing_counts_where_name_or_command_say_what_it_is():
    assert found(IPLISTEN, "WAP01_iplisten.txt") == ["netsh-iplisten"]
    assert found(f"C:\\>netsh http show iplisten\n{IPLISTEN}") == ["netsh-iplisten"]
    assert found(IPLISTEN, "x.txt") == [None]


PIECES = [
    "PS C:\\> ", "[WAP01]: PS C:\\> ", "C:\\>", "netsh http show urlacl", "certutil -store my", "CertUtil: -store",
    "================ Certificate 0 ================", "=== x ===", "-----", "\n", "\r\n", " ", "a: ", "WinHTTP:",
    "WAP01_49443.txt", "my \"Personal\"", "CN=a", "{", "[", "https://+:443/adfs/", "\u00a0", "\0",
]  # fmt: skip


@given(st.one_of(st.text(max_size=400), st.lists(st.sampled_from(PIECES), max_size=80).map("".join)))
@settings(deadline=None)
def test_no_text_makes_it_raise_and_stretches_never_overlap(text):
    told = recognise(Text(name="x.txt", text=text))
    ends = 0
    for one in told:
        assert one.text.first_line > ends
        ends = one.text.first_line + len(one.text.lines()) - 1
    assert ends <= len(Text(name="", text=text).lines())


HOSTILE = {
    "prompts": "PS C:\\> \n" * 20_000,
    "headings": "a:\n-----\n\n" * 10_000,
    "banners": "=== a ===\n" * 20_000,
    "ends": "CertUtil: -x\na\n" * 20_000,
    "names": "WAP01_49443.txt\n\n" * 20_000,
    "long-line": "=" * 2_000_000,
    "long-banner": "==" + " a" * 500_000 + " ==",
    "brackets": "[" * 100_000,
    "quotes": 'a "b" \n\n' * 20_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.timeout(20)
def test_a_file_made_to_be_slow_is_not_slow(kind):
    recognise(Text(name="x.txt", text=HOSTILE[kind]))
