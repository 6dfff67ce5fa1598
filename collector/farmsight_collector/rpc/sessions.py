"""The streams that are open, and the end of those whose agents may not speak any more."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import grpc

from farmsight_collector.clock import Clock, micros
from farmsight_collector.metrics import Metrics
from farmsight_collector.rpc.session import Session
from farmsight_collector.store import revoked
from farmsight_collector.store.engine import Store

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0
# Revocations are written by another process with its own reading of the clock.
_LOOK_BACK: Final = timedelta(minutes=10)


class Sessions:
    """All open streams by agent; an agent has one."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics) -> None:
        """Look in this store for who is revoked."""
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._by_agent: dict[str, Session] = {}
        self._look = asyncio.Event()

    @contextmanager
    def open(self, session: Session) -> Iterator[None]:
        """Count a stream as open while in the block; an older one of the same agent ends."""
        agent_id = session.agent.id
        older = self._by_agent.get(agent_id)
        if older is not None:
            self._metrics.add("streams_replaced")
            log.warning("agent %s of %s connected anew while its stream was open", agent_id, session.agent.server)
            older.end("the agent connected anew", grpc.StatusCode.ABORTED)
        self._by_agent[agent_id] = session
        self._metrics.add("streams_opened")
        self._metrics.put("streams", len(self._by_agent))
        try:
            yield
        finally:
            session.close()
            if self._by_agent.get(agent_id) is session:
                del self._by_agent[agent_id]
            self._metrics.put("streams", len(self._by_agent))

    async def watch(self) -> None:
        """Cut off agents that were revoked or whose certificate ran out, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._look.wait()
            self._look.clear()
            try:
                gone = await asyncio.to_thread(self._revoked)
            except Exception:  # a busy store now is asked again in two seconds
                log.exception("revocations could not be read")
                continue
            self._cut(gone, "the agent is revoked; enrol it again with a new join token")
            now = self._clock.now()
            lapsed = {agent_id for agent_id, session in self._by_agent.items() if session.not_after <= now}
            self._cut(lapsed, "the certificate has run out; connect with the renewed one")

    def look(self) -> None:
        """Look for revocations now."""
        self._look.set()

    def elsewhere(self, agent_id: str) -> None:
        """Let go of an agent that said hello to another replica."""
        if agent_id in self._by_agent:
            self._metrics.add("streams_replaced")
            log.info("agent %s connected to another collector while its stream here was open", agent_id)
            self._by_agent[agent_id].end("the agent connected to another collector", grpc.StatusCode.ABORTED)

    def signs(self, since: datetime) -> list[tuple[int, str]]:
        """Return the agents that gave a sign since an instant: when (microseconds), and which."""
        return [
            (micros(session.heard), agent_id) for agent_id, session in self._by_agent.items() if session.heard >= since
        ]

    def end_all(self, reason: str) -> None:
        """End every stream: the collector stops."""
        for session in tuple(self._by_agent.values()):
            session.end(reason, grpc.StatusCode.UNAVAILABLE)

    async def gone(self, within_s: float) -> None:
        """Wait, so long at the most, until every stream has told its agent why it ends."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._by_agent:  # noqa: ASYNC110 - once in a process, at its end
                    await asyncio.sleep(0.01)

    def _cut(self, agent_ids: set[str], reason: str) -> None:
        for agent_id in agent_ids & self._by_agent.keys():
            self._metrics.add("streams_cut")
            log.info("agent %s is cut off: %s", agent_id, reason)
            self._by_agent[agent_id].end(reason, grpc.StatusCode.UNAUTHENTICATED)

    def _revoked(self) -> set[str]:
        with self._store.read() as connection:
            return revoked.revoked_since(connection, self._clock.now() - _LOOK_BACK)
