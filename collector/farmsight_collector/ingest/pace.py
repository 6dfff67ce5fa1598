"""How fast an agent may go on: credits, and when to try again.

An agent that keeps to its pace never meets a bound; who does not is refused.
"""

from typing import Final

from google.protobuf.duration_pb2 import Duration

from farmsight_wire.v1.telemetry_pb2 import Pace

STALLED_CREDITS: Final = 1


def credits_at(load: float, most: int) -> int:
    """Return how many reports an agent may have under way at this load (0 to 1) of the in-flight bound."""
    if load < 0.5:
        return most
    return max(1, most // 4) if load < 0.8 else 1


def pace(credits_: int, retry_after_s: float = 0.0) -> Pace:
    """Return the message that grants credits, from now or after a while."""
    wait = Duration()
    wait.FromMilliseconds(int(retry_after_s * 1000))
    return Pace(credits=credits_, retry_after=wait)
