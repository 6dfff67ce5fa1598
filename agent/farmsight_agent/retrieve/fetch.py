"""One URL fetched: proxy, connection, redirects, body, each step kept."""

import http.client
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from farmsight_agent.clock import Clock
from farmsight_agent.retrieve import proxy_login
from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.body import Body, receive
from farmsight_agent.retrieve.connect import Attempt, connect_any
from farmsight_agent.retrieve.directory import Directory, own_directory
from farmsight_agent.retrieve.http import TimedSocket, exchange, secured
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.proxy import DIRECT, Chooser, Proxy, Route
from farmsight_agent.retrieve.trouble import RetrievalTroubleError, from_system
from farmsight_agent.retrieve.url import HttpUrl
from farmsight_wire.v1 import facts_pb2

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MOST_TEXT: Final = 200
# What a connection ends with that never came about: the next way may do better.
_NOT_CONNECTED: Final = frozenset(
    {
        facts_pb2.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED,
        facts_pb2.RETRIEVAL_OUTCOME_REFUSED,
        facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE,
        facts_pb2.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT,
    }
)


@dataclass(frozen=True, kw_only=True)
class Network:
    """How this process reaches the world."""

    limits: Limits
    clock: Clock
    connect_to: Mapping[str, str] = field(default_factory=dict)
    proxies: Chooser = DIRECT
    directory: Directory = field(default_factory=own_directory)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What to ask for; a body makes it a POST."""

    url: str
    body: bytes = b""
    body_type: str = ""


@dataclass(kw_only=True)
class Trail:
    """What happened on the way, filled step by step so that a failure keeps what came before."""

    hops: list[facts_pb2.Hop] = field(default_factory=list)
    attempt: Attempt = field(default_factory=Attempt)
    proxy: str = ""
    proxy_chosen_by: facts_pb2.ProxySource.ValueType = facts_pb2.PROXY_SOURCE_UNSPECIFIED
    status: int = 0
    content_type: str = ""
    content_encoding: str = ""
    body: Body = field(default_factory=Body)
    sizes: list[int] = field(default_factory=list)  # of the values that lie one behind the other in the body
    remarks: list[str] = field(default_factory=list)

    def remark(self, *texts: str) -> None:
        """Keep what people should know, each once."""
        self.remarks += [text for text in texts if text and text not in self.remarks]

    def values(self) -> list[bytes]:
        """Return the values in the body: one, unless a directory gave several."""
        data, at, found = self.body.read(), 0, []
        if len(self.sizes) < 2:
            return [data]
        for size in self.sizes:
            found.append(data[at : at + size])
            at += size
        return found


def fetch(ask: Ask, network: Network, deadline: Deadline, trail: Trail) -> None:
    """Fetch a URL and follow its redirects; the answer is in the trail.

    Raises `RetrievalTroubleError` for everything but an answer of 2xx.
    """
    here, seen = ask.url, set[str]()
    for _ in range(network.limits.max_redirects + 1):
        url = _parsed(here)
        if url.text in seen:
            raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_REDIRECTS, "the redirects go in a circle")
        seen.add(url.text)
        hop = facts_pb2.Hop(url=urls.printable(url.text))
        trail.hops.append(hop)
        try:
            location = _one(url, ask, network, deadline, trail, hop)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise from_system(error) from error
        if location is None:
            return
        here = _next(url, location)
    text = f"more than {network.limits.max_redirects} redirects"
    raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_REDIRECTS, text)


def _parsed(text: str) -> HttpUrl:
    try:
        return urls.parse(text)
    except ValueError as error:
        detail = f"not a URL that can be asked for: {error}"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_FAILED, detail[:MOST_TEXT]) from error


def _next(url: HttpUrl, location: str) -> str:
    """Return where a redirect leads; raises `RetrievalTroubleError` for any scheme but http(s)."""
    try:
        target = urls.joined(url, location)
    except ValueError:
        target = ""
    if urls.scheme_of(target) not in urls.PORTS:
        text = f"redirected to a refused place: {urls.printable(location, MOST_TEXT)}"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_REDIRECTS, text)
    return target


def _one(url: HttpUrl, ask: Ask, network: Network, deadline: Deadline, trail: Trail, hop: facts_pb2.Hop) -> str | None:
    """Make one request; return where it redirects to, or None when the body was received."""
    route = network.proxies.choose(url)
    trail.proxy_chosen_by = route.chosen_by
    trail.remark(*route.remarks)
    fields = {"Host": url.authority}
    if ask.body:
        fields["Content-Type"] = ask.body_type
    connection, proxy = _reached(url, route, network, deadline, trail, hop)
    target = url.text if proxy and url.scheme == "http" else url.target
    with closing(connection):
        timed = TimedSocket(connection, deadline, network.limits.timeout_s)
        response = exchange(timed, "POST" if ask.body else "GET", target, fields, ask.body)
        with closing(response):
            _note(response, trail, hop)
            location = response.headers.get("Location")
            if response.status in REDIRECTS and location:
                hop.location = urls.printable(location)
                return location
            _refuse_status(response, trail, through=proxy)
            receive(response, trail.body, network.limits)
    return None


def _note(response: http.client.HTTPResponse, trail: Trail, hop: facts_pb2.Hop) -> None:
    hop.http_status = trail.status = max(response.status, 0)
    trail.content_type = urls.printable(response.headers.get("Content-Type") or "", MOST_TEXT)
    trail.content_encoding = urls.printable(response.headers.get("Content-Encoding") or "", MOST_TEXT)


def _refuse_status(
    response: http.client.HTTPResponse, trail: Trail, *, through: Proxy | None, tunnel: bool = False
) -> None:
    """Raise for anything but 2xx: 407 is a proxy's word (RFC 9110 15.5.8), 401 that of the server itself."""
    if response.status == http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        offered = proxy_login.schemes(response)
        trail.remark(proxy_login.remark(offered))
        text = "the proxy wants credentials" if through else "a proxy that no setting names wants credentials"
        text += f" ({', '.join(offered)})" if offered else ""
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION, text)
    if not 200 <= response.status < 300:
        text = f"HTTP status {response.status}"
        text = f"the proxy refuses a tunnel: {text}" if tunnel else text
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_HTTP_STATUS, text)


def _reached(
    url: HttpUrl, route: Route, network: Network, deadline: Deadline, trail: Trail, hop: facts_pb2.Hop
) -> tuple[socket.socket, Proxy | None]:
    """Return a connection by the first way that gives one, and the proxy it goes through."""
    *first, last = route.ways
    for proxy in first:
        try:
            return _connected(url, proxy, network, deadline, trail, hop), proxy
        except RetrievalTroubleError as error:
            if error.outcome not in _NOT_CONNECTED:
                raise
            trail.remark(f"no connection to the proxy {proxy.text}" if proxy else "no direct connection")
    return _connected(url, last, network, deadline, trail, hop), last


def _connected(
    url: HttpUrl, proxy: Proxy | None, network: Network, deadline: Deadline, trail: Trail, hop: facts_pb2.Hop
) -> socket.socket:
    """Return a socket on which the request can be written: to the server, or to the proxy."""
    trail.proxy = proxy.text if proxy else ""
    host, port = (proxy.host, proxy.port) if proxy else (url.host, url.port)
    attempt = Attempt()
    try:
        connection = connect_any(
            host, port, connect_to=network.connect_to, limits=network.limits, deadline=deadline, attempt=attempt
        )
    finally:
        hop.addresses_tried.extend(attempt.tried)
        hop.address = attempt.tried[-1] if attempt.tried else ""
        known = trail.attempt.dns_addresses
        known += [one for one in attempt.dns_addresses if one not in known]
    if url.scheme == "http":
        return connection
    try:
        if proxy:
            answer = _tunnel(connection, url, deadline, network.limits)
            hop.http_status = max(answer.status, 0)
            trail.status = 0 if 200 <= answer.status < 300 else hop.http_status
            _refuse_status(answer, trail, through=proxy, tunnel=True)
        return secured(connection, url.host, deadline, network.limits.timeout_s)
    except BaseException:
        connection.close()
        raise


def _tunnel(connection: socket.socket, url: HttpUrl, deadline: Deadline, limits: Limits) -> http.client.HTTPResponse:
    """Ask the proxy for a tunnel (RFC 9110 9.3.6), and return its answer."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    authority = f"{host}:{url.port}"
    timed = TimedSocket(connection, deadline, limits.timeout_s)
    return exchange(timed, "CONNECT", authority, {"Host": authority})
