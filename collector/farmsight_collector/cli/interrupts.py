"""A Ctrl-C that is not lost.

Python raises KeyboardInterrupt wherever the main thread happens to be. In a
finaliser or in the callback of a weak reference, as imports have them, it
prints "Exception ignored in ..." and goes on, as if nobody had asked it to end
(Python library reference, sys.unraisablehook).
"""

import _thread
import signal
import sys
import threading
from typing import Final

AGAIN_S: Final = 0.05  # by then the main thread has left where exceptions are dropped


def keep_interrupts() -> None:
    """Let a Ctrl-C that was dropped be raised once more, from now on and as often as it is dropped."""
    others = sys.unraisablehook

    def raised(unraisable: "sys.UnraisableHookArgs") -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            others(unraisable)
            return
        again = threading.Timer(AGAIN_S, _interrupt)
        again.daemon = True
        again.start()

    sys.unraisablehook = raised


def _interrupt() -> None:
    """Do to the main thread what Ctrl-C does; by a signal where there are any, which ends a wait, too."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
