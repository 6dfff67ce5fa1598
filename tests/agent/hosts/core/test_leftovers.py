"""What is left over when evidence is looked at, and why; and that everything is accounted for."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from farmsight_agent.evidence import IntakeError, open_evidence
from farmsight_agent.hosts.evidence.intake.limits import IntakeLimits
from farmsight_agent.hosts.evidence.survey import survey
from tests.fakes.certificates import CERTIFICATE
from tests.fakes.evidence_folders import (
    NOW,
    PLAIN,
    SERVERS,
    URLACL,
    WINHTTP,
    below,
    everything,
    host,
    lab,
    opened,
    reasons,
    texts,
    whose,
    written,
    zipped,
)

# What is no evidence, or cannot be read.


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("README.md", "# Evidence\n\nas asked for\n"),
        ("screenshot.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 200),
        ("report.docx", zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})),
        ("mail.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 8),
        ("notes.txt", "Dear all\n"),
        ("empty.txt", ""),
        ("page.html", "<html></html>"),
        ("data.json", '{"some": "thing"}'),
    ],
)
def test_other_files_are_listed_and_break_nothing(tmp_path, name, data):
    evidence = opened(tmp_path, below("WAP01", PLAIN) | {name: data})

    assert whose(evidence) == {"WAP01": set(PLAIN)}
    assert set(reasons(evidence).values()) == {"not-understood"}


def test_a_whole_farm_leaves_nothing_over_but_what_is_no_evidence(tmp_path):
    evidence = opened(tmp_path, everything() | {"README.md": "# x\n"})

    assert reasons(evidence) == {"README.md": "not-understood"}
    assert sorted(whose(evidence)) == sorted(SERVERS)


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(IntakeError) as caught:
        open_evidence([tmp_path / "nowhere"])

    assert str(tmp_path / "nowhere") in str(caught.value)
    assert caught.value.next_step


@pytest.mark.parametrize("flag", ["tenant", "user_certificates"])
@pytest.mark.parametrize("data", ["not what was asked for\n", URLACL])
def test_a_file_that_was_given_for_something_else_is_refused(tmp_path, flag, data):
    path = written(tmp_path / "x", {"given.txt": data}) / "given.txt"

    with pytest.raises(IntakeError, match=r"given\.txt"):
        opened(tmp_path / "evidence", below("WAP01", PLAIN), **{flag: [path]})


def test_what_was_handed_in_under_a_name_that_is_taken_is_another_file(tmp_path):
    [der] = [data for name, data in lab("healthy", "script")["STS01"].items() if name == "usercert.cer"]
    path = written(tmp_path / "x", {"SubCA.cer": der}) / "SubCA.cer"
    files = below("STS01", PLAIN) | {"SubCA.cer": lab("healthy", "script")["STS01"]["SubCA.cer"]}
    evidence = opened(tmp_path / "evidence", files, user_certificates=[path])
    [server] = evidence.servers
    given_ones = next(
        one for one in evidence.reported(server, server.rounds[-1]).reports if one.probe == "given-certificates"
    )

    assert given_ones.fact_count == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [("WAP01_49443.txt", "too-large"), ("WAP01_store_ca.pem", "too-large"), ("WAP01_host.json", "too-large")],
)
def test_a_file_over_the_limit_is_said_and_keeps_its_place(tmp_path, name, reason):
    written(tmp_path, {name: b"x" * 5000})
    seen = survey([tmp_path], limits=IntakeLimits(max_file_bytes=1000, max_text_bytes=1000))

    assert [one.reason for one in seen.leftovers] == [reason]
    assert [(one.server, one.trouble.reason) for one in seen.captures] == [("WAP01", reason)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_file_that_may_not_be_read_keeps_its_place(guarded):
    written(guarded, below("WAP01", PLAIN))
    (guarded / "WAP01/urlacl.txt").chmod(0)

    assert set(reasons(open_evidence([guarded])).values()) == {"file-not-readable"}


def test_an_output_that_a_file_holds_twice_is_noted_with_its_lines(tmp_path):
    evidence = opened(tmp_path, {"WAP01_49443.txt": URLACL + URLACL, "WAP01_winhttp.txt": WINHTTP})

    assert (
        "WAP01_49443.txt: holds 2 outputs of `netsh http show urlacl` (lines 2, 13); the last stands" in evidence.notes
    )


def test_a_cmdlet_that_was_asked_twice_is_noted_with_its_lines(tmp_path):
    answer = texts("STS01")["STS01_authprovider.txt"].decode("cp437")
    text = f"PS C:\\> Get-AdfsAuthenticationProvider\r\n{answer}\r\n" * 2
    evidence = opened(tmp_path, {"STS01.txt": text})

    assert any(
        note.startswith("STS01.txt: holds 2 outputs of `Get-AdfsAuthenticationProvider` (lines 1, ")
        for note in evidence.notes
    )


def test_a_certificate_that_was_verified_twice_is_noted(tmp_path):
    data = texts("WAP01")["WAP01_WAP01$_usercert.txt"]
    evidence = opened(tmp_path, {"WAP01_WAP01$_usercert.txt": data + data})
    [server] = evidence.servers

    assert evidence.reported(server, server.rounds[-1]).troubles == (
        "given-twice: WAP01_WAP01$_usercert.txt: holds outputs of certutil -verify of one certificate; the last stands",
    )


def test_zip_times_without_a_zone_are_noted_once(tmp_path):
    evidence = opened(tmp_path, {"WAP01.zip": zipped(PLAIN, NOW)})

    assert [note for note in evidence.notes if "time zone" in note] == [
        "WAP01.zip: its times name no time zone; they were taken as UTC, and may be off by up to 14 hours"
    ]


NAMES = st.sampled_from(
    ["WAP01", "STS01", "netsh", "2026-11-20", "a b", "x.zip", "..a", "entra.json", "WAP01_49443.txt", "root.txt",
     "SYSTEM_usercert.txt", "WAP01_host.json", "SubCA.cer", "WAP01_collection.json", "con"]
)  # fmt: skip
DATA = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [
            URLACL.encode(),
            WINHTTP.encode(),
            host("WAP_9").encode(),
            CERTIFICATE,
            b"{}",
            b"[]",
            b"null",
            b'"x"',
            b"PK\x03\x04",
        ]
    ),
)


@given(st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map("/".join), DATA, max_size=8))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_tree_is_looked_at_and_every_file_is_accounted_for(tmp_path_factory, tree):
    folder = tmp_path_factory.mktemp("tree")
    put = {}
    for name, data in tree.items():
        if not any(name.startswith(f"{other}/") or other.startswith(f"{name}/") for other in put):
            put[name] = data
    seen = survey([written(folder, put)])
    told = {one.file for one in seen.captures} | {one.file for one in seen.leftovers}

    for name, data in put.items():
        assert any(one == name or one.startswith(f"{name}/") for one in told) or not data.strip(), name
    assert all(one.server == one.server.upper() for one in seen.captures)
