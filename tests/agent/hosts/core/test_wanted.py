"""Which command would have answered, in the words in which it is typed."""

import pytest

from farmsight_agent.hosts.evidence.echoes import form_of
from farmsight_agent.hosts.evidence.wanted import _BY_PART, missing, wanted
from farmsight_agent.probes import PROBES
from farmsight_wire.v1.vocabulary import KIND_BY_NAME


@pytest.mark.parametrize(
    ("probe", "part", "server", "line"),
    [
        ("http-sys", "url-reservation", "WAP01", "netsh http show urlacl > WAP01_49443.txt"),
        ("http-sys", "tls-binding", "", "netsh http show sslcert > %computername%_sslcert.txt"),
        ("certificate-stores", "ntauth", "", "certutil -verifystore ntauth > %computername%_store_ntauth.txt"),
        (
            "retrievals",
            "",
            "WAP01",
            "certutil -verify -urlfetch usercert.cer > WAP01_%username%_usercert.txt",
        ),
        ("adfs", "properties", "STS01", 'Get-AdfsProperties | Out-File "STS01_properties.txt" -Width 4096'),
        ("adfs", "properties", "", 'Get-AdfsProperties | Out-File "$env:COMPUTERNAME`_properties.txt" -Width 4096'),
        ("listeners", "", "WAP01", "powershell -File Collect-FarmsightEvidence.ps1"),
        ("something-new", "", "WAP01", "powershell -File Collect-FarmsightEvidence.ps1"),
    ],
)
def test_the_line_to_type(probe, part, server, line):
    assert wanted(probe, part).run(server, part) == line


def test_every_part_of_every_probe_has_an_answer():
    kinds = {(kind.probe, "" if kind.part == "*" else kind.part) for kind in KIND_BY_NAME.values()}
    for probe, part in kinds | {(one.id, part) for one in PROBES for part in one.parts}:
        error = missing(probe, part, "WAP01")

        assert error.reason == "file-missing"
        assert "run: " in error.detail
        assert error.source.startswith("evidence:WAP01_")


@pytest.mark.parametrize("key", [key for key, one in _BY_PART.items() if one.command[0].islower()])
def test_what_is_asked_for_is_known_when_a_console_echoes_it(key):
    assert form_of(_BY_PART[key].command) is not None


def test_without_a_server_the_file_that_is_missing_has_the_name_that_any_server_gives_it():
    assert "%computername%_49443.txt" in missing("http-sys", "url-reservation", "").detail
    assert missing("certificate-stores", "ROOT", "WAP01").detail == (
        "no `certutil -verifystore root`; run: certutil -verifystore root > WAP01_store_root.txt"
    )
