"""The hops of the way to one collector, each as a test: `doctor` walks them in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Final

import grpc

from farmsight_agent import enrolment
from farmsight_agent.clock import Clock, timestamp
from farmsight_agent.identity import IdentityStore
from farmsight_agent.reach import seen, tunnel
from farmsight_agent.reach.hop import HopError, SkippedError, target
from farmsight_agent.reach.proxy import Proxy
from farmsight_agent.reach.secured import ACCEPTED, TLS, Secured
from farmsight_agent.selfwatch import VERSION
from farmsight_agent.uplink_state import UplinkState
from farmsight_wire.v1 import telemetry_pb2, telemetry_pb2_grpc

WELCOME: Final = "hello answered over mTLS"
CLOCK, CONTRACT = "clock", "protocol version"
_PACKAGE: Final = telemetry_pb2.DESCRIPTOR.package
_CLOCK_TOLERANCE_S: Final = 5.0
_REFUSED: Final = "see `farmsight-collector agent list`: is this agent revoked? The collector's log says more"
_WHILE_IT_RUNS: Final = "not tried while the agent runs: it would end its stream"
_NEEDS_CONFIGURATION: Final = "configuration"


@dataclass(frozen=True, kw_only=True)
class Test:
    """One step: its name, the names of those that it stands on, what to do, and for which collector."""

    name: str
    needs: tuple[str, ...]
    run: Callable[[], str]
    address: str = ""


class Way:
    """The way to one collector's address.

    `platform` is what hello says; `held` is what the running agent noted of
    its stream, None where no agent runs.
    """

    def __init__(
        self,
        address: str,
        proxy: Proxy | None,
        identity: IdentityStore,
        clock: Clock,
        platform: Callable[[], str],
        held: UplinkState | None = None,
    ) -> None:
        """Nothing is tried yet."""
        self._address = address
        self._proxy = proxy
        self._identity = identity
        self._clock = clock
        self._platform = platform
        self._held = held
        self._secured = Secured(address, identity, clock.now, self._open)
        self._offset_s: float | None = None
        self._collector_version = ""

    def tests(self) -> Iterator[Test]:
        """Yield the hops with an identity, in order."""
        *_, last = opening = list(self._opening((_NEEDS_CONFIGURATION,)))
        yield from opening
        # An identity that has lapsed is one to look further with: its CA is still the pinned one.
        known = () if self._identity.ca_file.exists() else ("identity",)
        yield self._test(TLS, (last.name, *known), self._secured.trusted)
        yield self._test(ACCEPTED, (self._at(TLS),), self._secured.accepted)
        yield self._test(WELCOME, (self._at(ACCEPTED),), self._hello if self._held is None else self._stream_held)
        yield self._test(CLOCK, (self._at(WELCOME),), self._clock_agrees)
        yield self._test(CONTRACT, (self._at(WELCOME),), self._contract)

    def tests_without_identity(self) -> Iterator[Test]:
        """Yield as much as can be told before this server is enrolled."""
        *_, last = opening = list(self._opening(()))
        yield from opening
        yield self._test("TLS", (last.name,), self._anyones_tls)

    def _opening(self, needs: tuple[str, ...]) -> Iterator[Test]:
        if self._proxy is None:
            yield self._test(tunnel.NAME, needs, self._resolves)
            yield self._test(tunnel.TCP, (self._at(tunnel.NAME),), self._connects)
            return
        yield self._test(tunnel.PROXY_NAME, needs, self._proxy_resolves)
        yield self._test(tunnel.PROXY_TCP, (self._at(tunnel.PROXY_NAME),), self._proxy_connects)
        yield self._test(tunnel.PROXY_CONNECT, (self._at(tunnel.PROXY_TCP),), self._proxy_tunnels)

    def _at(self, hop: str) -> str:
        return f"{hop} ({self._address})"

    def _test(self, hop: str, needs: tuple[str, ...], run: Callable[[], str]) -> Test:
        return Test(name=self._at(hop), needs=needs, run=run, address=self._address)

    def _open(self) -> tunnel.Socket:
        return tunnel.opened(self._address, self._proxy)

    def _resolves(self) -> str:
        host, port = target(self._address)
        return f"{host} is {', '.join(tunnel.resolved(host, port, tunnel.NAME))}"

    def _connects(self) -> str:
        with self._open() as connection:
            return f"connected from {connection.getsockname()[0]}"

    def _proxy_resolves(self) -> str:
        assert self._proxy is not None
        found = tunnel.resolved(self._proxy.host, self._proxy.port, tunnel.PROXY_NAME)
        return f"{self._proxy.host} is {', '.join(found)}"

    def _proxy_connects(self) -> str:
        assert self._proxy is not None
        host, port = self._proxy.host, self._proxy.port
        found = tunnel.resolved(host, port, tunnel.PROXY_NAME)
        with tunnel.connected(host, port, found, tunnel.PROXY_TCP, tunnel.TIMEOUT_S) as connection:
            return f"connected from {connection.getsockname()[0]}"

    def _proxy_tunnels(self) -> str:
        assert self._proxy is not None
        with self._open():
            as_whom = f" as {self._proxy.login().partition(':')[0]!r}" if self._proxy.credentials else ""
            return f"{self._proxy.text} opens a tunnel to {self._address}{as_whom}"

    def _anyones_tls(self) -> str:
        with self._open() as connection:
            shown = seen.look(connection, tunnel.TIMEOUT_S)
        fingerprint = seen.farmsight_ca(shown)
        if not fingerprint:
            says, remedy = seen.judged(shown, None, target(self._address)[0])
            raise HopError("TLS", says, remedy)
        return f"a farmsight collector by what it shows, its CA SHA-256 {fingerprint}; a join token proves it"

    def _hello(self) -> str:
        sent = self._clock.now()
        # An epoch that no spool has: the running agent's numbers are not touched.
        hello = telemetry_pb2.Hello(
            agent_version=VERSION,
            epoch=1,
            boot=1,
            clock=timestamp(sent),
            next_sequence=1,
            platform=self._platform(),
        )
        welcome = self._welcomed(hello)
        middle = sent + (self._clock.now() - sent) / 2
        self._offset_s = (middle - welcome.clock.ToDatetime(UTC)).total_seconds()
        self._collector_version = welcome.collector_version
        return f"welcome as {welcome.server} ({welcome.role}) of {welcome.farm}"

    def _welcomed(self, hello: telemetry_pb2.Hello) -> telemetry_pb2.Welcome:
        root, key, chain = self._identity.tls()
        credentials = grpc.ssl_channel_credentials(root, key, chain)
        with grpc.secure_channel(self._address, credentials, options=enrolment.options(self._proxy)) as channel:
            try:
                call = telemetry_pb2_grpc.TelemetryServiceStub(channel).Stream(
                    iter([telemetry_pb2.StreamRequest(hello=hello)]), timeout=tunnel.TIMEOUT_S
                )
                return next(iter(call)).welcome
            except grpc.RpcError as error:
                if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.UNIMPLEMENTED:
                    says = f"the collector does not know {_PACKAGE}, which this agent ({VERSION}) speaks"
                    raise HopError(CONTRACT, says, "upgrade the collectors first, then the agents") from error
                raise HopError(WELCOME, f"refused: {enrolment.explain(error)}", _REFUSED) from error
            except StopIteration as error:
                raise HopError(WELCOME, "the collector ended the stream", "see the collector's log") from error

    def _stream_held(self) -> str:
        held = self._held or UplinkState()
        if held.connected and held.address == self._address:
            self._offset_s, self._collector_version = held.offset_s, held.collector_version
            return f"held by the running agent since {held.since}"
        if held.connected:
            raise SkippedError(f"{_WHILE_IT_RUNS}, which it has with {held.address} since {held.since}")
        if held.says and held.address in {self._address, ""}:
            raise HopError(
                WELCOME, f"the running agent has no stream: {held.says}", "see the agent's log and the above"
            )
        raise SkippedError(f"{_WHILE_IT_RUNS}; it has not told of one with this address")

    def _clock_agrees(self) -> str:
        if self._offset_s is None:
            raise SkippedError("the collector's clock is not known")
        if abs(self._offset_s) > _CLOCK_TOLERANCE_S:
            says = f"this clock is {self._offset_s:+.1f} s off the collector's"
            raise HopError(CLOCK, says, "set the clock of whichever is wrong")
        return f"{self._offset_s:+.2f} s against the collector"

    def _contract(self) -> str:
        theirs = f"collector {self._collector_version}" if self._collector_version else "a collector that does not say"
        return f"{_PACKAGE}; agent {VERSION}, {theirs}"
