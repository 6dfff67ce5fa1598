"""`analyze --user-cert`: the sign-in with a certificate that was handed in, traced over captured files."""

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from farmsight_collector.cli.main import main
from farmsight_collector.offline.analysis import analysed
from farmsight_collector.offline.document import document
from farmsight_collector.offline.reading import Request
from farmsight_collector.signin.trace import HOPS, PATHS
from tests.fakes.certificates import pem
from tests.fakes.evidence_folders import NOW, SERVERS, lab, written
from tests.lab.captured_farms import farm_of


@pytest.fixture(scope="module")
def pki():
    return farm_of("healthy").pki


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the evidence of a farm whose WAP02 lacks the issuing CA."""
    files = {f"{one}/{name}": data for one in SERVERS for name, data in lab("issuing-ca-missing")[one].items()}
    return written(tmp_path_factory.mktemp("evidence"), files)


@pytest.fixture(scope="module")
def users(tmp_path_factory, pki):
    place = tmp_path_factory.mktemp("users")
    for name in ("user-alice", "user-bob", "issuing-1"):
        (place / f"{name}.cer").write_bytes(pki[name].der)
    chain = [pki[name].der for name in ("root", "policy", "issuing-1", "user-alice")]
    (place / "chain.pem").write_text("".join(map(pem, chain)))
    held = pki["user-alice"]
    secret = BestAvailableEncryption(b"secret")
    (place / "alice.pfx").write_bytes(
        pkcs12.serialize_key_and_certificates(b"a", held.key, held.certificate, None, secret)
    )
    return place


def sha1(issued):
    return hashlib.sha1(issued.der).hexdigest()


def told(folder, *users, at=None):
    request = Request(paths=(folder,), roles={}, user_certificates=users, at=at)
    with analysed(request, now=NOW) as analysis:
        return json.loads(json.dumps(document(analysis)))


def test_the_trace_stands_in_the_document_as_its_schema_has_it(folder, users, pki):
    trace = told(folder, users / "user-alice.cer")["trace"]

    assert trace["schema"] == "farmsight.trace/1"
    assert trace["file"] == "user-alice.cer"
    assert trace["certificate"] == sha1(pki["user-alice"])
    assert trace["verdict"] in ("fails", "unknown")
    for path in trace["paths"]:
        assert path["path"] in PATHS
        assert set(path["via"]) <= set(SERVERS)
        assert {hop["hop"] for hop in path["hops"]} <= set(HOPS)


def test_the_findings_about_the_certificate_stay(folder, users):
    with_user, without = (told(folder, *given) for given in ((users / "user-bob.cer",), ()))

    codes = [{one["code"] for one in side["findings"]} for side in (with_user, without)]
    assert codes[1] <= codes[0]


def test_without_a_certificate_there_is_no_trace(folder):
    whole = told(folder)

    assert whole["trace"] is None
    assert whole["traces"] == []


def test_of_several_certificates_each_is_traced_once_and_the_first_is_the_trace(folder, users, pki):
    whole = told(folder, users / "user-bob.cer", users / "user-alice.cer", users / "chain.pem")

    assert [one["certificate"] for one in whole["traces"]] == [sha1(pki["user-bob"]), sha1(pki["user-alice"])]
    assert whole["trace"] == whole["traces"][0]


def test_of_a_chain_the_user_s_is_traced_and_the_others_are_named(folder, users, pki):
    trace = told(folder, users / "chain.pem")["trace"]

    assert trace["certificate"] == sha1(pki["user-alice"])
    assert "Contoso Policy CA" in trace["notes"][0]


def test_a_ca_s_certificate_has_no_trace_and_that_is_said(folder, users):
    whole = told(folder, users / "issuing-1.cer")

    assert whole["trace"] is None
    assert any(note.startswith("no trace: ") and "of a CA, not of a user" in note for note in whole["notes"])


def test_the_trace_is_of_the_instant_that_is_asked_about(folder, users):
    assert told(folder, users / "user-alice.cer", at=NOW)["trace"]["as_of"] == "2026-11-23T10:00:00Z"


def test_as_text_the_trace_stands_before_the_findings(folder, users, capsys):
    main(["analyze", str(folder), "--user-cert", str(users / "user-alice.cer")])
    out = capsys.readouterr().out

    assert out.index("the sign-in with user-alice.cer:") < out.index("findings:")
    assert "CN=Alice" in out


def test_a_pfx_is_refused_by_name_and_nothing_is_analysed(folder, users, capsys):
    code = main(["analyze", str(folder), "--user-cert", str(users / "alice.pfx"), "--json"])
    said = capsys.readouterr()

    assert (code, said.out) == (2, "")
    assert "alice.pfx" in said.err
    assert "PKCS #12" in said.err
    assert "Export-Certificate" in said.err


def test_a_file_that_is_not_there_is_said_to_be(folder, users: Path, capsys):
    assert main(["analyze", str(folder), "--user-cert", str(users / "nobody.cer")]) == 2
    assert "nobody.cer" in capsys.readouterr().err
