"""The way to the collector: finds one, keeps one stream, renews the identity, never retries in step."""

import logging
import random
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import grpc

from farmsight_agent import enrolment, uplink_state
from farmsight_agent.clock import Clock
from farmsight_agent.collector_clock import CollectorClock
from farmsight_agent.config import Config
from farmsight_agent.conversation import Conversation
from farmsight_agent.identity import IdentityError, IdentityStore
from farmsight_agent.schedule import Schedule
from farmsight_agent.spool import Spool
from farmsight_agent.uplink_state import UplinkState
from farmsight_wire.v1 import telemetry_pb2_grpc

_LOG: Final = logging.getLogger(__name__)
_LONGEST_WAIT_S: Final = 60.0
_FIRST_WAIT_S: Final = 2.0
_RENEW_AGAIN_S: Final = 600.0
_LONGEST_VERSION: Final = 100
_ASK_AGAIN_S: Final = 30.0  # an operator's approval takes minutes


@dataclass
class Trouble:
    """Why there is no connection just now, for people; empty when there is one."""

    text: str = ""


class Uplink:
    """Runs on a thread of its own until stopped."""

    def __init__(
        self,
        config: Config,
        identity: IdentityStore,
        spool: Spool,
        schedule: Schedule,
        clock: Clock,
        collector_clock: CollectorClock,
    ) -> None:
        """Nothing is connected before `run` or `deliver`."""
        self._config = config
        self._identity = identity
        self._spool = spool
        self._schedule = schedule
        self._clock = clock
        self._collector_clock = collector_clock
        self._stopping = threading.Event()
        self._conversation: Conversation | None = None
        self._next_address = random.randrange(max(1, len(config.collectors)))
        self._channel: grpc.Channel | None = None
        self._channel_address = ""
        self._renew_at = 0.0  # monotonic; when to look at the certificate's life again
        self.trouble = Trouble()
        uplink_state.write(config.state_dir, UplinkState())

    def notify(self) -> None:
        """Look for more to send."""
        conversation = self._conversation
        if conversation is not None:
            conversation.notify()

    def stop(self) -> None:
        """End the stream after the frame under way."""
        self._stopping.set()
        conversation = self._conversation
        if conversation is not None:
            conversation.end()

    def run(self) -> None:
        """Keep a stream until `stop`."""
        failures = 0
        while not self._stopping.is_set():
            failures = 0 if self._attempt(once=False) else failures + 1
            self._spool.tend()
            self._stopping.wait(self._pause(failures))
        self._close_channel()

    def deliver(self, within_s: float) -> bool:
        """Send everything and wait until it is durable; return whether it is."""
        ends = self._clock.monotonic() + within_s
        timer = threading.Timer(within_s, self.stop)
        timer.daemon = True
        timer.start()
        try:
            failures = 0
            while not self._stopping.is_set():
                failures += 1
                self._attempt(once=True)
                if self._conversation is not None and self._conversation.delivered:
                    return True
                left = ends - self._clock.monotonic()
                self._stopping.wait(max(0.0, min(self._pause(failures), 5.0, left)))
        finally:
            timer.cancel()
            self._close_channel()
        return False

    def _pause(self, failures: int) -> float:
        """Return a random wait, longer on average with each failure: agents never come back in step."""
        longest: float = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(failures, 10))
        return random.uniform(0.1, longest)

    def _attempt(self, *, once: bool) -> bool:
        """Hold one stream; return whether a collector welcomed us."""
        try:
            if self._lapsed() and not self._come_back():
                return False
            self._renew_when_due()
            return self._converse(self._open_channel(), once=once)
        except IdentityError as error:
            self._troubled(str(error))
        except Exception as error:  # a bug here must not end the agent: it spools on and tries again
            _LOG.exception("the uplink failed")
            self._troubled(f"{type(error).__name__}: {error}")
        self._close_channel()
        return False

    def _converse(self, channel: grpc.Channel, *, once: bool) -> bool:
        conversation = Conversation(
            self._spool,
            self._schedule,
            self._clock,
            self._collector_clock,
            check_in_s=self._config.check_in_s,
            once=once,
            over=lambda: self._stopping.is_set() or self._clock.monotonic() > self._renew_at,
        )
        self._conversation = conversation
        try:
            call = telemetry_pb2_grpc.TelemetryServiceStub(channel).Stream(conversation.outgoing())
            for response in call:
                conversation.heard(response)
                if response.HasField("welcome"):
                    self.trouble.text = ""
                    _LOG.info("connected to %s as %s", self._channel_address, response.welcome.server)
                    self._note_connected(response.welcome.collector_version)
        except grpc.RpcError as error:
            self._lost(conversation, error)
        finally:
            conversation.end()
        return conversation.welcome is not None

    def _note_connected(self, collector_version: str) -> None:
        offset = self._collector_clock.offset()
        state = UplinkState(
            address=self._channel_address,
            connected=True,
            since=f"{self._clock.now():%Y-%m-%d %H:%M:%S} UTC",
            offset_s=offset.offset_s if offset else None,
            collector_version=collector_version[:_LONGEST_VERSION],
        )
        uplink_state.write(self._config.state_dir, state)

    def _lost(self, conversation: Conversation, error: grpc.RpcError) -> None:
        self._troubled(f"{self._channel_address}: {enrolment.explain(error)}")
        broken = conversation.welcome is None or not isinstance(error, grpc.Call)
        # Where there are others, nobody waits for one that stopped, hangs or is cut off.
        if broken or (len(self._config.collectors) > 1 and error.code() is grpc.StatusCode.UNAVAILABLE):
            self._close_channel()
            self._next_address += 1

    def _troubled(self, text: str) -> None:
        if text != self.trouble.text:
            _LOG.warning("no connection to the collector: %s", text)
            uplink_state.write(self._config.state_dir, UplinkState(address=self._channel_address, says=text))
        self.trouble.text = text

    def _open_channel(self) -> grpc.Channel:
        """Return the channel to the collector whose turn it is; it is used again until it fails."""
        if not self._config.collectors:
            raise IdentityError("no collector is configured; set `collectors` or enroll")
        address = self._config.collectors[self._next_address % len(self._config.collectors)]
        if self._channel is None:
            root, key, chain = self._identity.tls()
            credentials = grpc.ssl_channel_credentials(root, key, chain)
            proxied = enrolment.options(self._config.uplink.proxy)
            self._channel = grpc.secure_channel(address, credentials, options=proxied)
            self._channel_address = address
        return self._channel

    def _close_channel(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def _now(self) -> datetime:
        """Return the collector's time where it is known: it is the one that judges certificates."""
        offset = self._collector_clock.offset()
        return self._clock.now() - timedelta(seconds=offset.offset_s if offset else 0.0)

    def _lapsed(self) -> bool:
        not_after = self._identity.not_after()
        return not_after is not None and self._now() > not_after

    def _renew_when_due(self) -> None:
        """Renew at half the certificate's life; where that fails the present one still serves a while."""
        now = self._clock.monotonic()
        if now < self._renew_at:
            return
        left = (self._identity.renew_after() - self._now()).total_seconds()
        if left <= 0:
            try:
                enrolment.renew(self._identity, self._open_channel())
                self._close_channel()
                _LOG.info("certificate renewed; it ends %s", self._identity.not_after())
                left = (self._identity.renew_after() - self._now()).total_seconds()
            except IdentityError as error:
                _LOG.warning("%s", error)
        shortest = random.uniform(_RENEW_AGAIN_S / 2, _RENEW_AGAIN_S)
        self._renew_at = now + max(left, shortest)

    def _come_back(self) -> bool:
        """Ask to be taken back; return whether that was granted. Waits between questions."""
        known = (self._config.enrolment, *self._config.collectors)
        if enrolment.recover(self._identity, [one for one in known if one], self._config.uplink.proxy):
            return True
        self._troubled(
            "the certificate has lapsed; waiting for an operator's approval (`farmsight-collector agent approve`)"
        )
        self._stopping.wait(random.uniform(_ASK_AGAIN_S / 2, _ASK_AGAIN_S))
        return False
