"""The large farm that benchmarks read is one of many servers with their own names."""

import time

from tests.bench.evidence_farm import write_farm


def test_every_server_has_its_own_folder_and_its_own_name_in_it(tmp_path):
    names = write_farm(tmp_path, adfs=12, waps=12)

    assert names == sorted(path.name for path in tmp_path.iterdir())
    for name in names:
        files = sorted(path.name for path in (tmp_path / name).iterdir())
        assert len(files) >= 14
        assert all(file.startswith((f"{name}_", "entra", "SubCA.cer", "usercert.cer")) for file in files)
        assert f'"Name": "{name}"' in (tmp_path / name / f"{name}_host.json").read_text(encoding="utf-8")
    # Every tenth has another language or encoding.
    listing = (tmp_path / "WAP10/WAP10_store_my.txt").read_bytes()
    assert "CN=ADFS ProxyTrust - WAP10".encode("utf-16-le") in listing
    assert "WAP01".encode("utf-16-le") not in listing
    roots = (tmp_path / "WAP07/WAP07_store_root.txt").read_text(encoding="cp437")
    assert roots.count("================ ") == 61


def test_a_hundred_servers_are_written_in_seconds(tmp_path):
    began = time.monotonic()

    assert len(write_farm(tmp_path)) == 100

    assert time.monotonic() - began < 30
