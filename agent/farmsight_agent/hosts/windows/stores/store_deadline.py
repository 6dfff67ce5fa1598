"""A time limit around a call that may never come back.

A store's provider is a DLL that can wait for a driver, a reader, the network.
It runs on a thread that is left behind at the limit, not in a child: a child
a store and round would cost more than all stores together, and what hangs in
Windows is as harmless in a thread that nobody waits for. Who hangs once is
not asked again until it has come back, so that there is one thread at most
for each thing that hangs.
"""

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from farmsight_agent.hosts.windows.api.limited import Call
from farmsight_agent.outcome import TimedOutError

T = TypeVar("T")
_HANGING: Final[dict[str, threading.Event]] = {}  # set when the call has come back
_GUARD: Final = threading.Lock()


def within(seconds: float, name: str, look: Callable[[], T]) -> T:
    """Return what `look` returns, or raise what it raises.

    Raises TimedOutError after `seconds`, and at once while an earlier call of
    this name has not come back.
    """
    with _GUARD:
        ended = _HANGING.get(name)
        if ended is not None and not ended.is_set():
            raise TimedOutError("still-hangs", f"{name}: an earlier call has not come back")
        _HANGING.pop(name, None)
    call = Call(name, look)
    if not call.ended.wait(seconds):
        with _GUARD:
            _HANGING[name] = call.ended
        raise TimedOutError("no-answer", f"{name}: no answer within {seconds:g} s")
    return call.result()
