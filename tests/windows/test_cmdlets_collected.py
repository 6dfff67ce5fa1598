"""The whole way without a collector: `collect` on a pretend node, its one file analysed on another machine.

PowerShell is stood in for by a program that prints what a node's would.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from farmsight_collector.cli import main as farmsight
from tests.agent.hosts.windows.test_cmdlets import NODE, printed
from tests.windows.bed import prefix
from tests.windows.bed.wine_host import WineHost
from tests.windows.test_powershell_windows import POWERSHELL, answer

_SERVICE: Final = """
import win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_ALL_ACCESS)
w.CreateService(manager, "adfssrv", "AD FS", w.SERVICE_ALL_ACCESS, w.SERVICE_WIN32_OWN_PROCESS,
                w.SERVICE_DEMAND_START, w.SERVICE_ERROR_NORMAL, r"C:\\none.exe", None, 0, None, None, None)
"""
_FILE: Final = r"C:\collected.zip"


@pytest.fixture(scope="module")
def node(wine) -> Iterator[WineHost]:
    host = WineHost(prefix.clone())
    host.stand_in(POWERSHELL, "")
    try:
        with host:
            host.code(_SERVICE)
            yield host
    finally:
        host.remove()


def analysed(node: WineHost, capsys: pytest.CaptureFixture[str], **sections: Any) -> Any:
    """Return the analysis of what was collected while the cmdlets answered so."""
    answer(node, printed(NODE | {name.replace("_", "-"): value for name, value in sections.items()}))
    node.agent("collect", "--role", "adfs", "--name", "STS01", "--output", _FILE, timeout=300)
    capsys.readouterr()
    farmsight.main(["analyze", str(node.path(_FILE)), "--json", "--fail-on", "never"])
    return json.loads(capsys.readouterr().out)


def test_what_the_cmdlets_said_on_windows_decides_what_is_found_elsewhere(
    node: WineHost, capsys: pytest.CaptureFixture[str]
) -> None:
    well = analysed(node, capsys)
    ill = analysed(node, capsys, Get_AdfsRelyingPartyTrust=[])

    (server,) = well["servers"]
    assert (server["name"], server["role"]) == ("STS01", "adfs")
    assert {one["outcome"] for one in server["probes"] if one["probe"] == "adfs"} == {"observed"}
    assert "adfs.office365-trust" not in {one["code"] for one in well["findings"]}
    assert "adfs.office365-trust" in {one["code"] for one in ill["findings"]}


def test_on_a_node_whose_powershell_says_nothing_it_is_unknown_and_nothing_is_found(
    node: WineHost, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(node, b"")
    node.agent("collect", "--role", "adfs", "--name", "STS01", "--output", _FILE, timeout=300)
    capsys.readouterr()
    farmsight.main(["analyze", str(node.path(_FILE)), "--json", "--fail-on", "never"])
    document = json.loads(capsys.readouterr().out)

    (server,) = document["servers"]
    assert {one["outcome"] for one in server["probes"] if one["probe"] == "adfs"} == {"failed"}
    # That the service is stopped the service manager said.
    assert {one["code"] for one in document["findings"] if one["code"].startswith("adfs.")} == {"adfs.service-stopped"}
