"""Calls into the system that may wait for somebody else, with a time limit of our own."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from farmsight_agent.outcome import TimedOutError

T = TypeVar("T")


class Call(Generic[T]):
    """One call on a thread of its own, which keeps no process alive; `ended` is set when it has come back."""

    def __init__(self, name: str, look: Callable[[], T]) -> None:
        """Start it; the thread bears the name."""
        self._result: list[T] = []
        self._error: BaseException | None = None
        self.ended = threading.Event()
        threading.Thread(target=self._run, args=(look,), name=name, daemon=True).start()

    def _run(self, look: Callable[[], T]) -> None:
        try:
            self._result.append(look())
        except BaseException as error:  # handed to whoever waits, who is the one to judge it
            self._error = error
        finally:
            self.ended.set()

    def result(self) -> T:
        """Return what a call that has ended returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._result[0]


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what the call returns, raise what it raises; raises TimedOutError when it takes longer.

    A call that is late goes on in its thread: there is no way to take it back.
    """
    made = Call("limited", call)
    if not made.ended.wait(seconds):
        raise TimedOutError("system-call-too-slow", f"no answer within {seconds:g} s")
    return made.result()
