"""`farmsight-collector serve` as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = (sys.executable, "-m", "farmsight_collector.cli.collector")


def run(*arguments: str, timeout: float = 60, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run one verb to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, **(env or {})},
    )


def initialise(data: Path, *more: str) -> None:
    done = run("init", "--data", str(data), "--name", "localhost", "--farm", "sts.contoso.com", *more)
    assert done.returncode == 0, done.stderr


def token(data: Path, role: str = "wap", *more: str) -> str:
    done = run("token", "create", "--data", str(data), "--role", role, "--json", *more)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["token"])


@dataclass(eq=False)
class Served:
    """A collector process that is ready."""

    process: "subprocess.Popen[str]"
    addresses: dict[str, str]
    ca_pem: bytes
    told: dict[str, str] = field(default_factory=dict)  # all that it says when it is ready

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def served(data: Path, *more: str) -> Iterator[Served]:
    """Serve a data folder on free ports while in the block."""
    ports = [f"--{name}=127.0.0.1:0" for name in ("telemetry", "enrolment", "query", "web")]
    with (data / "serve.log").open("a") as log:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--data", str(data), "--json", *ports, *more],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (data / "serve.log").read_text()
        told = json.loads(line)
        addresses = {name: told[name] for name in ("telemetry", "enrolment", "query", "web") if name in told}
        yield Served(process, addresses, (data / "ca.crt").read_bytes(), told)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
