"""`doctor`: every step of reaching the collector, by name, with what to do where one fails."""

import socket
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Final

import grpc

from farmsight_agent import enrolment, pending_enrolment, service
from farmsight_agent.app import as_member, runs_on
from farmsight_agent.clock import Clock, SystemClock, timestamp
from farmsight_agent.config import Config, ConfigError, load
from farmsight_agent.config_reading import split_address
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.hosts.choose import choose
from farmsight_agent.identity import SERVER_NAME, IdentityError, IdentityStore
from farmsight_agent.outcome import NotObservedError
from farmsight_agent.private_files import anybody_may_change, program_folders, strangers, write_private
from farmsight_agent.selfwatch import VERSION
from farmsight_agent.service.manager import NOT_INSTALLED, STOPPED
from farmsight_wire.v1 import telemetry_pb2, telemetry_pb2_grpc
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

OK: Final = "ok"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"
_TIMEOUT_S: Final = 10.0
_CLOCK_TOLERANCE_S: Final = 5.0
_CONTEXT_REMEDY: Final = {
    "windows": "run the agent as a service: LocalSystem may act as the accounts of other services",
    "linux": "correct [contexts] in {path}, or run the agent as root",
}
_REFUSED: Final = "see `farmsight-collector agent list`: is this agent revoked? The collector's log says more"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what was tested, how it came out, what was seen, and what to do."""

    step: str
    state: str
    says: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """Return this as JSON values."""
        return asdict(self)


class _SkippedError(Exception):
    """A step that does not apply just now; nothing is wrong."""


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
        self._welcome_offset_s: float | None = None
        self._agent_runs = False

    def examine(self) -> Iterator[Step]:
        """Yield every step as it is done."""
        failed: set[str] = set()
        for name, needs, test in self._steps():
            missing = sorted(need for need in needs if need in failed)
            if missing:
                failed.add(name)
                yield Step(step=name, state=SKIPPED, says=f"needs: {', '.join(missing)}")
                continue
            step = _tested(name, test)
            if step.state != OK:
                failed.add(name)
            yield step
        if "configuration" not in failed:
            yield from self._contexts()

    def _steps(self) -> Iterator[tuple[str, tuple[str, ...], Callable[[], str]]]:
        if (self._path.parent / pending_enrolment.FILE).exists():
            yield "enrolment", (), self._enrolment
        yield "configuration", (), self._configuration
        yield "state folder", ("configuration",), self._state_folder
        yield "service", ("configuration",), self._service
        yield "identity", ("configuration",), self._identity_valid
        yield "private files", ("identity",), self._files_private
        yield "program files", (), _program_safe
        yield "spool", ("state folder",), self._spool
        for address in self._config.collectors or ("the collector",):
            yield from self._way_to(address)

    def _way_to(self, address: str) -> Iterator[tuple[str, tuple[str, ...], Callable[[], str]]]:
        at = f" ({address})"
        yield "name resolves" + at, ("configuration",), lambda: self._resolves(address)
        yield "TCP" + at, ("name resolves" + at,), lambda: self._connects(address)
        yield "TLS with the pinned CA" + at, ("TCP" + at, "identity"), lambda: self._tls(address)
        greeted = "hello answered over mTLS" + at
        if self._agent_runs:
            # A collector keeps one stream an agent: a hello from here would end the running agent's.
            accepted = "certificate accepted" + at
            yield accepted, ("TLS with the pinned CA" + at,), lambda: self._accepted(address)
            yield greeted, (accepted,), _left_to_the_agent
            return
        yield greeted, ("TLS with the pinned CA" + at,), lambda: self._hello(address)
        yield "clock" + at, (greeted,), self._clock_agrees

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
            raise _SkippedError(f"not told: {error}") from error
        if state == NOT_INSTALLED:
            raise _SkippedError("not installed as a service; `farmsight-agent service install` makes it one")
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

    def _resolves(self, address: str) -> str:
        host, port = _target(address)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            remedy = "correct the name in `collectors`, or this server's DNS"
            raise _StepError(f"{host} does not resolve: {error}", remedy) from error
        return f"{host} is {', '.join(dict.fromkeys(str(each[4][0]) for each in found))}"

    def _connects(self, address: str) -> str:
        try:
            with socket.create_connection(_target(address), timeout=_TIMEOUT_S) as connection:
                return f"connected from {connection.getsockname()[0]}"
        except OSError as error:
            remedy = f"let this server reach {address} through the firewalls; see that the collector runs"
            raise _StepError(f"no connection: {error}", remedy) from error

    def _tls(self, address: str) -> str:
        context = ssl.create_default_context(cadata=self._identity.ca_file.read_text(encoding="ascii"))
        context.load_cert_chain(self._identity.chain_file, self._identity.key_file)
        context.set_alpn_protocols(["h2"])
        try:
            with (
                socket.create_connection(_target(address), timeout=_TIMEOUT_S) as plain,
                context.wrap_socket(plain, server_hostname=SERVER_NAME) as tls,
            ):
                return f"{tls.version()} with {SERVER_NAME}, signed by the pinned CA"
        except ssl.SSLCertVerificationError as error:
            raise _StepError(f"not trusted: {error.verify_message}", self._why_not_trusted(error)) from error
        except (OSError, ValueError) as error:
            remedy = "see that the port is the collector's telemetry port and nothing in between opens TLS"
            raise _StepError(f"no TLS: {error}", remedy) from error

    def _why_not_trusted(self, error: ssl.SSLCertVerificationError) -> str:
        if error.verify_code in {9, 10}:  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
            return f"set this server's clock: it says {self._clock.now():%Y-%m-%d %H:%M} UTC"
        return "something in between opens TLS, or the collector has a new CA: enroll again with a new token"

    def _accepted(self, address: str) -> str:
        """Connect as the agent does, and say nothing: who is ready has been let in by certificate."""
        with self._channel(address) as channel:
            try:
                grpc.channel_ready_future(channel).result(_TIMEOUT_S)
            except grpc.FutureTimeoutError as error:
                raise _StepError("refused: no HTTP/2 over mTLS came about", _REFUSED) from error
        return "the collector takes this agent's certificate"

    def _channel(self, address: str) -> grpc.Channel:
        root, key, chain = self._identity.tls()
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(root, key, chain), options=enrolment.OPTIONS)

    def _hello(self, address: str) -> str:
        sent = self._clock.now()
        # An epoch that no spool has: the running agent's numbers are not touched.
        hello = telemetry_pb2.Hello(
            agent_version=VERSION,
            epoch=1,
            boot=1,
            clock=timestamp(sent),
            next_sequence=1,
            platform=choose(self._config).platform,
        )
        with self._channel(address) as channel:
            try:
                call = telemetry_pb2_grpc.TelemetryServiceStub(channel).Stream(
                    iter([telemetry_pb2.StreamRequest(hello=hello)]), timeout=_TIMEOUT_S
                )
                welcome = next(iter(call)).welcome
            except grpc.RpcError as error:
                raise _StepError(f"refused: {enrolment.explain(error)}", _REFUSED) from error
            except StopIteration as error:
                raise _StepError("the collector ended the stream", "see the collector's log") from error
        middle = sent + (self._clock.now() - sent) / 2
        self._welcome_offset_s = (middle - welcome.clock.ToDatetime(UTC)).total_seconds()
        return f"welcome as {welcome.server} ({welcome.role}) of {welcome.farm}"

    def _clock_agrees(self) -> str:
        offset = self._welcome_offset_s or 0.0
        if abs(offset) > _CLOCK_TOLERANCE_S:
            raise _StepError(
                f"this clock is {offset:+.1f} s off the collector's", "set the clock of whichever is wrong"
            )
        return f"{offset:+.2f} s against the collector"

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


def _tested(name: str, test: Callable[[], str]) -> Step:
    try:
        return Step(step=name, state=OK, says=test())
    except _SkippedError as skipped:
        return Step(step=name, state=SKIPPED, says=str(skipped))
    except _StepError as error:
        return Step(step=name, state=FAILED, says=error.says, remedy=error.remedy)
    except Exception as error:  # a step that breaks is a failed step, the others still tell something
        return Step(step=name, state=FAILED, says=f"{type(error).__name__}: {error}", remedy="report this as a bug")


def _program_safe() -> str:
    for folder in program_folders():
        try:
            found = anybody_may_change(folder)
        except OSError as error:
            raise _SkippedError(f"not told: {error}") from error
        if found:
            remedy = f"take that right away from {folder}: who changes the agent's program acts with all its rights"
            raise _StepError(f"{folder} may be changed by {', '.join(found)}", remedy)
    return "not everybody may change the agent's program"


def _left_to_the_agent() -> str:
    raise _SkippedError("not tried while the agent runs: it would end its stream; the agent's log tells of it")


def _target(address: str) -> tuple[str, int]:
    target = split_address(address)
    if target is None:
        raise _StepError(f"{address!r} is not HOST:PORT", "correct `collectors`")
    return target
