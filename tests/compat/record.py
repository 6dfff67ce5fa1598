"""What the agent and the collector of this tree say to each other, byte by byte, for the tests of later releases.

python -m tests.compat.record

A day in short: every probe once, once more without a change, and after a
change. It is written to tests/contract/golden/VERSION, a frame a line in
base64, when a version is released, and never again afterwards.
"""

import base64
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from farmsight_agent import app, uplink
from farmsight_agent.config import load
from farmsight_wire.v1 import telemetry_pb2_grpc
from tests.compat.installed import serving, this_tree
from tests.compat.pair import change, enrol, prepared

STUB: Final = telemetry_pb2_grpc.TelemetryServiceStub
GOLDEN: Final = Path(__file__).parents[1] / "contract/golden"


class Recorder:
    """Stands between the agent and its stub, and writes down what passes."""

    def __init__(self, channel: Any) -> None:
        """Speak over this channel."""
        self._stub = STUB(channel)

    sent: list[bytes] = []  # noqa: RUF012 - of one run, whichever connection it takes
    heard: list[bytes] = []  # noqa: RUF012 - likewise

    def Stream(self, frames: Iterator[Any]) -> Iterator[Any]:
        """Pass on frames both ways."""
        for answer in self._stub.Stream(self._noted(frames)):
            self.heard.append(answer.SerializeToString())
            yield answer

    def _noted(self, frames: Iterator[Any]) -> Iterator[Any]:
        for frame in frames:
            self.sent.append(frame.SerializeToString())
            yield frame


def main() -> int:
    """Record; 2 when this version was recorded already."""
    here = this_tree()
    folder = GOLDEN / here.version
    if folder.exists():
        sys.stderr.write(f"{folder} is there already: what a release said does not change afterwards\n")
        return 2
    uplink.telemetry_pb2_grpc.TelemetryServiceStub = Recorder  # type: ignore[attr-defined]
    work = Path(tempfile.gettempdir()) / "farmsight-golden"  # told in what was recorded: not by chance
    work.mkdir()
    try:
        data, state, evidence = prepared(work)
        with serving(here, data) as where:
            enrol(here, here, data, state, where, evidence)
            for step in ("first", "unchanged", "changed"):
                if step == "changed":
                    change(evidence)
                Recorder.sent, Recorder.heard = [], []
                code = app.run(load(state / "agent.toml"), once=True, within_s=60)
                if code:
                    return code
                folder.mkdir(parents=True, exist_ok=True)
                _write(folder / f"{step}-agent.txt", Recorder.sent)
                _write(folder / f"{step}-collector.txt", Recorder.heard)
    finally:
        shutil.rmtree(work)
    return 0


def _write(file: Path, frames: list[bytes]) -> None:
    file.write_bytes(b"".join(base64.b64encode(frame) + b"\n" for frame in frames))


if __name__ == "__main__":
    sys.exit(main())
