"""The one file that `collect` writes: whose it is, how large it may be, and that it is packed on request."""

import json
import sys
import zipfile
from datetime import UTC, datetime

import pytest

from farmsight_agent import collect as module
from farmsight_agent.collect import collect, write
from farmsight_agent.config import Config
from farmsight_agent.evidence import open_evidence
from tests.fakes import certificates as made
from tests.fakes.pki import make

AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def config(tmp_path):
    folder = tmp_path / "WAP01"
    folder.mkdir()
    (folder / "WAP01_store_root.pem").write_text(made.pem(make("Contoso Root CA").der))
    (folder / "WAP01_store_ca.pem").write_text(made.pem(made.crl("Contoso Root CA"), "X509 CRL"))
    return Config(role="wap", server_name="WAP01", host="evidence", evidence_dir=folder)


def read_back(path):
    (server,) = open_evidence([path], at=AT).servers
    found = open_evidence([path], at=AT)
    reported = found.reported(found.servers[0], found.servers[0].rounds[-1])
    return server.name, {entry.fact.key for one in reported.reports for entry in one.facts}, set(reported.blobs)


@pytest.mark.parametrize("name", ["WAP01.json", "wap01.ZIP"])
def test_a_file_is_read_back_plain_and_packed(config, tmp_path, name):
    document = collect(config)
    write(tmp_path / name, document)

    server, keys, blobs = read_back(tmp_path / name)
    assert server == "WAP01"
    assert {key.partition("/")[0] for key in keys} == {"ROOT", "CA"}
    assert {blob.hex() for blob in blobs} == document["blobs"].keys()
    assert zipfile.is_zipfile(tmp_path / name) is name.endswith("ZIP")


@pytest.mark.skipif(sys.platform == "win32", reason="there the folder's access list holds")
def test_only_its_owner_can_read_it(config, tmp_path):
    write(tmp_path / "out.json", collect(config))

    assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["WAP01", "out.json"]


def test_what_does_not_fit_is_named_and_the_small_ones_stay(config, monkeypatch):
    whole = collect(config)
    sizes = {len(text) for text in whole["blobs"].values()}
    assert len(sizes) == len(whole["blobs"]) == 2
    assert "blobs_left_out" not in whole

    monkeypatch.setattr(module, "MOST_BLOB_BYTES", min(sizes))
    cut = collect(config)
    assert len(cut["blobs"]) == 1
    assert {*cut["blobs"], *cut["blobs_left_out"]} == whole["blobs"].keys()
    assert [row["key"] for row in cut["facts"]] == [row["key"] for row in whole["facts"]]


def test_a_full_one_is_within_what_a_reader_takes(config, tmp_path, monkeypatch):
    from farmsight_agent.hosts.evidence.intake.limits import IntakeLimits

    assert IntakeLimits().max_file_bytes * 0.76 > module.MOST_BLOB_BYTES * 4 / 3
    document = collect(config)
    document["server"] = "../WAP01"
    write(tmp_path / "x.zip", document)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.namelist() == [".._WAP01_facts.json"]
        assert json.loads(archive.read(archive.namelist()[0]))["schema"] == "farmsight.facts/1"
