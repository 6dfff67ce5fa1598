"""One entry of a directory read over a connection of our own (RFC 4511), with nobody's credentials.

A library would read a message of any length into memory before it shows it,
look names up by itself and follow referrals; here every wait, length and
count has its limit, and the way to the server is told as for HTTP.
"""

import io
import math
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from farmsight_agent.normalise import der
from farmsight_agent.retrieve import ldap_ber as ber
from farmsight_agent.retrieve import ldap_filter
from farmsight_agent.retrieve.http import TimedSocket
from farmsight_agent.retrieve.ldap_result import SIZE_LIMIT, directory_result, referred, refuse
from farmsight_agent.retrieve.ldap_url import LdapUrl
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2

MOST_ENTRIES: Final = 16
MOST_VALUES: Final = 32
MOST_MESSAGES: Final = 64
_OVERHEAD: Final = 64 * 1024  # of a message beside the values in it
_BLOCK: Final = 65536
_BINARY: Final = ";binary"


@dataclass(kw_only=True)
class Found:
    """What a search brought: the values of the attributes asked for, and how many entries bore them or not."""

    values: list[tuple[str, bytes]] = field(default_factory=list)  # attribute in lower case without options
    entries: int = 0
    references: tuple[str, ...] = ()


def read(connection: socket.socket, url: LdapUrl, names: tuple[str, ...], deadline: Deadline, limits: Limits) -> Found:
    """Return the values of these attributes at the place that the URL names, read anonymously.

    Certificates and CRLs are to be asked for in binary (RFC 4523 2); where
    the URL leaves that out and the entry shows nothing, they are asked for
    once more so. Raises `RetrievalTroubleError` for what the directory
    refuses or sends amiss, and OSError for what the connection does.
    """
    try:
        search_filter = ldap_filter.encode(url.filter)
    except ValueError as error:
        text = f"not a filter that can be asked for: {error}"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_FAILED, text) from error
    talk = _Conversation(connection, deadline, limits)
    try:
        talk.bind()
        found = talk.search(url, search_filter, names)
        if found.entries and not found.values and not any(_BINARY in name.lower() for name in names):
            found = talk.search(url, search_filter, tuple(name + _BINARY for name in names))
        talk.end()
    except der.DerError as error:
        text = f"not an LDAP answer: {error}"[:200]
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_FAILED, text) from error
    return found


def refuse_nothing(found: Found, names: tuple[str, ...], *, who: str) -> None:
    """Raise `RetrievalTroubleError` for a search that ended well and brought no value."""
    if found.values:
        return
    if found.references:
        raise referred(found.references)
    if not found.entries:
        raise directory_result(f"no entry there that {who} may see")
    raise directory_result(f"the entry holds no {' nor '.join(names)} that {who} may read")


class _Conversation:
    """Requests and answers on one connection, one at a time."""

    def __init__(self, connection: socket.socket, deadline: Deadline, limits: Limits) -> None:
        self._timed = TimedSocket(connection, deadline, limits.timeout_s)
        self._file = self._timed.makefile()
        self._limits = limits
        self._bytes_left = limits.max_bytes + _OVERHEAD
        self._messages_left = MOST_MESSAGES
        self._number = 0

    def bind(self) -> None:
        """Bind as nobody."""
        for data, one in self._answers(ber.bind_anonymously(), ber.BIND_RESPONSE):
            refuse(ber.result(data, one), "at the bind")

    def search(self, url: LdapUrl, search_filter: bytes, names: tuple[str, ...]) -> Found:
        """Search, and keep the values of the attributes asked for."""
        seconds = max(1, math.ceil(self._limits.timeout_s))
        request = ber.search(url.dn, url.scope, search_filter, names, MOST_ENTRIES, seconds)
        wanted = {plain_name(name) for name in names}
        found = Found()
        for data, one in self._answers(request, ber.SEARCH_DONE):
            if one.tag == ber.SEARCH_ENTRY:
                found.entries += 1
                _take(data, one, wanted, found, self._limits)
            elif one.tag == ber.SEARCH_REFERENCE:
                found.references = ber.references(data, one)
            elif one.tag == ber.SEARCH_DONE:
                result = ber.result(data, one)
                if not (result.code == SIZE_LIMIT and found.values):
                    refuse(result, "at the search")
        return found

    def end(self) -> None:
        """Say goodbye, as the protocol has it."""
        try:
            self._timed.sendall(ber.message(self._number + 1, ber.tlv(ber.UNBIND_REQUEST, b"")))
        except OSError:
            return  # what was asked for is here

    def _answers(self, request: bytes, last: int) -> Iterator[tuple[bytes, der.Element]]:
        """Send a request and yield what comes for it, up to the answer that ends it."""
        self._number += 1
        self._timed.sendall(ber.message(self._number, request))
        while True:
            data = self._message()
            number, one = ber.operation(data)
            if number == 0 and one.tag == ber.EXTENDED_RESPONSE:
                refuse(ber.result(data, one), "it takes its leave")
                raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_RESET, "the directory takes its leave")
            if number != self._number:
                raise der.DerError("an answer to another question")
            yield data, one
            if one.tag == last:
                return

    def _message(self) -> bytes:
        """Return the next message whole, once its length is known to be within the limits."""
        self._messages_left -= 1
        head = self._exactly(2)
        if head[0] != ber.SEQUENCE or self._messages_left < 0:
            raise der.DerError("no message" if head[0] != ber.SEQUENCE else f"more than {MOST_MESSAGES} messages")
        length = head[1]
        if length >= 0x80:
            if not 0x81 <= length <= 0x88:
                raise der.DerError("a length that is none")
            count = self._exactly(length & 0x7F)
            head, length = head + count, int.from_bytes(count, "big")
        self._bytes_left -= length
        if self._bytes_left < 0:
            raise too_large(self._limits)
        whole = io.BytesIO()
        whole.write(head)
        while length:
            length -= whole.write(self._exactly(min(length, _BLOCK)))
        return whole.getvalue()

    def _exactly(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            text = "the connection ended before an answer"
            raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_RESET, text)
        return data


def plain_name(name: str) -> str:
    """Return an attribute's name in lower case without its options."""
    return name.partition(";")[0].strip().lower()


def too_large(limits: Limits) -> RetrievalTroubleError:
    """Return the trouble of an answer beyond the limit."""
    text = f"the answer is larger than {limits.max_bytes} bytes"
    return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_TOO_LARGE, text)


def _take(data: bytes, entry: der.Element, wanted: set[str], found: Found, limits: Limits) -> None:
    for name, values in ber.attributes(data, entry):
        if plain_name(name) not in wanted:
            continue
        for one in der.children(data, values):
            if len(found.values) >= MOST_VALUES:
                return
            if one.end - one.body > limits.max_bytes:
                raise too_large(limits)
            found.values.append((plain_name(name), der.content(data, one)))
