"""The composition root: which parts there are, and how they start and stop together."""

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import IO, Final

from farmsight_agent import exit_codes
from farmsight_agent.clock import SystemClock
from farmsight_agent.collector_clock import CollectorClock
from farmsight_agent.config import Config
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.hosts.choose import choose
from farmsight_agent.identity import IdentityError, IdentityStore, Membership
from farmsight_agent.identity_child import RunningIdentity
from farmsight_agent.private_files import private_folder
from farmsight_agent.probe import Tools
from farmsight_agent.probes import PROBES
from farmsight_agent.schedule import Schedule
from farmsight_agent.selfwatch import SelfWatch
from farmsight_agent.service.heart import Heart
from farmsight_agent.spool import Spool
from farmsight_agent.uplink import Uplink

_LOG: Final = logging.getLogger(__name__)
_STOP_WITHIN_S: Final = 5.0
_PROBE_STOPS_WITHIN_S: Final = 1.0  # one under way may take minutes; its child ends with us


class StartError(Exception):
    """The agent can't start; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A running agent's parts."""

    spool: Spool
    schedule: Schedule
    uplink: Uplink


def as_member(config: Config, membership: Membership | None) -> Config:
    """Return the configuration with what the collector said this agent is; names that are set stay."""
    if membership is None:
        return config
    return replace(
        config,
        role=membership.role or config.role,
        server_name=config.server_name or membership.server or None,
        federation_service_name=config.federation_service_name or membership.farm or None,
    )


def assemble(config: Config) -> Agent:
    """Build the agent for a configuration. Raises StartError."""
    clock = SystemClock()
    stored = IdentityStore(config.state_dir)
    try:
        stored.validity()
    except IdentityError as error:
        raise StartError(str(error)) from error
    config = as_member(config, stored.membership())
    spool = Spool(
        config.state_dir / "spool.db",
        limit_bytes=config.spool_limit_bytes,
        blob_limit=config.blob_limit_bytes,
        clock=clock,
    )
    contexts = ContextRunner(spool, blob_limit=config.blob_limit_bytes, clock=clock)
    identity = RunningIdentity(config.state_dir, contexts)
    collector_clock = CollectorClock()
    watch = SelfWatch(spool, started_at=clock.now(), identity_not_after=identity.not_after)
    tools = Tools(
        host=choose(config),
        config=config,
        clock=clock,
        contexts=contexts,
        blobs=spool,
        collector_clock=collector_clock,
        selfwatch=watch,
    )
    schedule = Schedule(PROBES, tools, spool, cadence=config.cadence)
    uplink = Uplink(config, identity, spool, schedule, clock, collector_clock)
    spool.on_change = uplink.notify
    return Agent(spool=spool, schedule=schedule, uplink=uplink)


def run(config: Config, *, once: bool, within_s: float) -> int:
    """Run until a signal ends it, or with `once` until everything seen is durable at the collector.

    Returns an exit code. Raises StartError.
    """
    stopped = Stopped()
    with _running(config) as agent, stopped.on_signals():
        return _once(agent, stopped, within_s) if once else _until_stopped(agent, stopped)


def serve(config: Config, stopped: "Stopped", started: Callable[[], None]) -> int:
    """Run until `stopped` ends, under a service manager that has no signals; `started` is called when it runs.

    Returns an exit code. Raises StartError.
    """
    with _running(config) as agent:
        started()
        return _until_stopped(agent, stopped)


@contextlib.contextmanager
def _running(config: Config) -> Iterator[Agent]:
    with _only_one(config.state_dir):
        _be_modest()
        agent = assemble(config)
        try:
            yield agent
        finally:
            agent.schedule.stop()
            agent.uplink.stop()
            agent.spool.close()


def _until_stopped(agent: Agent, stopped: "Stopped") -> int:
    threads = [
        threading.Thread(target=agent.uplink.run, name="uplink", daemon=True),
        threading.Thread(target=agent.schedule.run, name="schedule", daemon=True),
    ]
    for thread in threads:
        thread.start()
    heart = Heart(threads)
    heart.started()
    stopped.wait(heart.beat)
    heart.ends()
    agent.schedule.stop()
    agent.uplink.stop()
    for thread, seconds in zip(threads, (_STOP_WITHIN_S, _PROBE_STOPS_WITHIN_S), strict=True):
        thread.join(seconds)
    return stopped.exit_code


def _once(agent: Agent, stopped: "Stopped", within_s: float) -> int:
    outcome = [exit_codes.FAULT]

    def work() -> None:
        agent.schedule.run_once()
        if not stopped.is_set() and agent.uplink.deliver(within_s):
            outcome[0] = exit_codes.OK
        stopped.end()

    threading.Thread(target=work, name="once", daemon=True).start()
    stopped.wait()
    if stopped.exit_code:
        return stopped.exit_code
    if outcome[0] != exit_codes.OK:
        trouble = agent.uplink.trouble.text or "the collector did not confirm everything in time"
        sys.stderr.write(f"farmsight-agent: not delivered within {within_s:g} s: {trouble}\n")
        sys.stderr.write("  what was seen stays in the spool; `farmsight-agent doctor` tests each step of the way\n")
    return outcome[0]


class Stopped:
    """Set once: by a signal, a service manager, or the work being done."""

    def __init__(self, event: threading.Event | None = None) -> None:
        """Start as running, until this event is set."""
        self._event = event or threading.Event()
        self.exit_code = exit_codes.OK

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM end the program in order."""
        before = {number: signal.signal(number, self._signalled) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        self.exit_code = exit_codes.INTERRUPTED if number == signal.SIGINT else exit_codes.OK
        if number == signal.SIGTERM:
            _LOG.info("stopping")
        self._event.set()

    def end(self) -> None:
        """Let the program end in order."""
        self._event.set()

    def is_set(self) -> bool:
        """Return whether it is to end."""
        return self._event.is_set()

    def within(self, seconds: float) -> bool:
        """Return whether it is to end: at once when it is, else after so many seconds."""
        return self._event.wait(seconds)

    def wait(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Return when it is to end; `meanwhile` is called every second until then."""
        while not self._event.wait(1.0):  # in steps: a wait without end is deaf to Ctrl-C on Windows
            meanwhile()


@contextlib.contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    """Hold the state directory: two agents on one spool would count twice."""
    try:
        private_folder(state_dir)
        lock = (state_dir / "agent.lock").open("a+b")
    except OSError as error:
        raise StartError(f"{state_dir} can't be written ({error}); run as the account that enrolled") from error
    with lock:
        try:
            _lock(lock)
        except OSError as error:
            raise StartError(f"another agent runs on {state_dir}; stop it, or give another --state-dir") from error
        yield


def runs_on(state_dir: Path) -> bool:
    """Return whether an agent runs on the state directory; raises OSError when that can't be told."""
    path = state_dir / "agent.lock"
    if not path.exists():
        return False
    with path.open("a+b") as file:
        try:
            _lock(file)
        except OSError:
            return True
    return False


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - only there

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - only there

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _be_modest() -> None:
    """Run below normal priority: the server's own work goes first."""
    import psutil  # noqa: PLC0415 - not needed to print help

    with contextlib.suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(max(0, 10 - os.nice(0)))
