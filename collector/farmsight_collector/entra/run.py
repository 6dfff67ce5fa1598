"""One run against one tenant: tokens, questions, and what came of it, within bounds."""

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msal

from farmsight_collector.clock import Clock
from farmsight_collector.entra.asking import Asked, ask
from farmsight_collector.entra.graph import Graph
from farmsight_collector.entra.registration import Registration
from farmsight_collector.entra.tokens import Tokens
from farmsight_collector.entra.web import RUN_S, Budget, Web

SOURCE: Final = "graph"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run."""

    began: datetime
    took_s: float
    asked: Asked
    wait_s: float = 0.0  # how long the service asked to be left alone, beyond what a run waits


class Runner:
    """Asks one tenant, again and again; the tokens of one run serve the next."""

    def __init__(self, data: Path, registration: Registration, clock: Clock, seconds: float = RUN_S) -> None:
        """Ask as this registration."""
        self.registration = registration
        self.tokens = Tokens(data, registration, msal.SerializableTokenCache())
        self._clock = clock
        self._seconds = seconds
        self.stop = threading.Event()

    def web(self) -> tuple[Web, Budget]:
        """Return connections for one run and what it may take."""
        budget = Budget(clock=self._clock, seconds=self._seconds, stop=self.stop)
        return Web(budget, self.registration.ca_file or None), budget

    def run(self) -> Ran:
        """Ask once. Whatever goes wrong stands in the answers."""
        began, start = self._clock.now(), self._clock.monotonic()
        web, budget = self.web()
        try:
            bearer = self.tokens.by(web)
            graph = Graph(self.registration.graph, web, bearer, budget, self._clock)
            asked = ask(graph, self.registration.tenant)
        finally:
            web.close()
        took = self._clock.monotonic() - start
        return Ran(began=began, took_s=took, asked=asked, wait_s=graph.asked_to_wait_s)
