"""An analysis as JSON: the fixed schema, and beside it what the evidence was."""

import json

import pytest

from farmsight_collector.offline.analysis import analysed
from farmsight_collector.offline.document import document, response, verdict
from farmsight_collector.offline.reading import Request
from farmsight_collector.queries import findings
from tests.fakes.evidence_folders import NOW, SERVERS, URLACL, lab, written


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    files = {f"{one}/{name}": data for one in SERVERS for name, data in lab("sample")[one].items()}
    folder = written(tmp_path_factory.mktemp("sample"), files | {"README.md": "# x\n", "x.json": '{"a": 1}'})
    with analysed(Request(paths=(folder,), roles={}), now=NOW) as found:
        yield found


def test_it_is_json_and_has_all_that_the_schema_says(sample):
    told = json.loads(json.dumps(document(sample)))

    assert {"schema", "farm", "as_of", "servers", "findings", "unknown"} <= told.keys()
    assert told["schema"] == "farmsight.findings/1"
    for one in told["findings"]:
        assert {"code", "catalogue", "severity", "subject", "servers", "contexts", "title", "why", "remedy", "evidence",
                "cause_of", "caused_by", "since"} <= one.keys()  # fmt: skip
        assert one["since"]
    for server in told["servers"]:
        assert {"name", "role", "probes"} <= server.keys()
        assert all({"probe", "outcome", "reason"} <= one.keys() for one in server["probes"])


def test_it_says_what_the_evidence_was(sample):
    told = document(sample)

    assert {one["server"]: one["role"] for one in told["evidence"]} == {
        "STS01": "adfs", "STS02": "adfs", "WAP01": "wap", "WAP02": "wap",
    }  # fmt: skip
    assert all(one["files"] and one["role_reason"] and one["taken"] for one in told["evidence"])
    assert [(one["file"], one["reason"]) for one in told["not_understood"]] == [
        ("README.md", "not-understood"),
        ("x.json", "not-understood"),
    ]
    assert told["not_understood"][1]["resembles"] == "JSON"


def test_it_says_where_certificates_are_asked_for_and_why(sample):
    told = document(sample)["mode"]

    assert told["farm"] == "49443"
    assert {one["server"] for one in told["servers"]} == set(SERVERS)
    assert all(one["reason"] for one in told["servers"])


def test_all_findings_are_told_however_many_there_are(sample, monkeypatch):
    whole = response(sample)
    monkeypatch.setattr(findings, "LARGEST_PAGE", 2)

    assert list(response(sample).findings) == list(whole.findings)
    assert len(whole.findings) > 4


def test_the_verdict_counts_what_no_probe_saw_and_what_no_rule_could_tell(sample, tmp_path):
    assert verdict(sample).startswith("certificate sign-in is broken: ")
    with analysed(Request(paths=(written(tmp_path, {"WAP01_49443.txt": URLACL}),), roles={}), now=NOW) as sparse:
        assert verdict(sparse).startswith("nothing wrong is known; ")
        assert "nothing that was asked is unknown" not in verdict(sparse)


def test_what_is_not_known_is_told_in_full(sample, tmp_path):
    with analysed(Request(paths=(written(tmp_path, {"WAP01_49443.txt": URLACL}),), roles={}), now=NOW) as sparse:
        told = document(sparse)

    assert any(one["command"] == "netsh http show sslcert" for one in told["lacking"])
    assert any("file-missing" in one["reason"] for one in told["unknown"])
    assert all(one["unknown"] for one in told["lacking"])
