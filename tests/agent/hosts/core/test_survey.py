"""Whose the files of a folder are, however they are named and wherever they lie; and what is left over, and why."""

import json
from datetime import timedelta

import pytest

from farmsight_agent.evidence import open_evidence
from farmsight_agent.hosts.evidence.survey import survey
from tests.fakes.certificates import CERTIFICATE
from tests.fakes.evidence_folders import (
    IPLISTEN,
    NOW,
    PLAIN,
    SERVERS,
    URLACL,
    WINHTTP,
    below,
    host,
    lab,
    opened,
    reasons,
    texts,
    whose,
    written,
    zipped,
)

# One after another: where files may lie.


def test_a_flat_folder_of_four_servers(tmp_path):
    flat = {name: data for server in SERVERS for name, data in texts(server).items() if not name.startswith("entra")}
    found = whose(opened(tmp_path, flat))

    assert sorted(found) == sorted(SERVERS)
    assert all(name.startswith(f"{server}_") for server, names in found.items() for name in names)


def test_a_folder_for_each_server_with_plain_names(tmp_path):
    found = whose(opened(tmp_path, below("WAP01", PLAIN) | below("STS01", PLAIN) | below("filer7", PLAIN)))

    assert found == {"WAP01": set(PLAIN), "STS01": set(PLAIN), "FILER7": set(PLAIN)}


def test_folders_within_a_servers_folder(tmp_path):
    files = {
        "WAP01/netsh/urlacl.txt": URLACL,
        "WAP01/netsh/winhttp.txt": WINHTTP,
        "WAP01/stores/root.txt": texts("WAP01")["WAP01_store_root.txt"],
        "STS01/netsh/urlacl.txt": URLACL,
    }

    assert whose(opened(tmp_path, files)) == {
        "WAP01": {"urlacl.txt", "winhttp.txt", "root.txt"},
        "STS01": {"urlacl.txt"},
    }


def test_a_folder_named_by_date_is_no_server(tmp_path):
    files = below("2026-11-20/WAP01", PLAIN) | below("STS01/2026-11-23", PLAIN)

    assert set(whose(opened(tmp_path, files))) == {"WAP01", "STS01"}


def test_zips_within_a_folder_and_one_zip_of_all(tmp_path):
    inner = {f"farmsight-{one}-20261123T100000Z.zip": zipped(texts(one, "49443.txt")) for one in SERVERS}
    several = whose(opened(tmp_path / "a", inner))
    one = whose(opened(tmp_path / "b", {"all.zip": zipped({k: v for s in SERVERS for k, v in lab()[s].items()})}))
    nested = whose(opened(tmp_path / "c", {"all.zip": zipped(inner)}))

    assert sorted(several) == sorted(one) == sorted(nested) == sorted(SERVERS)


def test_a_zip_of_plain_names_is_the_server_it_is_called_after(tmp_path):
    assert set(whose(opened(tmp_path, {"WAP01.zip": zipped(PLAIN), "wap02.contoso.com.zip": zipped(PLAIN)}))) == {
        "WAP01",
        "WAP02",
    }


def test_the_collection_scripts_zip(tmp_path):
    files = dict(lab("healthy", "script")["WAP01"]) | {
        "WAP01_collection.json": json.dumps(
            {
                "Schema": "farmsight.collection/1",
                "Computer": "WAP01",
                "CollectedAt": "2026-11-23T09:58:00Z",
                "Steps": [],
            }
        ),
        "WAP01_collection.log": "2026-11-23 09:58:00Z begins\r\nline\r\nline\r\nline\r\n",
    }
    evidence = opened(tmp_path, {"farmsight-WAP01-20261123T095800Z.zip": zipped(files)})

    assert set(whose(evidence)) == {"WAP01"}
    assert reasons(evidence) == {}
    assert evidence.servers[0].rounds[0].dated == "content"


def test_a_folder_of_nothing_but_collection_json_tells_server_and_time(tmp_path):
    told = {"Schema": "farmsight.collection/1", "Computer": "FILER7", "CollectedAt": "2026-11-20T08:00:00Z"}
    evidence = opened(tmp_path, {"collection.json": json.dumps(told), "urlacl.txt": URLACL})

    assert whose(evidence) == {"FILER7": {"collection.json", "urlacl.txt"}}
    assert evidence.newest.isoformat() == "2026-11-20T08:00:00+00:00"


def test_single_files_on_the_command_line(tmp_path):
    written(tmp_path, below("WAP01", PLAIN) | below("STS01", PLAIN) | {"WAP02_49443.txt": URLACL})
    named = open_evidence([tmp_path / "WAP02_49443.txt"])
    apart = open_evidence([tmp_path / "WAP01/urlacl.txt", tmp_path / "STS01/winhttp.txt"])
    nameless = open_evidence([tmp_path / "WAP01/urlacl.txt"])

    assert whose(named) == {"WAP02": {"WAP02_49443.txt"}}
    assert whose(apart) == {"WAP01": {"urlacl.txt"}, "STS01": {"winhttp.txt"}}
    assert whose(nameless) == {"WAP01": {"urlacl.txt"}}


def test_a_single_file_in_a_folder_that_says_nothing_is_of_a_server_without_name(tmp_path):
    written(tmp_path / "case 4711", PLAIN)

    assert set(whose(open_evidence([tmp_path / "case 4711/urlacl.txt"]))) == {"UNNAMED"}


def test_a_folder_that_is_given_names_the_server_of_the_plain_files_in_it(tmp_path):
    written(tmp_path / "WAP07", PLAIN)

    assert set(whose(open_evidence([tmp_path / "WAP07"]))) == {"WAP07"}


def test_the_same_folder_given_twice_counts_once(tmp_path):
    written(tmp_path, below("WAP01", PLAIN))
    evidence = open_evidence([tmp_path, tmp_path / "WAP01", tmp_path / "WAP01/urlacl.txt"])

    assert {one.name: len(one.files) for one in evidence.servers} == {"WAP01": 3}
    assert len(evidence.servers[0].rounds) == 1


# By what names and contents say.


def test_names_with_domains_and_with_underscores(tmp_path):
    files = {
        "WAP01.contoso.com_49443.txt": URLACL,
        "WAP01.contoso.com_sslcert.txt": texts("WAP01")["WAP01_sslcert.txt"],
        "WAP_02_host.json": host("WAP_02"),
        "WAP_02_49443.txt": URLACL,
        "WAP_02.contoso.com_winhttp.txt": WINHTTP,
    }
    found = whose(opened(tmp_path, files))

    assert {name: len(names) for name, names in found.items()} == {"WAP01": 2, "WAP_02": 3}


def test_content_wins_over_the_name_and_a_note_says_so(tmp_path):
    evidence = opened(tmp_path, {"WAP01_host.json": host("STS07"), "WAP01_49443.txt": URLACL})

    assert whose(evidence) == {"STS07": {"WAP01_host.json"}, "WAP01": {"WAP01_49443.txt"}}
    assert any("WAP01_host.json: its content says STS07" in note for note in evidence.notes)


def test_a_name_that_contradicts_its_folder_is_left_out_and_said(tmp_path):
    files = (
        below("WAP01", PLAIN) | below("STS01", PLAIN) | {"WAP01/STS01_sslcert.txt": texts("STS01")["STS01_sslcert.txt"]}
    )
    evidence = opened(tmp_path, files)

    assert reasons(evidence) == {"WAP01/STS01_sslcert.txt": "name-contradicts-folder"}
    assert whose(evidence) == {"WAP01": set(PLAIN), "STS01": set(PLAIN)}
    [left] = evidence.leftovers
    assert "STS01" in left.detail
    assert "WAP01" in left.detail


def test_a_folder_that_is_no_server_contradicts_nobody(tmp_path):
    files = {f"WAP2022/{one}_49443.txt": URLACL for one in ("WAP01", "WAP02")}

    assert set(whose(opened(tmp_path, files))) == {"WAP01", "WAP02"}


def test_what_lies_among_the_files_of_several_is_nobodys_and_what_to_do_is_said(tmp_path):
    evidence = opened(tmp_path, {"WAP01_49443.txt": URLACL, "STS01_49443.txt": URLACL, "winhttp.txt": WINHTTP})

    assert reasons(evidence) == {"winhttp.txt": "whose-unknown"}
    assert "NAME_" in evidence.leftovers[0].detail


def test_what_lies_above_the_folders_of_servers_is_nobodys(tmp_path):
    evidence = opened(tmp_path, below("WAP01", PLAIN) | {"sslcert.txt": texts("WAP01")["WAP01_sslcert.txt"]})

    assert reasons(evidence) == {"sslcert.txt": "whose-unknown"}


def test_what_lies_beside_the_files_of_one_server_is_its(tmp_path):
    files = {"case/WAP01_49443.txt": URLACL, "case/winhttp.txt": WINHTTP, "case/netsh/iplisten.txt": IPLISTEN}

    assert whose(opened(tmp_path, files)) == {"WAP01": {"WAP01_49443.txt", "winhttp.txt", "iplisten.txt"}}


def test_names_that_tell_servers_apart_in_a_folder_called_otherwise(tmp_path):
    files = {f"{one} {name}": data for one in ("SRVA", "SRVB") for name, data in PLAIN.items()}
    joined = {f"{one}-urlacl.txt": URLACL for one in ("SRVA", "SRVB")}
    alone = {f"SRVA - {name}": data for name, data in PLAIN.items()}

    for number, tree in enumerate((files, joined)):
        assert set(whose(opened(tmp_path / f"case77{number}", tree))) == {"SRVA", "SRVB"}
    assert set(whose(opened(tmp_path / "case78", alone))) == {"SRVA"}
    assert set(whose(opened(tmp_path / "evidence", {"SRVA urlacl.txt": URLACL}))) == {"SRVA"}
    assert set(whose(opened(tmp_path / "x/transcripts", {"SRVA.txt": URLACL, "SRVB.txt": URLACL}))) == {"SRVA", "SRVB"}


def test_a_word_more_in_a_name_is_no_server_where_the_folder_is_one(tmp_path):
    files = {"WAP01/urlacl_complete.txt": URLACL, "WAP01/winhttp.txt": WINHTTP}

    assert set(whose(opened(tmp_path, files))) == {"WAP01"}
    assert set(whose(opened(tmp_path / "FILER7", {"urlacl_complete.txt": URLACL, "winhttp.txt": WINHTTP}))) == {
        "FILER7"
    }


def test_what_may_be_another_servers_is_not_that_of_the_one_beside_it(tmp_path):
    evidence = opened(tmp_path, {"WAP01_49443.txt": URLACL, "FILER sslcert.txt": texts("WAP01")["WAP01_sslcert.txt"]})

    assert reasons(evidence) == {"FILER sslcert.txt": "whose-unknown"}


@pytest.mark.parametrize("names", [("server1", "server2"), ("10.0.0.5", "10.0.0.6"), ("node-a", "node-b"), ("A", "B")])
def test_no_two_folders_are_taken_for_one_server(tmp_path, names):
    folders = whose(opened(tmp_path / "data", {f"{one}/{name}": data for one in names for name, data in PLAIN.items()}))
    flat = whose(opened(tmp_path / "files", {f"{one}_49443.txt": URLACL for one in names}))

    assert set(folders) == set(flat) == {one.upper() for one in names}


def test_a_copy_is_said_to_be_one_and_counts_once(tmp_path):
    files = below("WAP01", PLAIN) | {"WAP01.zip": zipped(PLAIN), "WAP01/urlacl - Copy.txt": URLACL}
    evidence = opened(tmp_path, files)
    [server] = evidence.servers

    assert len(server.rounds) == 1
    assert len(server.files) == len(PLAIN)
    assert set(reasons(evidence).values()) == {"copy"}
    assert all("the same as" in one.detail for one in evidence.leftovers)


def test_the_same_output_days_later_is_no_copy(tmp_path):
    written(tmp_path, {"WAP01/files/urlacl.txt": URLACL}, NOW - timedelta(days=2))
    evidence = opened(tmp_path, {"WAP01/data/urlacl.txt": URLACL})

    assert [len(one.rounds) for one in evidence.servers] == [2]
    assert reasons(evidence) == {}


def test_an_exported_store_that_is_nobodys_is_never_the_farms(tmp_path):
    pem = lab("healthy", "script")["STS01"]["STS01_store_ca.pem"]
    evidence = opened(tmp_path, {"WAP01_49443.txt": URLACL, "STS01_49443.txt": URLACL, "store_ca.pem": pem})

    assert reasons(evidence) == {"store_ca.pem": "whose-unknown"}


def test_certificates_beside_the_evidence_were_handed_in(tmp_path):
    alice = lab("healthy", "script")["STS01"]["usercert.cer"]
    files = {"WAP01_49443.txt": URLACL, "STS01_49443.txt": URLACL, "SubCA.cer": CERTIFICATE, "alice.crt": alice}
    evidence = opened(tmp_path, files)

    assert reasons(evidence) == {}
    assert {"SubCA.cer", "alice.crt"} <= whose(evidence)["STS01"]  # the AD FS node speaks for the farm


def test_a_transcript_of_several_machines_is_each_ones(tmp_path):
    text = "".join(f"[{one}]: PS C:\\> netsh http show urlacl\n{URLACL}" for one in ("WAP01", "WAP02", "STS01"))
    evidence = opened(tmp_path, {"session.txt": text})

    assert whose(evidence) == {one: {"session.txt"} for one in ("WAP01", "WAP02", "STS01")}


def test_a_joined_file_is_parted_by_the_names_above_its_parts(tmp_path):
    parts = {name: data.decode("cp437") for one in ("WAP01", "STS01") for name, data in texts(one, "49443.txt").items()}
    evidence = opened(tmp_path, {"all.txt": "".join(f"=== {name} ===\r\n{text}" for name, text in parts.items())})

    assert set(whose(evidence)) == {"WAP01", "STS01"}


def test_what_ran_on_several_machines_at_once_is_left_out(tmp_path):
    text = "PS C:\\> icm -ComputerName x {}\nPS C:\\> Invoke-Command -ComputerName A,B { netsh http show urlacl }\n"
    evidence = opened(tmp_path, {"WAP01_49443.txt": text + URLACL})

    assert [(one.reason, one.line) for one in evidence.leftovers] == [("whose-unknown", 2)]


@pytest.mark.parametrize(
    "name",
    [
        "NETWORK SERVICE_usercert.txt",
        "SYSTEM_usercert.txt",
        "NETWORKSERVICE_usercert.txt",
        "gmsa-adfs$_usercert.txt",
        "jane_usercert.txt",
        "jane.doe_usercert.txt",
    ],
)
def test_the_account_alone_before_what_was_verified_is_no_computer(tmp_path, name):
    files = {f"WAP01/{name}": texts("WAP01")["WAP01_WAP01$_usercert.txt"]} | below("WAP01", PLAIN)
    [capture] = [one for one in survey([written(tmp_path, files)]).captures if one.form == "certutil-verify"]

    assert (capture.server, capture.account) == ("WAP01", name.removesuffix("_usercert.txt"))


def test_a_computer_alone_before_what_was_verified_is_one(tmp_path):
    data = texts("WAP01")["WAP01_WAP01$_usercert.txt"]
    [capture] = survey([written(tmp_path, {"FILER_usercert.txt": data})]).captures

    assert (capture.server, capture.account) == ("FILER", "")


def test_the_tenants_files_are_nobodys_wherever_they_lie(tmp_path):
    tenant = {name: data for name, data in lab()["STS01"].items() if name.startswith("entra")}
    plain = {"WAP01/cas.txt": tenant["entra_trustedca.txt"] + b"\r\n", "WAP01/x.json": tenant["entra.json"] + b"\n"}
    captures = survey([written(tmp_path, below("WAP01", PLAIN) | below("WAP01", tenant) | plain)]).captures

    assert {one.file.rpartition("/")[2] for one in captures if not one.server} == {*tenant, "cas.txt", "x.json"}
