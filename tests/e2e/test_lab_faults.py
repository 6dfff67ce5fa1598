"""What is killed in the middle loses nothing, and a lab that is ended leaves nothing behind."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import psutil
import pytest

from farmsight_collector.cli.findings_output import document
from farmsight_lab.scenario import load

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]


def command(*words):
    return [sys.executable, "-m", "farmsight_lab", *words]


def lab_processes(folder):
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [" ".join(words) for words in commands if any(str(folder) in word for word in words)]


def integrity(lab):
    with closing(sqlite3.connect(f"file:{lab.layout.collector / 'store.db'}?mode=ro", uri=True)) as store:
        return store.execute("PRAGMA integrity_check").fetchone()[0]


def test_a_collector_killed_while_reports_come_in_loses_nothing(lab):
    lab.plant(load("demo"))
    running = [agent.once(lab.farm, 60) for agent in lab.agents.values()]
    for _ in range(3):
        time.sleep(1.2)
        lab.collector.child.kill()
        lab.collector.start()
        lab.collector.wait()

    assert [child.wait(90) for child in running] == [0, 0, 0, 0]
    assert integrity(lab) == "ok"
    found = {finding["code"] for finding in document(lab.findings())["findings"]}
    assert {one.code for one in load("demo").expected} <= found


def test_an_agent_killed_while_it_reports_says_the_rest_when_it_is_back(lab):
    lab.plant(load("issuing-ca-missing"))
    killed = lab.agents["WAP02"].once(lab.farm, 60)
    time.sleep(2.0)
    killed.kill()

    found = document(lab.once())["findings"]

    assert [(f["code"], f["servers"]) for f in found] == [("store.issuing-ca-missing", ["WAP02"])]


def test_the_demo_prints_findings_as_json_and_says_by_its_exit_code_that_there_are_some(tmp_path):
    done = subprocess.run(
        command("up", "--scenario", "demo", "--once", "--json", "--folder", str(tmp_path / "lab")),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert found["schema"] == "farmsight.findings/1"
    assert {one.code for one in load("demo").expected} <= {finding["code"] for finding in found["findings"]}
    assert lab_processes(tmp_path) == []


def test_ctrl_c_leaves_no_process_and_no_half_written_store(tmp_path):
    folder = tmp_path / "lab"
    running = subprocess.Popen(
        command("up", "--folder", str(folder)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        for line in running.stdout:
            if ": up; " in line:
                break
        assert lab_processes(tmp_path)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
    finally:
        running.kill()
        running.stdout.close()

    assert lab_processes(tmp_path) == []
    with closing(sqlite3.connect(folder / "run/collector/store.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_killed_lab_takes_its_processes_with_it_and_the_next_one_starts(tmp_path):
    folder = tmp_path / "lab"
    running = subprocess.Popen(command("up", "--folder", str(folder)), stderr=subprocess.PIPE, text=True)
    for line in running.stderr:
        if "agents enrolled" in line:
            break
    os.kill(running.pid, signal.SIGKILL)
    running.wait(10)
    running.stderr.close()

    deadline = time.monotonic() + 15
    while lab_processes(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert lab_processes(tmp_path) == []
    done = subprocess.run(
        command("up", "--once", "--folder", str(folder)), capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
