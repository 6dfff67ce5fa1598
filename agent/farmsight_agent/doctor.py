"""`doctor`: every step of reaching the collector, by name, with what to do where one fails."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from farmsight_agent import pending_enrolment, service, uplink_state
from farmsight_agent.app import as_member, runs_on
from farmsight_agent.clock import Clock, SystemClock
from farmsight_agent.config import Config, ConfigError, load
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.hosts.choose import choose
from farmsight_agent.identity import IdentityError, IdentityStore
from farmsight_agent.outcome import NotObservedError
from farmsight_agent.private_files import anybody_may_change, program_folders, strangers, write_private
from farmsight_agent.reach.hop import FAILED, OK, SKIPPED, HopError, SkippedError, Step
from farmsight_agent.reach.proxy import Proxy
from farmsight_agent.reach.way import Test, Way
from farmsight_agent.service.manager import NOT_INSTALLED, STOPPED
from farmsight_agent.uplink_state import UplinkState
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

NOT_KNOWN: Final = "not known"
_CONTEXT_REMEDY: Final = {
    "windows": "run the agent as a service: LocalSystem may act as the accounts of other services",
    "linux": "correct [contexts] in {path}, or run the agent as root",
}


class _StepError(Exception):
    def __init__(self, says: str, remedy: str) -> None:
        super().__init__(says)
        self.says = says
        self.remedy = remedy


class Doctor:
    """Runs the steps in order; a step that stands on a failed one is skipped."""

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        """Examine the agent of this configuration file."""
        self._path = path
        self._clock = clock or SystemClock()
        self._config = Config()
        self._identity = IdentityStore(self._config.state_dir)
        self._agent_runs = False

    def examine(self) -> Iterator[Step]:
        """Yield every step as it is done."""
        failed: set[str] = set()
        yield from _walked(self._tests(), failed)
        if "configuration" not in failed:
            yield from self._contexts()

    def _tests(self) -> Iterator[Test]:
        for name, needs, run in self._own():
            yield Test(name=name, needs=needs, run=run)
        held = uplink_state.read(self._config.state_dir) or UplinkState() if self._agent_runs else None
        for address in self._config.collectors:
            yield from Way(
                address, self._config.uplink.proxy, self._identity, self._clock, self._platform, held
            ).tests()

    def _platform(self) -> str:
        return choose(self._config).platform

    def _own(self) -> Iterator[tuple[str, tuple[str, ...], Callable[[], str]]]:
        if (self._path.parent / pending_enrolment.FILE).exists():
            yield "enrolment", (), self._enrolment
        yield "configuration", (), self._configuration
        yield "state folder", ("configuration",), self._state_folder
        yield "service", ("configuration",), self._service
        yield "identity", ("configuration",), self._identity_valid
        yield "private files", ("identity",), self._files_private
        yield "program files", (), _program_safe
        yield "spool", ("state folder",), self._spool

    def _enrolment(self) -> str:
        pending = pending_enrolment.load(self._path.parent)
        if pending is None:
            return "done just now"
        remedy = (
            "see that the collector is reached from here, and by `farmsight-collector token list` whether the token"
            " still stands; with another, `farmsight-agent enroll`, and the service goes on by itself"
        )
        raise _StepError(pending_enrolment.describe(pending), remedy)

    def _configuration(self) -> str:
        try:
            self._config = load(self._path)
        except ConfigError as error:
            raise _StepError(str(error), f"correct {self._path}, or make one with `farmsight-agent enroll`") from error
        self._identity = IdentityStore(self._config.state_dir)
        self._config = as_member(self._config, self._identity.membership())
        if not self._config.collectors:
            raise _StepError("no collector is configured", f"set `collectors` in {self._path}")
        return f"{self._path}: role {self._config.role}, collectors {', '.join(self._config.collectors)}"

    def _state_folder(self) -> str:
        test = self._config.state_dir / "doctor.tmp"
        try:
            write_private(test, b"x" * 65536)
            test.unlink()
        except OSError as error:
            remedy = f"make {self._config.state_dir} writable for this account, and see that its disk has room"
            raise _StepError(f"{self._config.state_dir}: {error}", remedy) from error
        self._agent_runs = runs_on(self._config.state_dir)
        state = "an agent runs on it" if self._agent_runs else "no agent runs on it"
        return f"{self._config.state_dir} can be written; {state}"

    def _files_private(self) -> str:
        folder = self._identity.folder
        try:
            found = strangers(folder)
        except OSError as error:
            raise _StepError(f"{folder}: {error}", "run this as an administrator, or as root") from error
        if found:
            remedy = f"take their rights away, remove {folder} and enroll again: the key may be known"
            raise _StepError(f"{folder} holds the agent's key, and is open to {', '.join(found)}", remedy)
        return f"{folder} is open to those alone whom it is for"

    def _service(self) -> str:
        try:
            state = service.manager().state()
        except service.ServiceError as error:
            raise SkippedError(f"not told: {error}") from error
        if state == NOT_INSTALLED:
            raise SkippedError("not installed as a service; `farmsight-agent service install` makes it one")
        if state == STOPPED:
            raise _StepError("installed, and does not run", "start it: `farmsight-agent service start`")
        return "runs as a service"

    def _identity_valid(self) -> str:
        try:
            certificate = self._identity.certificate()
            self._identity.tls()
            key_matches = self._identity.key().public_key() == certificate.public_key()
        except IdentityError as error:
            raise _StepError(str(error), "run `farmsight-agent enroll` with a token of the collector") from error
        if not key_matches:
            raise _StepError("key and certificate don't belong together", "enroll again with a new token")
        now, ends = self._clock.now(), certificate.not_valid_after_utc
        if now > ends:
            remedy = "if this clock is right, start the agent and approve it: `farmsight-collector agent approve`"
            raise _StepError(f"the certificate ended {ends:%Y-%m-%d %H:%M} UTC", remedy)
        if now < certificate.not_valid_before_utc:
            begins = certificate.not_valid_before_utc
            raise _StepError(f"the certificate begins {begins:%Y-%m-%d %H:%M} UTC", "set this server's clock")
        hours = (ends - now).total_seconds() / 3600
        return f"certificate ends {ends:%Y-%m-%d %H:%M} UTC, in {hours / 24:.1f} days; renewed at half its life"

    def _spool(self) -> str:
        path = self._config.state_dir / "spool.db"
        if not path.exists():
            return "no spool yet; the first run makes it"
        try:
            database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)
            try:
                broken = database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"
                count = database.execute("SELECT count(*) FROM pending").fetchone()[0]
            finally:
                database.close()
        except sqlite3.Error as error:
            raise _StepError(f"{path}: {error}", "start the agent: it moves a damaged spool aside") from error
        if broken:
            raise _StepError(f"{path} is damaged", "start the agent: it moves a damaged spool aside")
        return f"{path}: {count} reports wait to be sent, {path.stat().st_size // 1024} KiB"

    def _contexts(self) -> Iterator[Step]:
        runner = ContextRunner(_NoBlobs(), blob_limit=0, clock=self._clock)
        host = choose(self._config)
        if host.platform == "evidence":
            yield Step(step="contexts", state=SKIPPED, says="the evidence folder's accounts are not on this server")
            return
        try:
            accounts = host.accounts()
        except NotObservedError as error:
            remedy = "run this as root; on Windows, as administrator"
            yield Step(step="contexts", state=FAILED, says=f"the accounts can't be told: {error}", remedy=remedy)
            return
        for account in accounts:
            name = f"context {CONTEXT_NAMES.get(account.context) or 'unnamed'}"
            state = runner.availability(account)
            if state.available:
                yield Step(step=name, state=OK, says=f"a child runs as {account.name}")
            else:
                remedy = _CONTEXT_REMEDY.get(host.platform, "run the agent as root").format(path=self._path)
                yield Step(step=name, state=FAILED, says=state.reason, remedy=remedy)


class _NoBlobs:
    def keep(self, data: bytes | memoryview) -> bytes:  # noqa: ARG002 - there are none
        return b""


def way_there(addresses: Sequence[str], proxy: Proxy | None, clock: Clock | None = None) -> Iterator[Step]:
    """Yield the steps to these addresses as far as they need no identity: for a server before it is enrolled."""
    nobody, time = IdentityStore(Path()), clock or SystemClock()
    for address in addresses:
        yield from _walked(Way(address, proxy, nobody, time, lambda: "").tests_without_identity(), set())


def collectors(steps: Sequence[Step]) -> list[dict[str, str | None]]:
    """Return for each collector's address how it came out, and the first hop that fails."""
    found = []
    for address in dict.fromkeys(step.address for step in steps if step.address):
        on_it = [step for step in steps if step.address == address]
        failed = next((step for step in on_it if step.state == FAILED), None)
        # Of the last hops some may be left to the running agent: then the way is open as far as it was tried.
        state = FAILED if failed else OK if all(step.state == OK for step in on_it) else NOT_KNOWN
        at = failed.step.removesuffix(f" ({address})") if failed else None
        found.append({"address": address, "state": state, "fails_at": at})
    return found


def _walked(tests: Iterator[Test], failed: set[str]) -> Iterator[Step]:
    for test in tests:
        missing = sorted(need for need in test.needs if need in failed)
        if missing:
            failed.add(test.name)
            yield Step(step=test.name, state=SKIPPED, says=f"needs: {', '.join(missing)}", address=test.address)
            continue
        step = _tested(test)
        if step.state != OK:
            failed.add(test.name)
        yield step


def _tested(test: Test) -> Step:
    said = partial(Step, step=test.name, address=test.address)
    try:
        return said(state=OK, says=test.run())
    except SkippedError as skipped:
        return said(state=SKIPPED, says=str(skipped))
    except (_StepError, HopError) as error:
        return said(state=FAILED, says=error.says, remedy=error.remedy)
    except IdentityError as error:
        return said(state=FAILED, says=str(error), remedy="correct that, then try again")
    except Exception as error:  # a step that breaks is a failed step, the others still tell something
        return said(state=FAILED, says=f"{type(error).__name__}: {error}", remedy="report this as a bug")


def _program_safe() -> str:
    for folder in program_folders():
        try:
            found = anybody_may_change(folder)
        except OSError as error:
            raise SkippedError(f"not told: {error}") from error
        if found:
            remedy = f"take that right away from {folder}: who changes the agent's program acts with all its rights"
            raise _StepError(f"{folder} may be changed by {', '.join(found)}", remedy)
    return "not everybody may change the agent's program"
