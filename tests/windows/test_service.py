"""The agent under a service control manager: installed, started, stopped, upgraded in place, removed."""

import itertools
import json
import os

import pytest

from tests.fakes.live_collector import Running
from tests.windows.bed.wine_host import WineHost
from tests.windows.member import STATE, Member, enrol

NAME = "farmsight-agent"
LOG = rf"{STATE}\log\agent.log"
AS_THE_MANAGER_HAS_IT = """
import json, sys, win32service as s
m = s.OpenSCManager(None, None, s.SC_MANAGER_CONNECT)
try:
    h = s.OpenService(m, sys.argv[1], s.SERVICE_QUERY_STATUS | s.SERVICE_QUERY_CONFIG)
except s.error as e:
    print(json.dumps({"error": e.winerror})); sys.exit()
status, config = s.QueryServiceStatusEx(h), s.QueryServiceConfig(h)
print(json.dumps({"state": status["CurrentState"], "pid": status["ProcessId"], "accepts": status["ControlsAccepted"],
                  "start": config[1], "command": config[3], "account": config[7], "display": config[8]}))
"""
RUNNING, STOPPED = 4, 1
NUMBERS = itertools.count(1)  # a collector knows one agent a name
NO_SUCH_SERVICE = 1060


@pytest.fixture
def member(windows: WineHost, collector: Running) -> Member:
    return enrol(windows, collector, name=f"STS{next(NUMBERS):02}")


def service(host: WineHost, action: str, *, config: str = rf"{STATE}\agent.toml", fails: bool = False) -> str:
    done = host.agent("service", action, "--config", config, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == (2 if fails else 0), said
    return said


def managed(host: WineHost) -> dict:
    return json.loads(host.code(AS_THE_MANAGER_HAS_IT, NAME))


def log(member: Member) -> str:
    return member.host.path(LOG).read_text(encoding="utf-8")


def reports(member: Member) -> int:
    return member.collector.counts()["reports_applied"]


def test_a_service_is_installed_started_stopped_and_removed(member: Member) -> None:
    host = member.host
    before = reports(member)

    assert "installed the service farmsight-agent" in service(host, "install")
    made = managed(host)
    assert (made["state"], made["start"], made["display"]) == (STOPPED, 2, "farmsight agent")
    assert made["account"].lower() == "localsystem"
    assert rf"{STATE}\agent.toml" in made["command"]

    service(host, "start")
    assert managed(host)["state"] == RUNNING
    host.wait_for("the first reports", lambda: reports(member) > before, within_s=90)
    assert "started, version" in log(member)

    service(host, "stop")
    stopped = managed(host)
    assert (stopped["state"], stopped["pid"]) == (STOPPED, 0)
    assert log(member).rstrip().endswith("stopped")

    service(host, "remove")
    assert managed(host) == {"error": NO_SUCH_SERVICE}
    assert host.path(rf"{STATE}\identity\agent.key").exists(), "configuration and state stay"
    assert "nothing to remove" in service(host, "remove")


def test_what_this_system_does_not_take_is_said_not_hidden(member: Member) -> None:
    said = service(member.host, "install")
    # Wine's manager takes none of these, Windows' takes all.
    for name in ("restart after an error", "delayed start", "privileges"):
        assert name in said


def test_an_upgrade_in_place_keeps_a_running_service_running(member: Member) -> None:
    host = member.host
    service(host, "install")
    service(host, "start")
    first = managed(host)["pid"]
    other = rf"{STATE}\other.toml"
    host.put(other, host.path(rf"{STATE}\agent.toml").read_bytes())

    said = service(host, "install", config=other)

    assert said.startswith("upgraded the service farmsight-agent; started")
    now = managed(host)
    assert now["state"] == RUNNING
    assert now["pid"] != first
    assert "other.toml" in now["command"]
    service(host, "remove")


def test_a_service_that_can_not_start_says_why(windows: WineHost) -> None:
    windows.put(rf"{STATE}\agent.toml", f'state_dir = {json.dumps(STATE)}\ncollectors = ["127.0.0.1:9"]\n')
    service(windows, "install")

    refused = service(windows, "start", fails=True)

    assert "ended at once" in refused
    assert "farmsight-agent enroll" in windows.path(LOG).read_text(encoding="utf-8")


def test_without_a_service_there_is_nothing_to_start(windows: WineHost) -> None:
    windows.put(rf"{STATE}\agent.toml", 'collectors = ["127.0.0.1:9"]\n')
    refused = service(windows, "start", fails=True)
    assert "install it first" in refused


def test_a_broken_configuration_is_refused_before_anything_is_made(windows: WineHost) -> None:
    windows.put(rf"{STATE}\agent.toml", "collectors = 7\n")
    refused = service(windows, "install", fails=True)
    assert "collectors" in refused
    assert managed(windows) == {"error": NO_SUCH_SERVICE}


def refused_for(host: WineHost, path: str) -> str:
    refused = service(host, "install", fails=True)
    assert path in refused
    assert managed(host) == {"error": NO_SUCH_SERVICE}
    return refused


def test_a_program_that_everybody_may_change_is_not_run_as_system(windows: WineHost) -> None:
    r"""As in a folder directly below C:\, which takes over that authenticated users may change it."""
    windows.put(rf"{STATE}\agent.toml", f"state_dir = {json.dumps(STATE)}\n")
    for folder in (r"C:\farmsight", r"C:\farmsight\Lib\site-packages"):
        path = windows.path(folder)
        path.chmod(0o777)
        assert "Everyone" in refused_for(windows, f"{folder} may be changed by")
        told = json.loads(windows.agent("doctor", "--json", check=False).stdout)
        assert {one["step"]: one["state"] for one in told["steps"]}["program files"] == "failed"
        path.chmod(0o755)

    assert "installed" in service(windows, "install")


@pytest.mark.skipif(os.geteuid() != 0, reason="files of another owner are made by root")
def test_what_somebody_else_put_into_the_folder_before_is_not_taken_over(windows: WineHost) -> None:
    """Every account may make files below ProgramData; who owns one can go on to change it."""
    windows.put(rf"{STATE}\agent.toml", f"state_dir = {json.dumps(STATE)}\n")
    planted = windows.put(rf"{STATE}\log\agent.log", b"")
    for path in (planted, planted.parent):
        os.chown(path, 12345, -1)
        assert "not to SYSTEM or Administrators" in refused_for(windows, path.name)
        os.chown(path, 0, -1)

    assert "installed" in service(windows, "install")


def test_the_process_alone_says_who_starts_it(windows: WineHost) -> None:
    done = windows.python("-m", "farmsight_agent.service.windows.process", "--config", "x", check=False)
    assert done.returncode == 2
    assert "farmsight-agent service start" in done.stderr.decode()


def test_a_killed_service_comes_back_with_its_spool_and_identity(member: Member) -> None:
    host = member.host
    service(host, "install")
    service(host, "start")
    host.wait_for("a report", lambda: reports(member) > 0, within_s=90)
    host.run("taskkill.exe", "/F", "/PID", str(managed(host)["pid"]), check=False)
    host.agent("run", "--once", "--within", "90", timeout=240)  # Wine's manager never notices; Windows restarts it
    assert member.server().agent_version
    assert not list(host.path(STATE).glob("spool.db.damaged*"))


def test_doctor_tells_whether_the_service_runs_and_who_may_read_the_key(member: Member) -> None:
    def steps() -> dict:
        told = json.loads(member.host.agent("doctor", "--json", check=False).stdout)
        return {step["step"]: (step["state"], step["says"]) for step in told["steps"]}

    assert steps()["service"][0] == "skipped"
    service(member.host, "install")
    assert steps()["service"] == ("failed", "installed, and does not run")
    service(member.host, "start")
    now = steps()
    assert now["service"] == ("ok", "runs as a service")
    # Wine keeps no access lists: it makes one of the Unix mode, which is what is read here.
    identity = member.host.path(rf"{STATE}\identity")
    identity.chmod(0o700)
    shut = steps()["private files"]
    identity.chmod(0o755)
    opened = steps()["private files"]
    assert (shut[0], opened[0]) == ("ok", "failed"), (shut, opened)
    assert "Everyone" in opened[1]
    service(member.host, "remove")
