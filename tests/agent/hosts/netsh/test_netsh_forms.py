"""Which output a text is: by its structure, and where that says little, by its name or the command above it."""

from pathlib import Path

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.netsh.forms import FORMS
from tests.fakes import netsh

VECTORS = Path(__file__).parents[3] / "vectors" / "evidence"
FILES = sorted(path for path in VECTORS.rglob("*.*") if ".expected" not in path.name and path.suffix != ".md")
OUTPUTS = {
    "netsh-urlacl": netsh.urlacl,
    "netsh-sslcert": netsh.sslcert,
    "netsh-iplisten": lambda language: netsh.iplisten(language, "10.0.0.5"),
    "netsh-servicestate": netsh.servicestate,
    "netsh-winhttp": lambda language: netsh.winhttp(language, "proxy:8080"),
    "netsh-excluded-ports": lambda language: netsh.excluded_ports(language, (80, 80, True)),
}
OF_FILE = {
    "netsh_urlacl": "netsh-urlacl",
    "netsh_sslcert": "netsh-sslcert",
    "netsh_iplisten": "netsh-iplisten",
    "netsh_servicestate": "netsh-servicestate",
    "netsh_winhttp": "netsh-winhttp",
    "netsh_advproxy": "netsh-advproxy",
    "netsh_excludedportrange": "netsh-excluded-ports",
}


def likenesses(body, name="x.txt"):
    found = {form.id: form.likeness(Text(name=name, text=body)) for form in FORMS}
    return {form: how for form, how in found.items() if how is not Likeness.NO}


def form(one):
    return next(each for each in FORMS if each.id == one)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_capture_is_taken_by_its_own_form_and_by_no_other(path):
    """Those of certutil, PowerShell and Graph by none."""
    body, _encoding = decode(path.read_bytes())
    own = next((one for start, one in OF_FILE.items() if path.name.startswith(start)), None)
    found = likenesses(body, path.name)

    if path.name == "netsh_iplisten_es_none_synthetic.txt":  # an empty list may be a list of anything
        assert set(found.values()) == {Likeness.RESEMBLES}
    elif own is None:
        assert found == {}
    else:
        assert set(found) == {own}
        assert found[own] >= Likeness.LIKELY


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("shape", [str, netsh.wrapped, netsh.flat], ids=["as-printed", "wrapped", "flat"])
def test_each_output_is_told_in_any_language_and_shape(language, output, shape):
    found = likenesses(shape(OUTPUTS[output](language)))

    assert set(found) == {output}
    assert found[output] >= Likeness.LIKELY


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_an_empty_listing_only_resembles(language):
    for heading in (language.reservations, language.bindings, language.listen_list):
        found = likenesses(f"\r\n{heading}\r\n{'-' * len(heading)}\r\n\r\n")

        assert {"netsh-urlacl", "netsh-sslcert", "netsh-iplisten"} <= set(found)
        assert set(found.values()) == {Likeness.RESEMBLES}


@pytest.mark.parametrize("body", ["", "\n\n", "root:*:20000:0:99999:7:::\n", "Access is denied.\r\n", "x" * 200_000])
def test_a_text_of_nothing_known_resembles_nothing(body):
    assert likenesses(body) == {}


def test_a_beginning_is_enough_to_tell_a_long_listing():
    body = netsh.urlacl(netsh.ENGLISH, netsh.RESERVATIONS * 400)

    assert likenesses(body) == {"netsh-urlacl": Likeness.CERTAIN}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("netsh http show urlacl", "netsh-urlacl"),
        ("  netsh http sh u > C:\\temp\\x.txt", "netsh-urlacl"),
        ("netsh http>show urlacl", "netsh-urlacl"),
        ("cmd /c netsh http show sslcert", "netsh-sslcert"),
        ("netsh.exe http show ssl", "netsh-sslcert"),
        ("NETSH HTTP SHOW SSLCERT json=enable", "netsh-sslcert"),
        ("& netsh http show iplisten", "netsh-iplisten"),
        ("C:\\Windows\\System32\\netsh.exe http show servicestate view=requestq verbose=yes", "netsh-servicestate"),
        ("netsh winhttp show proxy", "netsh-winhttp"),
        ("netsh winhttp sh adv", "netsh-advproxy"),
        ("netsh winhttp show advproxy", "netsh-advproxy"),
        ("netsh int ipv4 show excl", "netsh-excluded-ports"),
        ("netsh interface ipv4 show excludedportrange protocol=tcp", "netsh-excluded-ports"),
        ("netsh int ip show excludedportrange tcp", "netsh-excluded-ports"),
        ("netsh http show timeout", None),
        ("netsh http add urlacl url=http://+:80/ user=x", None),
        ("netsh interface ipv4 show interfaces", None),
        ("In Windows Vista, type: netsh http show urlacl", None),
        ("    Reserved URL            : https://+:443/adfs/", None),
        ("certutil -verifystore root", None),
    ],
)
def test_a_command_promises_its_own_output(line, expected):
    assert [one.id for one in FORMS if one.echoed.search(line)] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("WAP01_49443.txt", "netsh-urlacl"), ("wap01-urlacl.log", "netsh-urlacl"), ("url_acl.txt", "netsh-urlacl"),
        ("url reservations.txt", "netsh-urlacl"), ("WAP01_sslcert.txt", "netsh-sslcert"),
        ("ADFS1_ssl_bindings.txt", "netsh-sslcert"), ("bindings.txt", "netsh-sslcert"),
        ("WAP01_iplisten.txt", "netsh-iplisten"), ("ip-listen-list.txt", "netsh-iplisten"),
        ("WAP01_servicestate.txt", "netsh-servicestate"), ("http_service_state.txt", "netsh-servicestate"),
        ("WAP01_winhttp.txt", "netsh-winhttp"), ("WAP01_winhttp_proxy.txt", "netsh-winhttp"),
        ("WAP01_advproxy.txt", "netsh-advproxy"), ("winhttp_advproxy.txt", "netsh-advproxy"),
        ("WAP01_excludedportrange.txt", "netsh-excluded-ports"), ("excluded ports.txt", "netsh-excluded-ports"),
        ("WAP01_store_root.txt", None), ("PROXY-1_store_my.txt", None), ("Get-AdfsSslCertificate.txt", None),
        ("WAP01_usercert.txt", None), ("WAP01_host.json", None),
    ],
)  # fmt: skip
def test_a_name_promises_its_own_output(name, expected):
    assert next((one.id for one in FORMS if one.named.search(name)), None) == expected


def test_the_names_of_the_files_that_we_ask_for_promise_what_is_in_them():
    for one in FORMS:
        promised = next(each for each in FORMS if each.named.search(f"%computername%_{one.file}"))
        assert promised is one
        assert one.echoed.search(one.command)
