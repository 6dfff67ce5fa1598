"""`netsh http show servicestate`, by sessions or by request queues, in any display language.

http.sys shows URLs in upper case, and one that is bound to an address with
that address behind its port ("HTTP://10.0.0.5:80:10.0.0.5/"). Here they are
given as reservations are: scheme and host in lower case, the path as it is
shown, and the address left out where the host says the same. An address
that the host does not say ("HTTP://STS.CONTOSO.COM:443:10.0.0.5/") stays.

A queue without a name is said so in a sentence, which is no name and not
given. Processes are those attached to the queue; the controller of an IIS
queue is not among them. None: no process is attached, or the snapshot does
not say to which of several unnamed queues a URL belongs.
"""

import re
from collections import Counter
from typing import Final

from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import lines as netsh_lines
from farmsight_agent.hosts.evidence.netsh import wholeness
from farmsight_agent.hosts.evidence.netsh.lines import Listing
from farmsight_agent.hosts.evidence.netsh.servicestate_blocks import MAX_PROCESSES, Block, Snapshot, announced, snapshot
from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise.spelling import reserved_url
from farmsight_wire.v1 import facts_pb2

_BOUND: Final = re.compile(
    r"(https?://)(\[[^\]/]*\]|[^:/\[\]]+):([0-9]{1,5}):(\[[^\]/]*\]|[^:/\[\]]+)(/.*)", re.IGNORECASE
)
_ALLOWED: Final = ("view=requestq", "view=session", "requestq", "session", "verbose=yes", "yes", "verbose=no", "no")


def likeness(text: Text) -> Likeness:
    """Tell how much a text looks like this snapshot: sessions or groups by their numbers, queues with versions."""
    text = netsh_lines.beginning(text)
    listing = netsh_lines.listing(text)
    found = snapshot(listing)
    if found.queues and (found.groups or found.sessions):
        return Likeness.CERTAIN
    if found.sessions and found.groups:
        return Likeness.LIKELY
    if any(queue.urls and queue.processes for queue in found.queues):
        return Likeness.LIKELY
    return Likeness.RESEMBLES if listing.ruled and listing.empty else Likeness.NO


def parse(file: Text) -> Seen[facts_pb2.UrlRegistration]:
    """Return the URLs registered now; raises FailedError on a snapshot cut off or not understood."""
    listing = netsh_lines.listing(file)
    found = snapshot(listing)
    if not found.queues and not found.groups:
        reason = "truncated" if listing.ruled else "not-understood"
        raise failed(file, listing.first, reason, "no snapshot of request queues")
    if not listing.ruled:
        raise failed(file, listing.first, "truncated", "a snapshot without its heading")
    wholeness.check(file, listing, "servicestate", listing.first, allowed=_ALLOWED)
    _check_end(file, listing, found)
    _check(file, found)
    registered: dict[str, facts_pb2.UrlRegistration] = {}
    lines: dict[str, int] = {}
    for block, queue in _with_queues(found):
        for url, line in block.urls:
            _add(registered, url, block.queue, queue)
            lines.setdefault(spelled(url), line)
    return seen(file, [(one, lines[url]) for url, one in registered.items()])


def spelled(url: str) -> str:
    """Return a registered URL as a reservation spells it."""
    bound = _BOUND.fullmatch(url)
    if bound and bound[2].lower() == bound[4].lower():
        url = f"{bound[1]}{bound[2]}:{bound[3]}{bound[5]}"
    return reserved_url(url)


def _check_end(file: Text, listing: Listing, found: Snapshot) -> None:
    last = listing.last
    cut = last is not None and listing.cut_in(last) and not netsh_lines.foreign(last)
    if last is not None and (cut or found.unfinished):
        raise failed(file, last.number, "truncated", "a line that may go on")
    groups_missing = found.by_queue and all(group.owner is not found.queues[-1] for group in found.groups)
    if groups_missing and not listing.closed:
        raise failed(
            file, found.queues[-1].line, "truncated", "a request queue without URL groups, and no end behind it"
        )


def _check(file: Text, found: Snapshot) -> None:
    """Refuse a snapshot with a gap: every group has its URLs, every queue that is named its own block."""
    if not found.queues:
        raise failed(file, found.groups[-1].line, "truncated", "no request queues behind the sessions")
    if not found.queues[-1].counted:
        raise failed(file, found.queues[-1].line, "truncated", "a request queue without all its processes")
    crowded = next((queue for queue in found.queues if len(queue.processes) > MAX_PROCESSES), None)
    if crowded is not None:
        raise failed(file, crowded.line, "not-understood", f"a request queue with {len(crowded.processes)} processes")
    names = {queue.key for queue in found.queues}
    for group in found.groups:
        if group.key not in names:
            raise failed(file, group.line, "truncated", "a URL group whose request queue is missing")
        expected = announced(group, found.count_label)
        if expected is None or expected > len(group.urls):
            raise failed(file, group.line, "truncated", "a URL group without all its URLs")


def _with_queues(found: Snapshot) -> list[tuple[Block, Block | None]]:
    """Return groups and queues with the queue whose processes are theirs; None where several may be."""
    of_name = Counter(queue.key for queue in found.queues)
    groups = Counter(group.key for group in found.groups)
    by_name = {queue.key: queue for queue in found.queues}
    pairs: list[tuple[Block, Block | None]] = []
    for group in found.groups:
        alone = of_name[group.key] == 1 and (groups[group.key] == 1 or not _unnamed(group.queue))
        pairs.append((group, group.owner or (by_name[group.key] if alone else None)))
    return pairs + [(queue, queue) for queue in found.queues]


def _add(registered: dict[str, facts_pb2.UrlRegistration], url: str, name: str, queue: Block | None) -> None:
    key = spelled(url)
    one = registered.setdefault(key, facts_pb2.UrlRegistration(url=key))
    one.request_queue = one.request_queue or ("" if _unnamed(name) else name)
    for process in queue.processes if queue is not None else ():
        if process not in one.process_ids:
            one.process_ids.append(process)


def _unnamed(name: str) -> bool:
    return name.endswith(netsh_lines.SENTENCE_END)
