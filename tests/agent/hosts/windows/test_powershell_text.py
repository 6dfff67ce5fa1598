"""What comes back from PowerShell: lines of JSON, whatever else the console shows."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.programs.powershell_text import said, script, told

PROPERTIES = json.dumps({"Get-AdfsProperties": {"HostName": "sts.contoso.com"}})
ENDPOINTS = json.dumps({"Get-AdfsEndpoint": [{"AddressPath": "/adfs/ls/"}]})
REFUSED = json.dumps({"Errors": {"Get-AdfsCertificate": {"Message": "PS0033: x"}}})
END = '{"Complete":true}'


def lines(*held: str, end: str = "\r\n") -> bytes:
    return end.join((*held, "")).encode()


def test_each_line_is_a_section() -> None:
    found = told(lines(PROPERTIES, REFUSED, ENDPOINTS, END))

    assert found.sections["Get-AdfsProperties"]["HostName"] == "sts.contoso.com"
    assert found.sections["Get-AdfsEndpoint"][0]["AddressPath"] == "/adfs/ls/"
    assert found.errors["Get-AdfsCertificate"]["Message"] == "PS0033: x"
    assert (found.complete, found.damaged) == (True, False)


def test_any_order_will_do_and_of_two_the_first_stands() -> None:
    again = PROPERTIES.replace("sts.", "other.")
    found = told(lines(END, ENDPOINTS, PROPERTIES, again))

    assert found.sections["Get-AdfsProperties"]["HostName"] == "sts.contoso.com"
    assert found.complete


@pytest.mark.parametrize(
    "noise", ["\ufeff", "WARNING: The names of some imported commands\r\n", "Windows PowerShell\n\n"]
)
def test_marks_banners_and_warnings_are_passed_over(noise: str) -> None:
    found = told(noise.encode() + lines(PROPERTIES, END))

    assert found.sections["Get-AdfsProperties"]["HostName"] == "sts.contoso.com"
    assert not found.damaged


def test_a_warning_behind_a_line_spoils_nothing() -> None:
    found = told(lines(PROPERTIES, "WARNING: {really}", ENDPOINTS, END))

    assert set(found.sections) == {"Get-AdfsProperties", "Get-AdfsEndpoint"}
    assert not found.damaged


def test_lines_that_a_console_broke_are_put_together() -> None:
    long = json.dumps({"Get-AdfsProperties": {"HostName": "sts.contoso.com", "Identifier": "x" * 300}})
    broken = "\r\n".join(long[at : at + 80] for at in range(0, len(long), 80))
    found = told(lines(broken, END))

    assert found.sections["Get-AdfsProperties"]["Identifier"] == "x" * 300


def test_letters_of_any_language_are_read_escaped_and_as_utf_8() -> None:
    for escaped in (True, False):
        line = json.dumps({"Get-AdfsEndpoint": [{"AddressPath": "/Zürich/東京/😀"}]}, ensure_ascii=escaped)
        assert told(lines(line)).sections["Get-AdfsEndpoint"][0]["AddressPath"] == "/Zürich/東京/😀"


@pytest.mark.parametrize(
    "spoiled",
    [
        PROPERTIES.encode().replace(b"contoso", b"cont\xf6so"),  # a code page in place of UTF-8
        PROPERTIES.encode()[:-3],
        b'{"Get-AdfsProperties":' + b"[" * 100_000,
        b'{"Get-AdfsProperties":{"HostName":"sts","x":}}',
    ],
)
def test_what_is_spoiled_or_cut_off_is_not_taken_for_empty(spoiled: bytes) -> None:
    found = told(spoiled + b"\r\n" + lines(ENDPOINTS))

    assert set(found.sections) == {"Get-AdfsEndpoint"}
    assert (found.complete, found.damaged) == (False, True)


def test_an_object_inside_a_cut_off_line_is_no_section() -> None:
    cut = '{"Errors":{"Get-AdfsProperties":{"Id":"x"},"Get-AdfsEndpo'
    found = told(cut.encode())

    assert found.sections == {}
    assert found.errors == {}
    assert found.damaged


@given(st.binary(max_size=300), st.binary(max_size=40))
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_it_raise(before: bytes, within: bytes) -> None:
    told(before)
    told(b'{"Get-X":' + within + b"}\n" + before)
    said(before)


def test_errors_are_one_short_line() -> None:
    assert said(b"Import-Module : x\r\n    + CategoryInfo  : y\r\n") == "Import-Module : x + CategoryInfo : y"
    assert len(said(b"x" * 50_000)) == 600


def test_of_objects_on_standard_error_the_errors_stay_and_progress_goes() -> None:
    clixml = (
        '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
        '<Obj S="progress" RefId="0"><MS><PR N="Record"><AV>Preparing modules for first use.</AV></PR></MS></Obj>'
        '<S S="Error">Get-X : a &lt;b&gt; failed._x000D__x000A_</S><S S="Error">At line:1_x000D__x000A_</S></Objs>'
    )
    assert said(clixml.encode()) == "Get-X : a <b> failed. At line:1"


@pytest.mark.parametrize("name", ["adfs", "wap"])
def test_the_script_of_a_role_fits_on_a_command_line(name: str) -> None:
    text = script(name)

    assert text.isascii()
    assert '"' not in text  # the command line's own quotes
    assert len(text) < 24_000  # of 32,767 that CreateProcess takes
    assert text.rstrip().endswith("exit 0")
