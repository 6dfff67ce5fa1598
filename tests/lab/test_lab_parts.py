"""Orders, addresses, processes and the command line of the lab."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from farmsight_lab import orders
from farmsight_lab.cli import main
from farmsight_lab.faults.fault import FaultError
from farmsight_lab.harness import Lab, LabError
from farmsight_lab.network.loopback import NO_ROUTE, Loopback
from farmsight_lab.processes import Child, ProcessError, end_all
from farmsight_lab.scenario import load


def test_a_fault_can_be_ordered_and_taken_back_by_the_words_of_a_command_line(tmp_path):
    table = orders.table_of("crl-expired", ["WAP02"], ["ca=issuing-2", "hours=3"])

    name = orders.plant(tmp_path, table)

    (fault,) = orders.pending(tmp_path).values()
    assert (fault.servers, fault.values["ca"], fault.values["hours"]) == (("WAP02",), "issuing-2", 3)
    assert orders.lift(tmp_path, "crl-expired") == [name]
    assert orders.pending(tmp_path) == {}


def test_an_order_that_is_no_fault_is_refused(tmp_path):
    with pytest.raises(FaultError):
        orders.plant(tmp_path, {"fault": "gremlins"})


def test_on_loopback_a_missing_route_is_an_address_that_the_kernel_refuses():
    network = Loopback()
    network.up()

    class Server:
        name, role, cdp, no_route, unresolved = "WAP02", "wap", "main", True, frozenset()

    assert network.launch(Server()).connect_to["pki.contoso.test:80"] == NO_ROUTE


def test_ports_of_the_loopback_network_are_none_that_the_system_gives_to_outgoing_connections():
    network = Loopback()
    network.up()
    chosen = [network.listener(name, port).port for name in ("STS01", "WAP02") for port in (80, 443, 49443)]

    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert len(set(chosen)) == 6
    assert all(1024 < port < lowest for port in chosen)


def test_on_loopback_nobody_can_look_from_outside(tmp_path):
    with Lab(tmp_path, network="loopback") as lab, pytest.raises(LabError, match="nobody is outside"):
        lab.look_from_outside()


def test_a_process_that_does_not_listen_to_sigterm_is_killed(tmp_path):
    script = (
        "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    child = Child("deaf", [sys.executable, "-c", script], tmp_path / "log")
    while not child.says("up"):
        time.sleep(0.02)

    end_all([child], grace_s=0.2)

    assert child.code == -signal.SIGKILL


def test_a_process_that_ended_is_told_with_its_last_words(tmp_path):
    child = Child("short", [sys.executable, "-c", "print('no room'); raise SystemExit(3)"], tmp_path / "log")
    child.wait(10)

    with pytest.raises(ProcessError, match=r"short ended with code 3: no room"):
        child.check()


def test_two_labs_do_not_share_a_folder(tmp_path):
    with (
        Lab(tmp_path, network="loopback"),
        pytest.raises(LabError, match=f"process {os.getpid()}"),
        Lab(tmp_path, network="loopback"),
    ):
        pass
    with Lab(tmp_path, network="loopback"):
        pass


def test_scenarios_are_listed_as_text_and_as_json(capsys):
    assert main(["scenario", "list"]) == 0
    assert "healthy" in capsys.readouterr().out

    assert main(["scenario", "list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "farmsight.scenarios/1"


def test_faults_are_listed_with_their_parameters(capsys):
    assert main(["fault", "list"]) == 0

    assert "seconds" in capsys.readouterr().out


def test_an_unknown_scenario_is_a_fault_of_the_input(capsys):
    assert main(["up", "--scenario", "gremlins"]) == 2
    assert "healthy" in capsys.readouterr().err


def test_down_where_nothing_is_up_says_so(tmp_path, capsys):
    assert main(["down", "--folder", str(tmp_path)]) == 0
    assert "no lab is up" in capsys.readouterr().err


def test_the_demo_has_several_independent_faults_across_themes():
    demo = load("demo")

    assert len({one.code.partition(".")[0] for one in demo.expected if one.cause}) >= 4
