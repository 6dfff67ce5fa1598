"""How far this clock is from the source that Windows' time service uses: we ask that source ourselves.

What the service itself measured is told by w32tm alone, in the system's language.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

import pywintypes
import win32service
import win32serviceutil
from google.protobuf.duration_pb2 import Duration

from farmsight_agent.clock import SystemClock
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.api import registry
from farmsight_agent.hosts.windows.network import domain, sntp
from farmsight_agent.hosts.windows.network.time_sources import TimeSource, time_source
from farmsight_agent.outcome import NotObservedError, TimedOutError, UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_POLICY: Final = r"SOFTWARE\Policies\Microsoft\W32Time\Parameters"
_SERVICE: Final = r"SYSTEM\CurrentControlSet\Services\W32Time\Parameters"
_SOURCE: Final = "sntp"
_WAIT_S: Final = 8.0  # all at once: the name, and five seconds for an answer


def offsets(port: int = sntp.PORT) -> Seen[facts_pb2.ClockOffset]:
    """Return the offset from each source that answered; the Seen's source names those that did not.

    Raises UnavailableError where none is set up or none answers: an unknown
    offset is never zero.
    """
    source = _configured()
    references, troubles = _references(source)
    answers = _asked(references, port)
    synchronised = _synchronised(source)
    found = []
    for reference, answer in answers.items():
        if isinstance(answer, NotObservedError):
            troubles.append(answer)
        else:
            found.append(_offset(reference, answer, source, synchronised))
    if not found:
        detail = "; ".join(str(one) for one in troubles) or f"the type is {source.kind or 'not set'}"
        raise UnavailableError("no-time-source-answered" if troubles else "no-time-source", detail, source=_SOURCE)
    silent = "; ".join(str(one) for one in troubles)
    return Seen(values=tuple(found), source=f"{_SOURCE}; not answered: {silent[:300]}" if silent else _SOURCE)


def _configured() -> TimeSource:
    joined, _name = domain.membership()
    kind, peers = (
        registry.text(registry.LOCAL_MACHINE, _POLICY, name) or registry.text(registry.LOCAL_MACHINE, _SERVICE, name)
        for name in ("Type", "NtpServer")
    )
    return time_source(kind, peers, joined=joined == facts_pb2.TRISTATE_YES)


def _references(source: TimeSource) -> tuple[dict[str, str], list[NotObservedError]]:
    """Return the servers to ask by reference, and why there is no domain controller among them."""
    found = {f"ntp:{peer}": peer for peer in source.peers}
    if source.domain:
        try:
            controller = domain.time_server()
        except NotObservedError as error:
            return found, [error]
        found[f"dc:{controller}"] = controller
    return found, []


def _asked(references: dict[str, str], port: int) -> dict[str, float | NotObservedError]:
    """Ask all at once, so that a silent server costs no other one its answer."""
    if not references:
        return {}
    clock = SystemClock()
    pool = ThreadPoolExecutor(max_workers=len(references))
    tasks = {name: pool.submit(sntp.ask, server, clock, port=port) for name, server in references.items()}
    wait(tasks.values(), timeout=_WAIT_S)
    pool.shutdown(wait=False, cancel_futures=True)
    return {name: _result(name, task) for name, task in tasks.items()}


def _result(name: str, task: "Future[float]") -> float | NotObservedError:
    if not task.done() or task.cancelled():
        return TimedOutError("time-server-silent", name)
    try:
        return task.result()
    except NotObservedError as error:
        return error


def _synchronised(source: TimeSource) -> facts_pb2.Tristate.ValueType:
    """Return NO where the service does not run or is told not to; that it runs does not say that it succeeds."""
    if source.kind == "NoSync":
        return facts_pb2.TRISTATE_NO
    try:
        status: Sequence[int] = win32serviceutil.QueryServiceStatus("W32Time")
    except pywintypes.error:
        return facts_pb2.TRISTATE_UNKNOWN
    stopped = status[1] == win32service.SERVICE_STOPPED
    return facts_pb2.TRISTATE_NO if stopped else facts_pb2.TRISTATE_UNKNOWN


def _offset(
    reference: str, seconds: float, source: TimeSource, synchronised: facts_pb2.Tristate.ValueType
) -> facts_pb2.ClockOffset:
    span = Duration()
    span.FromNanoseconds(round(seconds * 1e9))
    return facts_pb2.ClockOffset(reference=reference, offset=span, synchronised=synchronised, time_source=source.shown)
