"""The verbs as they are typed: real processes against a real collector."""

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from farmsight_agent import cli
from farmsight_agent.service.systemd import SystemdManager, unit_text
from tests.fakes.collectors import collector_with_agent

AGENT = [sys.executable, "-m", "farmsight_agent.cli"]


def agent(*arguments, **options):
    return subprocess.run(
        [*AGENT, *map(str, arguments)], capture_output=True, text=True, timeout=90, check=False, **options
    )


def test_help_teaches_the_first_steps(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "farmsight-agent enroll --token" in told
    assert "_child" not in told
    assert "exit codes" in told


def test_the_command_line_loads_nothing_heavy():
    heavy = ("grpc", "cryptography", "sqlalchemy", "rich", "psutil")
    script = f"import sys, farmsight_agent.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_running_agent_loads_no_library_that_only_children_need():
    """Its memory is bounded: what reads certificates and TLS in full belongs to children that end."""
    heavy = ("cryptography", "OpenSSL", "http.client", "email", "importlib.metadata", "xml", "multiprocessing")
    script = f"import sys, farmsight_agent.app; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_running_without_enrolment_says_what_to_do(tmp_path, capsys):
    done = agent("run", "--state-dir", tmp_path)
    assert done.returncode == 2
    assert "agent.toml" in done.stderr
    assert "Traceback" not in done.stderr
    (tmp_path / "agent.toml").write_text(f'state_dir = "{tmp_path}"\ncollectors = ["127.0.0.1:1"]\n')
    assert cli.main(["run", "--state-dir", str(tmp_path)]) == 2
    assert "enroll" in capsys.readouterr().err


def test_once_delivers_everything_and_a_second_time_only_what_changed(tmp_path):
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    with collector_with_agent(tmp_path) as (collector, *_):
        with (tmp_path / "agent.toml").open("a") as file:
            file.write('host = "evidence"\nevidence_dir = "evidence"\n')
        done = agent("run", "--config", tmp_path / "agent.toml", "--once", "--within", 30)
        assert done.returncode == 0, done.stderr
        first = collector.reports()
        assert {r.probe for r in first} >= {"host", "certificate-stores", "http-sys", "agent"}
        collector.frames.clear()

        done = agent("run", "--config", tmp_path / "agent.toml", "--once", "--within", 30)
        assert done.returncode == 0, done.stderr
        assert {r.probe for r in collector.reports()} == {"agent"}
        ran = {run.probe for frame in collector.frames for run in frame.check_in.ran}
        assert ran == {r.probe for r in first} - {"agent"}

        done = agent("doctor", "--config", tmp_path / "agent.toml", "--json")
        steps = json.loads(done.stdout)["steps"]
        assert done.returncode == 0, steps
        assert {step["step"] for step in steps if step["state"] != "ok"} == {"contexts", "service"}


def test_a_proxy_of_the_environment_is_not_the_way_to_the_collector(tmp_path):
    """A service account with a web proxy for its fetches still reaches a collector that is next door."""
    nobody = dict.fromkeys(("http_proxy", "https_proxy", "grpc_proxy"), "http://127.0.0.1:9")
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    with collector_with_agent(tmp_path):
        with (tmp_path / "agent.toml").open("a") as file:
            file.write('host = "evidence"\nevidence_dir = "evidence"\n')
        done = agent("run", "--config", tmp_path / "agent.toml", "--once", "--within", 30, env={**os.environ, **nobody})

    assert done.returncode == 0, done.stderr


def test_once_without_a_collector_ends_with_2_and_names_the_cause(tmp_path):
    with collector_with_agent(tmp_path) as (collector, *_):
        collector.stop()
        done = agent("run", "--config", tmp_path / "agent.toml", "--once", "--within", 1)
        assert done.returncode == 2
        assert "not delivered" in done.stderr
        assert "doctor" in done.stderr
        assert "Traceback" not in done.stderr

        done = agent("doctor", "--config", tmp_path / "agent.toml", "--json")
        states = {step["step"].partition(" (")[0]: step["state"] for step in json.loads(done.stdout)["steps"]}
        assert done.returncode == 1
        assert (states["name resolves"], states["TCP"], states["TLS with the pinned CA"]) == ("ok", "failed", "skipped")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_the_agent_in_order(tmp_path, number, code):
    with collector_with_agent(tmp_path) as (collector, *_):
        process = subprocess.Popen([*AGENT, "run", "--config", tmp_path / "agent.toml"], stderr=subprocess.PIPE)
        collector.wait_for(lambda: bool(collector.hellos))
        again = agent("run", "--config", tmp_path / "agent.toml")
        assert (again.returncode, "another agent" in again.stderr) == (2, True)
        time.sleep(0.2)
        process.send_signal(number)
        _, told = process.communicate(timeout=20)
        assert process.returncode == code
        assert b"Traceback" not in told
        assert b"epoll" not in told, "gRPC must not be taken apart under its own threads"


def test_doctor_leaves_the_stream_of_a_running_agent_alone(tmp_path):
    """A collector keeps one stream an agent: a hello of doctor's would end the agent's."""
    with collector_with_agent(tmp_path) as (collector, *_):
        process = subprocess.Popen([*AGENT, "run", "--config", tmp_path / "agent.toml"], stderr=subprocess.DEVNULL)
        try:
            noted = tmp_path / "uplink.json"
            ends = time.monotonic() + 60
            while not (noted.exists() and json.loads(noted.read_text())["connected"]) and time.monotonic() < ends:
                time.sleep(0.02)
            done = agent("doctor", "--config", tmp_path / "agent.toml", "--json")
        finally:
            process.terminate()
            process.wait(20)

        assert len(collector.hellos) == 1
        assert done.returncode == 0, done.stdout
        steps = {step["step"].partition(" (")[0]: step for step in json.loads(done.stdout)["steps"]}
        assert steps["certificate accepted"]["state"] == "ok"
        assert steps["hello answered over mTLS"]["state"] == "ok"
        assert "held by the running agent since" in steps["hello answered over mTLS"]["says"]
        assert steps["clock"]["state"] == "ok"


def test_collect_writes_one_file_that_is_the_same_each_time_but_for_times(tmp_path):
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    host = {"Computer": "WAP01", "Services": [{"Name": "adfssrv", "State": "Running", "StartMode": "Auto"}]}
    (evidence / "WAP01_host.json").write_text(json.dumps(host))
    (evidence / "WAP01_store_root.pem").write_bytes(_certificate())
    documents = []
    for _ in range(2):
        done = agent("collect", "--evidence", evidence, "--role", "wap", "--name", "WAP01", "--json")
        assert done.returncode == 0, done.stderr
        documents.append(json.loads(done.stdout))

    one = documents[0]
    assert (one["schema"], one["server"], one["role"]) == ("farmsight.facts/1", "WAP01", "wap")
    assert {"service", "store-certificate", "agent"} <= {fact["kind"] for fact in one["facts"]}
    assert all(
        {"probe", "part", "context", "outcome", "reason", "source", "duration_ms"} <= p.keys() for p in one["probes"]
    )
    for digest, text in one["blobs"].items():
        assert hashlib.sha256(base64.b64decode(text)).hexdigest() == digest
    assert one["blobs"]
    for document in documents:
        document["collected_at"] = ""
        for row in [*document["facts"], *document["probes"]]:
            row.pop("observed_at", None)
            row.pop("duration_ms", None)
        document["samples"] = []
    assert documents[0] == documents[1]


def _certificate() -> bytes:
    from tests.fakes.collectors import FakeCa

    return FakeCa("Contoso Root CA").pem


def test_collect_of_a_folder_that_is_not_there_is_an_error_of_input(tmp_path, capsys):
    assert cli.main(["collect", "--evidence", str(tmp_path / "none")]) == 2
    assert "not a folder" in capsys.readouterr().err


def test_a_context_of_no_known_name_is_refused(capsys):
    assert cli.main(["collect", "--context", "king=root"]) == 2
    assert "adfs-service" in capsys.readouterr().err


def test_the_unit_in_the_repository_is_the_one_that_install_writes():
    from pathlib import Path

    shipped = Path(__file__).parents[2] / "deploy/linux/farmsight-agent.service"
    text = unit_text(
        "/usr/bin/farmsight-agent", Path("/var/lib/farmsight-agent/agent.toml"), Path("/var/lib/farmsight-agent")
    )
    assert shipped.read_text() == text


def test_the_service_is_installed_started_and_removed_through_systemctl(tmp_path):
    log = tmp_path / "log"
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
    systemctl.chmod(0o755)
    (tmp_path / "agent.toml").write_text('state_dir = "state"\n')
    manager = SystemdManager(tmp_path, str(systemctl))

    manager.install(tmp_path / "agent.toml")
    assert f"--config {tmp_path}/agent.toml" in (tmp_path / "farmsight-agent.service").read_text()
    manager.start()
    manager.stop()
    manager.remove()

    assert not (tmp_path / "farmsight-agent.service").exists()
    assert log.read_text().split("\n")[:3] == [
        "daemon-reload",
        "enable farmsight-agent.service",
        "start farmsight-agent.service",
    ]


def test_the_unit_of_a_package_is_only_switched_on_and_off(tmp_path):
    log, packaged = tmp_path / "log", tmp_path / "packaged"
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
    systemctl.chmod(0o755)
    (tmp_path / "agent.toml").write_text('state_dir = "state"\n')
    packaged.mkdir()
    (packaged / "farmsight-agent.service").write_text("the package's")
    manager = SystemdManager(tmp_path, str(systemctl), packaged)

    assert "the package's" in manager.install(tmp_path / "agent.toml")
    assert "apt remove" in manager.remove()

    assert not (tmp_path / "farmsight-agent.service").exists()
    assert log.read_text().splitlines() == ["enable farmsight-agent.service", "disable --now farmsight-agent.service"]


def test_doctor_names_who_else_may_read_the_key(tmp_path):
    with collector_with_agent(tmp_path):
        (tmp_path / "identity").chmod(0o755)
        done = agent("doctor", "--json", "--state-dir", tmp_path)
    step = next(one for one in json.loads(done.stdout)["steps"] if one["step"] == "private files")
    assert done.returncode == 1
    assert step["state"] == "failed"
    assert "its group, every account" in step["says"]
