"""Calls into the system that may wait for somebody else, with a time limit of our own."""

import threading
from collections.abc import Callable
from typing import TypeVar

from farmsight_agent.outcome import TimedOutError

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what the call returns, raise what it raises; raises TimedOutError when it takes longer.

    A call that is late goes on in its thread, which keeps no process alive:
    there is no way to take it back.
    """
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # handed to the caller, who is the one to judge it
            errors.append(error)

    thread = threading.Thread(target=run, name="limited", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimedOutError("system-call-too-slow", f"no answer within {seconds:g} s")
    return answers[0]
