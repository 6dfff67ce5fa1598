"""When Python looks for garbage in circles, in a process that holds many objects for long.

A farm view of 50 servers is some 100,000 objects; all of them are freed as
soon as nothing names them, without any search. With Python's own thresholds,
which are made for small programs, building one is interrupted by searches of
everything that the process holds, for nothing: up to half of the time.
"""

import gc
from typing import Final

# Young objects before the youngest are looked at, and how often those that stay are.
THRESHOLDS: Final = (50_000, 20, 50)


def settle() -> None:
    """Leave alone what is here to stay, and look for garbage seldom from now on; when all is loaded and started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
