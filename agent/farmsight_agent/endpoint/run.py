"""Every endpoint of a server, some at once: an endpoint that waits as it should takes seconds to be seen doing so."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDoneError
from hashlib import sha256
from typing import Final

from farmsight_agent.clock import Clock
from farmsight_agent.endpoint.observe import Means, Observed, observe
from farmsight_agent.endpoint.target import Endpoint, Patience
from farmsight_agent.outcome import TimedOutError

AT_ONCE: Final = 4
HANDSHAKES_AT_ONCE: Final = 16
STACK_BYTES: Final = 512 * 1024  # of a thread: a child may only have so much memory


def observe_all(
    endpoints: Sequence[Endpoint],
    patience: Patience,
    clock: Clock,
    keep: Callable[[bytes], bytes],
    connect_to: Mapping[str, str],
    *,
    deadline_s: float,
) -> Iterator[Observed]:
    """Yield a fact for every endpoint at every address, in their order.

    Raises TimedOutError when not all of them were looked at in time: some
    unseen would look like endpoints that are gone.
    """
    certificates: dict[bytes, bytes] = {}

    def hold(data: bytes) -> bytes:
        digest = sha256(data).digest()
        certificates[digest] = data
        return digest

    threading.stack_size(STACK_BYTES)
    trials = ThreadPoolExecutor(HANDSHAKES_AT_ONCE, thread_name_prefix="handshake")
    means = Means(clock=clock, patience=patience, keep=hold, connect_to=connect_to, trials=trials)
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="endpoint")
    try:
        found = list(pool.map(lambda endpoint: list(observe(endpoint, means)), endpoints, timeout=deadline_s))
    except NotDoneError as error:
        raise TimedOutError("deadline", "the endpoints could not all be looked at in time") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        trials.shutdown(wait=False, cancel_futures=True)
    for data in certificates.values():  # in this thread: `keep` belongs to it
        keep(data)
    for rows in found:
        yield from rows
