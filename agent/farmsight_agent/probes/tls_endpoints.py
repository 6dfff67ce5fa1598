"""The farm's endpoints as a client meets them: connection, TLS, client certificates, one request."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDoneError
from hashlib import sha256
from typing import Final

from farmsight_agent.endpoint.observe import Means, Observed, observe
from farmsight_agent.endpoint.plan import plan
from farmsight_agent.endpoint.target import Endpoint, Patience
from farmsight_agent.outcome import NotApplicableError, TimedOutError
from farmsight_agent.probe import Part, Probe, Tools

DEADLINE_S: Final = 240
AT_ONCE: Final = 4  # an endpoint that waits as it should takes seconds to be seen doing so


def collect(tools: Tools) -> Iterator[Part]:
    """Yield one part with every endpoint at every address."""
    try:
        seen = tools.host.recorded("tls-endpoints")
    except NotApplicableError:
        if not tools.config.endpoints.enabled:
            raise NotApplicableError("disabled", "endpoints.enabled is false") from None
        yield _observed(tools)
    else:
        yield Part(facts=seen.values, source=seen.source)


def _observed(tools: Tools) -> Part:
    settings = tools.config.endpoints
    certificates: dict[bytes, bytes] = {}

    def keep(data: bytes) -> bytes:
        digest = sha256(data).digest()
        certificates[digest] = data
        return digest

    means = Means(
        clock=tools.clock,
        patience=Patience(timeout_s=settings.timeout_s, wait_s=settings.wait_s),
        keep=keep,
        connect_to=tools.config.connect_to,
    )

    def look(endpoint: Endpoint) -> list[Observed]:
        return list(observe(endpoint, means))

    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="endpoint")
    try:
        found = list(pool.map(look, plan(tools.host, tools.config), timeout=DEADLINE_S - 10))
    except NotDoneError as error:
        # Some endpoints unseen would look like endpoints that are gone.
        text = "the endpoints could not all be looked at in time"
        raise TimedOutError("deadline", text) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    for data in certificates.values():  # in this thread: the sink belongs to it
        tools.blobs.keep(data)
    rows = [row for rows in found for row in rows]
    samples = tuple(sample for _, samples in rows for sample in samples)
    return Part(facts=tuple(fact for fact, _ in rows), samples=samples, source="network")


PROBE = Probe(
    id="tls-endpoints",
    reads="the farm's endpoints at every address: TCP, TLS 1.2 and 1.3 with and without SNI, the chain, "
    "whether a client certificate is asked for and of which CAs, and the answer to one request",
    period_s=300,
    deadline_s=DEADLINE_S,
    collect=collect,
)
