"""Nothing gets in: the agent on Windows listens nowhere, and no word of a collector runs anything."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from farmsight_wire.v1.telemetry_pb2 import Ack, StreamRequest, StreamResponse
from tests.fakes.collectors import FakeCollector
from tests.fakes.live_collector import Running
from tests.windows.bed.wine_host import PYTHON, WineHost
from tests.windows.member import enrol
from tests.windows.sockets import listening

COMMAND = "powershell -Command calc.exe & cmd /c calc.exe"
POWERSHELL = r"C:\windows\system32\WindowsPowerShell\v1.0\powershell.exe"
PROBES = {"host", "certificate-stores", "http-sys", "listeners", "services", "retrievals", "tls-endpoints", "agent"}
LISTENER = "import socket; s = socket.create_server(('127.0.0.1', 0)); print('up', flush=True); input()"


@contextmanager
def started(host: WineHost, *argv: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = host.spawn(PYTHON, *argv)
    try:
        yield process
    except Exception as error:
        process.kill()
        error.add_note(f"it said: {process.communicate(timeout=20)}")
        raise
    process.kill()
    process.communicate(timeout=20)


def test_the_look_finds_a_program_that_listens(shared_windows: WineHost) -> None:
    before = listening(shared_windows)

    with started(shared_windows, "-c", LISTENER) as program:
        assert program.stdout is not None
        assert program.stdout.readline().strip() == b"up"

        assert len(listening(shared_windows) - before) == 1


def test_a_running_agent_listens_nowhere(windows: WineHost, collector: Running) -> None:
    member = enrol(windows, collector)
    before, told = listening(windows), collector.counts()["reports_applied"]

    with started(windows, "-m", "farmsight_agent.cli", "run"):
        windows.wait_for("reports at the collector", lambda: collector.counts()["reports_applied"] > told + 20, 30)
        windows.wait_for("every probe's first run", lambda: {one.probe for one in member.server().coverage} >= PROBES)
        seen = set[str]()
        for _ in range(20):
            seen |= listening(windows)
            time.sleep(0.1)

        assert seen - before == set()


def _every_frame(heard: StreamRequest) -> list[StreamResponse]:
    """Return one frame of each type, with a command wherever a text fits, and what keeps the agent talking."""
    frames = []
    for field in StreamResponse.DESCRIPTOR.oneofs_by_name["frame"].fields:
        frame = StreamResponse()
        message = getattr(frame, field.name)
        message.SetInParent()
        for inner in field.message_type.fields:
            texts = (
                [COMMAND] if inner.type == inner.TYPE_STRING else [COMMAND.encode()] * (inner.type == inner.TYPE_BYTES)
            )
            for value in texts:
                if inner.is_repeated:
                    getattr(message, inner.name).append(value)
                else:
                    setattr(message, inner.name, value)
        frames.append(frame)
    frames.append(StreamResponse(ack=Ack(durable_up_to=heard.report.sequence)))
    return frames


@pytest.fixture
def hostile() -> Iterator[FakeCollector]:
    collector = FakeCollector()
    yield collector
    collector.stop()


def test_no_frame_of_a_hostile_collector_runs_anything(
    new_windows: Callable[[], WineHost], hostile: FakeCollector
) -> None:
    host = new_windows()
    for program in (POWERSHELL, r"C:\windows\system32\cmd.exe"):
        host.stand_in(program, "0 | 0 | - | - | *\n")
    host.override("cmd.exe")
    telemetry, enrolment = hostile.start()
    with host:
        addresses = ("--collector", f"127.0.0.1:{telemetry}", "--enrolment", f"127.0.0.1:{enrolment}")
        host.agent("enroll", "--token", hostile.token, *addresses)
        hostile.on_frame = _every_frame
        with started(host, "-m", "farmsight_agent.cli", "run") as agent:
            host.wait_for("frames of an agent that hears such answers", lambda: len(hostile.frames) > 10)
            assert agent.poll() is None
            running = " ".join(host.processes().values())

    told = [command for _, command in host.calls()]
    assert "calc" not in running
    assert [command for command in told if "calc" in command] == []
