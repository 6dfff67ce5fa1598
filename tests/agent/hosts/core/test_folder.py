"""One server's folder beside a running agent."""

import os
import shutil

import pytest

from farmsight_agent.hosts.evidence import folder as module
from farmsight_agent.hosts.evidence.folder import Folder
from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError
from tests.fakes.certificates import CERTIFICATE
from tests.fakes.evidence_folders import IPLISTEN, URLACL, WINHTTP, lab, written, zipped


def held(shelf):
    return sorted(one.file for one in shelf.captures)


def test_files_of_the_server_meant_and_what_is_nobodys(tmp_path):
    written(tmp_path, {"WAP01_49443.txt": URLACL, "STS01_49443.txt": URLACL, "usercert.cer": CERTIFICATE})

    assert held(Folder(tmp_path, "wap01.contoso.com").shelf()) == ["WAP01_49443.txt", "usercert.cer"]
    assert held(Folder(tmp_path, "FILER").shelf()) == ["usercert.cer"]


def test_without_a_name_one_computers_files_are_its_and_several_are_nobodys(tmp_path):
    written(tmp_path, {"WAP01_49443.txt": URLACL})
    assert Folder(tmp_path).shelf().server == "WAP01"

    written(tmp_path, {"STS01_49443.txt": URLACL})
    with pytest.raises(FailedError, match="STS01, WAP01"):
        Folder(tmp_path).shelf()


@pytest.mark.parametrize("name", ["evidence", "FILER", "x y"])
def test_files_that_name_no_computer_are_the_servers_whose_folder_it_is(tmp_path, name):
    written(tmp_path / name, {"urlacl.txt": URLACL, "netsh/winhttp.txt": WINHTTP})
    shelf = Folder(tmp_path / name, "WAP01").shelf()

    assert shelf.server == "WAP01"
    assert held(shelf) == ["netsh/winhttp.txt", "urlacl.txt"]


def test_what_comes_changes_and_goes_is_seen_and_nothing_else_is_read_again(tmp_path, monkeypatch):
    written(tmp_path, {"WAP01_49443.txt": URLACL})
    folder = Folder(tmp_path, "WAP01")
    first = folder.shelf()

    with monkeypatch.context() as patch:
        patch.setattr(module, "survey", None)
        assert folder.shelf() is first
    written(tmp_path, {"WAP01_winhttp.txt": WINHTTP})
    assert held(folder.shelf()) == ["WAP01_49443.txt", "WAP01_winhttp.txt"]
    (tmp_path / "WAP01_49443.txt").unlink()
    assert held(folder.shelf()) == ["WAP01_winhttp.txt"]


def test_of_several_captures_the_newest_of_each_thing_counts(tmp_path):
    other = URLACL.replace("+:443/adfs/ ", "+:49443/adfs/ ")
    written(tmp_path, {"2026-11-20/WAP01_49443.txt": URLACL, "2026-11-20/WAP01_iplisten.txt": IPLISTEN,
                       "2026-11-23/WAP01_49443.txt": other})  # fmt: skip
    host = EvidenceHost(tmp_path, "WAP01")

    assert [one.url for one in host.url_reservations().values] == ["https://+:49443/adfs/"]
    assert host.ip_listen().values == ()


def test_a_folder_that_is_not_there_comes_and_goes(tmp_path):
    folder = Folder(tmp_path / "later", "WAP01")
    with pytest.raises(UnavailableError, match="folder-missing"):
        folder.shelf()
    written(tmp_path / "later", {"WAP01_49443.txt": URLACL})
    assert held(folder.shelf()) == ["WAP01_49443.txt"]
    shutil.rmtree(tmp_path / "later")
    with pytest.raises(UnavailableError, match="folder-missing"):
        folder.shelf()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_folder_that_may_not_be_read(guarded):
    guarded.chmod(0)
    try:
        with pytest.raises(DeniedError):
            Folder(guarded, "WAP01").shelf()
    finally:
        guarded.chmod(0o700)


def test_too_many_files_are_said_and_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_FILES", 3)
    written(tmp_path, {f"WAP01_{number}.txt": "x" for number in range(4)})

    with pytest.raises(FailedError, match="too-many-files"):
        Folder(tmp_path, "WAP01").shelf()


def test_the_collection_scripts_zip_is_a_folder_too(tmp_path):
    written(tmp_path, {"farmsight-WAP01-20261123T100000Z.zip": zipped(lab("healthy", "script")["WAP01"])})

    assert len(held(Folder(tmp_path, "WAP01").shelf())) > 10
