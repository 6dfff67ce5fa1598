"""What runs the collectors in containers, as far as it can be tried without an engine for them."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.replicas import STOPPED, RealAgent, free_port, until, watching
from tests.fakes.serving import token
from tests.fakes.stores import postgres_socket, postgres_url

__all__ = ["postgres_socket", "postgres_url"]

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = DEPLOY / "compose"
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((COMPOSE / "compose.yml").read_text())
    return read


def test_no_password_stands_in_the_file_and_secrets_come_as_files(compose: dict[str, Any]) -> None:
    text = (COMPOSE / "compose.yml").read_text()
    assert not re.search(r"PASSWORD:|password=|://[^\s/]*:[^\s/@]*@", text)
    assert all(set(one) == {"file"} for one in compose["secrets"].values())
    named = {name for service in compose["services"].values() for name in service.get("secrets", ())}
    assert named == set(compose["secrets"])


def test_every_service_restarts_and_those_that_keep_something_tell_of_their_health(compose: dict[str, Any]) -> None:
    services = {name: one for name, one in compose["services"].items() if "profiles" not in one}
    assert all(one["restart"] == "unless-stopped" for one in services.values())
    assert {name for name, one in services.items() if "healthcheck" in one} == {
        "database",
        "collector-1",
        "collector-2",
    }
    for name in ("collector-1", "collector-2"):
        assert services[name]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_collectors_run_as_nobody_on_a_file_system_that_can_not_be_written(compose: dict[str, Any]) -> None:
    for name in ("collector-1", "collector-2"):
        one = compose["services"][name]
        assert one["user"] == "65532:65532"
        assert one["read_only"]
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert one["environment"]["FARMSIGHT_REPLICA"] == name


def test_only_the_agents_port_is_open_to_other_machines(compose: dict[str, Any]) -> None:
    published = {port for one in compose["services"].values() for port in one.get("ports", ())}
    assert published == {"7443:7443", "127.0.0.1:7445:7445", "127.0.0.1:7446:7446"}
    assert compose["networks"]["inside"] == {"internal": True}
    assert compose["services"]["database"]["networks"] == ["inside"]


def with_farmsight(tmp_path: Path, serve: str = "") -> dict[str, str]:
    """Return an environment in which `farmsight-collector` is this checkout's; `serve` stands in for that verb."""
    programs = tmp_path / "programs"
    programs.mkdir()
    stub = programs / "farmsight-collector"
    real = f'exec {sys.executable} -m farmsight_collector.cli.collector "$@"'
    stub.write_text(f'#!/bin/sh\n[ "$1" = serve ] && {{ {serve or ":"}; exit 0; }}\n{real}\n')
    stub.chmod(0o755)
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": paths}


def test_secrets_are_made_once_and_a_replica_starts_from_them(tmp_path: Path, postgres_url: str) -> None:
    folder = tmp_path / "compose"
    folder.mkdir()
    shutil.copy(COMPOSE / "make-secrets.sh", folder)
    env = with_farmsight(tmp_path, serve='echo "serving $3"')
    run = ["sh", str(folder / "make-secrets.sh"), "collector.contoso.com"]
    assert subprocess.run(run, env=env, capture_output=True, check=True, timeout=60)
    secrets = folder / "secrets"
    password = (secrets / "postgres-password").read_text()
    assert re.fullmatch("[0-9a-f]{64}", password)
    assert (secrets / "database-url").read_text().strip().endswith(f"farmsight:{password}@database/farmsight")
    assert oct(secrets.stat().st_mode & 0o777) == "0o700"

    again = subprocess.run(run, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert again.returncode == 2
    assert "not made anew" in again.stderr

    (secrets / "database-url").chmod(0o644)
    (secrets / "database-url").write_text(postgres_url)
    data = tmp_path / "data"
    settings = tmp_path / "settings.toml"
    settings.write_text("[retention]\nfacts_days = 500\n")
    env |= {"FARMSIGHT_SECRETS": str(secrets), "FARMSIGHT_DATA": str(data), "FARMSIGHT_REPLICA": "one"}
    env |= {"FARMSIGHT_NAMES": "collector.contoso.com 10.0.0.1", "FARMSIGHT_FARMS": "sts.contoso.com"}
    env |= {"FARMSIGHT_SETTINGS": str(settings)}
    for _ in range(2):  # a second start finds the folder of the first
        start = ["sh", str(DEPLOY / "container" / "collector.sh")]
        done = subprocess.run(start, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == f"serving {data}"
    written = (data / "collector.toml").read_text()
    assert 'names = ["collector.contoso.com", "10.0.0.1"]' in written
    assert 'name = "one"' in written
    assert "facts_days = 500" in written
    assert (data / "ca.key").read_bytes() == (secrets / "ca.key").read_bytes()


def answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return True


@contextmanager
def balanced(tmp_path: Path, ups: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Run the shipped balancer in front of these collectors; yields its addresses."""
    # As many connections as are shipped need more open files than a test's account may have.
    text = (COMPOSE / "haproxy.cfg").read_text().replace("maxconn 20000", "maxconn 200")
    addresses = {}
    for name, port in (("telemetry", 7443), ("query", 7445), ("web", 7446)):
        mine = free_port()
        addresses[name] = f"127.0.0.1:{mine}"
        text = text.replace(f"bind :{port}\n", f"bind 127.0.0.1:{mine}\n")
        for number, up in enumerate(ups, 1):
            there = up[name] if name != "web" else "127.0.0.1:9"  # the page is not served here
            text = re.sub(rf"collector-{number}:{port} .*", there, text)
    config = tmp_path / "haproxy.cfg"
    config.write_text(text)
    process = subprocess.Popen([str(HAPROXY), "-db", "-f", str(config)], stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: answers(addresses["telemetry"]))
        yield addresses
    finally:
        process.terminate()
        process.wait(10)
        if process.stderr is not None:
            process.stderr.close()


@pytest.mark.e2e
@pytest.mark.timeout(180)
def test_agents_and_people_behind_the_shipped_balancer_outlive_a_replica(tmp_path: Path, postgres_url: str) -> None:
    if HAPROXY is None:
        pytest.skip("the balancer was not tried: no haproxy")
    from tests.faults.test_replicas import two_replicas

    with two_replicas(tmp_path, postgres_url) as bed:
        ups = [bed.up["first"].addresses, bed.up["second"].addresses]
        with balanced(tmp_path, ups) as front:
            agent = RealAgent(tmp_path / "STS07", "STS07", token(bed.data["first"], "adfs"), [front])
            try:
                agent.says(STOPPED, "before")
                until(agent.settled)
                killed = bed.holder()
                bed.up[killed].kill()
                took = 0.0
                survivor = bed.other(killed)
                with watching(bed.data[survivor], bed.query(survivor)) as watcher:
                    agent.says(STOPPED, "after")
                    took = until(agent.settled, 60)
                    until(lambda: bed.holder() == survivor)
                    assert watcher.synced.is_set()
                with watching(bed.data[survivor], front["query"]) as through_front:
                    assert through_front.synced.is_set()
            finally:
                agent.stop()
        print(f"\nbehind the balancer: the agent's next report was durable {took:.1f} s after the kill")
        assert bed.runs()["STS07"] == agent.recorded
