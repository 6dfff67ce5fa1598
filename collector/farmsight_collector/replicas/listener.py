"""Hears what other replicas tell, on a connection and a thread of its own, which is opened anew when it breaks."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

import psycopg
from sqlalchemy.engine import URL

from farmsight_collector.store import notices
from farmsight_collector.store.engine import server_arguments
from farmsight_collector.store.notices import Notice

log = logging.getLogger(__name__)

LOOK_UP_S: Final = 0.5  # how soon a stop is noticed
AGAIN_S: Final = 1.0


class Listener:
    """One thread; `heard` is told of each notice and `opened` of each new connection, both on that thread."""

    def __init__(self, url: URL, heard: Callable[[Notice], None], opened: Callable[[], None]) -> None:
        """Listen at this database from `start` on."""
        self._url = url
        self._heard = heard
        self._opened = opened
        self._stopping = threading.Event()
        self._anew = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replica-listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def open_anew(self) -> None:
        """Open another connection: on this one nothing is heard any more."""
        self._anew.set()

    def stop(self, patience_s: float) -> None:
        """End the thread; waits so long for it at the most."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _run(self) -> None:
        troubled = False
        while not self._stopping.is_set():
            try:
                with self._connection() as connection:
                    connection.execute(f"LISTEN {notices.CHANNEL}")
                    if troubled:
                        log.warning("other replicas are heard again")
                    troubled = False
                    self._opened()
                    self._listen(connection)
            except psycopg.Error as error:
                if not troubled:
                    log.warning("other replicas can't be heard, the database is asked instead: %s", error)
                troubled = True
                self._stopping.wait(AGAIN_S)
            except Exception:  # a bug in what a notice sets off must not end listening
                log.exception("listening failed; going on")
                self._stopping.wait(AGAIN_S)

    def _listen(self, connection: "psycopg.Connection[Any]") -> None:
        while not self._stopping.is_set():
            for notify in connection.notifies(timeout=LOOK_UP_S):
                notice = notices.read(notify.payload)
                if notice is not None:
                    self._heard(notice)
            if self._anew.is_set():
                self._anew.clear()
                return

    def _connection(self) -> "psycopg.Connection[Any]":
        url, arguments = server_arguments(self._url)
        given: Any = url.get_dialect()().create_connect_args(url)[1]
        return psycopg.connect(**{**given, **arguments}, autocommit=True)
