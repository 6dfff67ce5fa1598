"""The agent's package under Wine's Windows Installer: from installation to the first report, an upgrade, and removal.

What Windows itself makes of the tables (rollback, access lists, failure
actions) is not seen here; what the agent does in each step is.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import msi, serving
from tests.windows.bed.wine_host import WineHost
from tests.windows.member import STATE

pytestmark = pytest.mark.timeout(1200)  # the first one builds two packages; Wine may share its processors with others
PROGRAM = r"C:\Program Files\farmsight-agent"
COMMAND = r"C:\packages\agent.cmd"
DONE, FAILED = 0, 1603
WITHIN_S = 400.0
REGISTERED = """
import json, sys, winreg
found = {}
for path in sys.argv[1:]:
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            values = [winreg.EnumValue(key, n) for n in range(winreg.QueryInfoKey(key)[1])]
            found[path] = {name: value for name, value, _ in values}
    except FileNotFoundError:
        found[path] = None
print(json.dumps(found))
"""
INSTALLED_PROGRAMS = """
import winreg
with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall") as top:
    for number in range(winreg.QueryInfoKey(top)[0]):
        with winreg.OpenKey(top, winreg.EnumKey(top, number)) as key:
            values = dict(winreg.EnumValue(key, n)[:2] for n in range(winreg.QueryInfoKey(key)[1]))
        if values.get("DisplayName") == "farmsight agent":
            print(values["DisplayVersion"], values.get("Publisher"))
"""
ABOUT = r"SOFTWARE\farmsight\agent"
EVENTS = r"SYSTEM\CurrentControlSet\Services\EventLog\Application\farmsight-agent"
SERVICE = r"SYSTEM\CurrentControlSet\Services\farmsight-agent"
ENVIRONMENT = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"


class Server:
    """A pretend server and its collector, as an operator sees them."""

    def __init__(self, host: WineHost, data: Path, address: str) -> None:
        self.host, self.data, self.address = host, data, address
        for version in (msi.NOW, msi.LATER):
            host.put_file(rf"C:\packages\{version}.msi", msi.built(version))
        # Wine quotes what cmd.exe is handed otherwise than cmd.exe reads it.
        host.put(COMMAND, f'@call "{PROGRAM}\\bin\\farmsight-agent.cmd" %*\r\n')

    def msiexec(self, *arguments: str) -> int:
        return self.host.exit_code("msiexec.exe", *arguments, "/qn", "/norestart", timeout=WITHIN_S)

    def install(self, version: str, *told: str) -> int:
        return self.msiexec("/i", rf"C:\packages\{version}.msi", *told)

    def remove(self, version: str, *told: str) -> int:
        return self.msiexec("/x", rf"C:\packages\{version}.msi", *told)

    def registered(self) -> dict:
        return json.loads(self.host.code(REGISTERED, ABOUT, EVENTS, SERVICE, ENVIRONMENT))

    def log(self) -> str:
        file = self.host.path(rf"{STATE}\log\agent.log")
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def started(self, version: str) -> bool:
        return f"started, version {version}" in self.log()

    def doctor(self) -> dict[str, dict]:
        told = self.agent("doctor", "--json").stdout
        return {step["step"]: step for step in json.loads(told)["steps"]}

    def agent(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Run a verb by the command that was installed."""
        return self.host.run("cmd.exe", "/c", COMMAND, *arguments, timeout=WITHIN_S, check=False)

    def agents(self) -> list[dict]:
        done = serving.run("agent", "list", "--data", str(self.data), "--json")
        return json.loads(done.stdout)["agents"]

    def reported(self) -> set[str]:
        """Return the probes that the collector has heard of."""
        command = [Path(sys.executable).with_name("farmsight"), "status", "--probes", "--json", "--data", self.data]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        servers = [server for farm in json.loads(done.stdout)["farms"] for server in farm["servers"]]
        return {run["probe"] for server in servers for run in server["probes"]}

    def left(self) -> list[str]:
        """Return what of the agent there still is."""
        registered = self.registered()
        found = [key for key in (ABOUT, EVENTS, SERVICE) if registered[key] is not None]
        found += ["PATH"] if "farmsight" in str(registered[ENVIRONMENT]) else []
        folders = [folder for folder in (PROGRAM, STATE) if self.host.path(folder).exists()]
        files = [file.name for file in self.host.path(PROGRAM).rglob("*") if file.is_file()]
        return [*found, *folders, *files]


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Return a collector as a process of its own, for its own command line: data folder and address."""
    data = tmp_path_factory.mktemp("collector") / "data"
    serving.initialise(data)
    with serving.served(data) as served:
        yield data, served.addresses["telemetry"]


@pytest.fixture
def server(windows: WineHost, collector: tuple[Path, str]) -> Server:
    if reason := msi.missing():
        pytest.skip(f"the Windows package: {reason}")
    return Server(windows, *collector)


def test_a_package_is_installed_reports_is_upgraded_and_leaves_nothing(server: Server) -> None:
    host, token = server.host, serving.token(server.data, "adfs")
    told = (f"COLLECTOR={server.address}", f"TOKEN={token}", "ROLE=adfs", "NAME=STS01")

    assert server.install(msi.NOW, told[0]) == FAILED, "nobody knows this server, and there is no token"
    assert server.left() == []

    assert server.install(msi.NOW, *told) == DONE
    registered = server.registered()
    assert registered[ABOUT]["Version"] == msi.NOW
    assert registered[ABOUT]["StateFolder"].rstrip("\\") == STATE
    assert registered[EVENTS]["EventMessageFile"].endswith("EventCreate.exe")
    assert registered[SERVICE]["ImagePath"].startswith(rf'"{PROGRAM}\runtime\python.exe" -I -m ')
    assert rf"{PROGRAM}\bin" in registered[ENVIRONMENT]["PATH"]
    assert host.code(INSTALLED_PROGRAMS).split() == [msi.NOW, "farmsight"]

    host.wait_for("the first start", lambda: server.started(msi.NOW), within_s=WITHIN_S)
    host.wait_for("the first report", lambda: {"host", "agent"} <= server.reported(), within_s=WITHIN_S)
    assert [(one["server"], one["role"]) for one in server.agents()] == [("STS01", "adfs")]
    assert not host.path(rf"{STATE}\enrolment.pending").exists(), "a token that was used is not kept"
    steps = server.doctor()
    assert "enrolment" not in steps
    assert (steps["identity"]["state"], steps["service"]["state"]) == ("ok", "ok")

    key = host.path(rf"{STATE}\identity\agent.key").read_bytes()
    config = host.path(rf"{STATE}\agent.toml").read_bytes()
    spool = host.path(rf"{STATE}\spool.db").stat().st_ino
    assert server.install(msi.LATER) == DONE, "an upgrade needs to be told nothing"
    host.wait_for("the upgraded agent", lambda: server.started(msi.LATER), within_s=WITHIN_S)
    assert host.path(rf"{STATE}\identity\agent.key").read_bytes() == key
    assert host.path(rf"{STATE}\agent.toml").read_bytes() == config
    assert host.path(rf"{STATE}\spool.db").stat().st_ino == spool
    assert host.code(INSTALLED_PROGRAMS).split() == [msi.LATER, "farmsight"]

    assert server.install(msi.NOW) == FAILED, "an older one does not replace it"
    assert server.registered()[ABOUT]["Version"] == msi.LATER

    assert server.remove(msi.LATER) == DONE
    assert server.left() == [STATE], "a later installation goes on as the same agent"
    assert server.install(msi.NOW) == DONE, "with its identity it needs no token"
    assert server.remove(msi.NOW, "PURGE=1") == DONE
    assert server.left() == []


def test_a_token_that_is_refused_ends_no_installation_and_is_told(server: Server) -> None:
    host, refused = server.host, serving.token(server.data, "wap")
    listed = json.loads(serving.run("token", "list", "--data", str(server.data), "--json").stdout)["tokens"]
    unused = [one["id"] for one in listed if one["state"] == "open"]
    for one in unused:
        assert serving.run("token", "revoke", one, "--data", str(server.data)).returncode == 0
    assert unused

    assert server.install(msi.NOW, f"COLLECTOR={server.address}", f"TOKEN={refused}", "NAME=WAP01") == DONE

    host.wait_for("the refusal", lambda: "not enrolled yet" in server.log(), within_s=WITHIN_S)
    step = server.doctor()["enrolment"]
    assert step["state"] == "failed"
    assert "did not enroll this agent" in step["says"]
    assert "farmsight-agent enroll" in step["remedy"]
    assert refused not in server.log()
    assert refused not in json.dumps(step)

    good = serving.token(server.data, "wap")
    by_hand = server.agent("enroll", "--token", good, "--collector", server.address, "--name", "WAP01")
    assert by_hand.returncode == 0, by_hand.stderr
    host.wait_for("the service to go on by itself", lambda: server.started(msi.NOW), within_s=WITHIN_S)
    assert "enrolment" not in server.doctor()


def test_a_server_that_was_never_enrolled_is_left_as_it_was(server: Server) -> None:
    nobody = "127.0.0.1:9"
    token = serving.token(server.data, "wap")

    assert server.install(msi.NOW, f"COLLECTOR={nobody}", f"TOKEN={token}") == DONE
    server.host.wait_for("the first attempt", lambda: "not enrolled yet" in server.log(), within_s=WITHIN_S)
    assert server.remove(msi.NOW) == DONE

    assert server.left() == [], "nothing was learned that a later installation could go on with"
