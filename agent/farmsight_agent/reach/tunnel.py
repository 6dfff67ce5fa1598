"""The way as far as a connection to the collector: names, TCP, and what a proxy answers to CONNECT."""

import base64
import http.client
import re
import socket
from typing import Final, TypeAlias

from farmsight_agent.clock import SystemClock
from farmsight_agent.reach.hop import HopError, target
from farmsight_agent.reach.proxy import Proxy
from farmsight_agent.retrieve import proxy_login
from farmsight_agent.retrieve.http import TimedSocket, exchange
from farmsight_agent.retrieve.limits import Deadline

Socket: TypeAlias = socket.socket
TIMEOUT_S: Final = 10.0
NAME, TCP = "name resolves", "TCP"
PROXY_NAME, PROXY_TCP, PROXY_CONNECT = "proxy name resolves", "proxy TCP", "proxy CONNECT"
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e]")


def opened(address: str, proxy: Proxy | None, timeout_s: float = TIMEOUT_S) -> socket.socket:
    """Return a connection whose other end is the collector's port; raises HopError naming what fails."""
    if proxy is None:
        host, port = target(address)
        return connected(host, port, resolved(host, port, NAME), TCP, timeout_s)
    connection = connected(proxy.host, proxy.port, resolved(proxy.host, proxy.port, PROXY_NAME), PROXY_TCP, timeout_s)
    try:
        tunnelled(connection, address, proxy, timeout_s)
    except BaseException:
        connection.close()
        raise
    return connection


def resolved(host: str, port: int, hop: str) -> tuple[str, ...]:
    """Return the addresses of a name; raises HopError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        whose = "uplink.proxy" if hop == PROXY_NAME else "collectors"
        remedy = f"correct the name in `{whose}`, or let this server's DNS know it"
        raise HopError(hop, f"{host} does not resolve: {error}", remedy) from error
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def connected(host: str, port: int, addresses: tuple[str, ...], hop: str, timeout_s: float) -> socket.socket:
    """Return a connection to the first address that accepts; raises HopError that tells of each."""
    failures = []
    for one in addresses:
        try:
            return socket.create_connection((one, port), timeout=timeout_s)
        except OSError as error:
            failures.append(f"{one}: {_cause(error)}")
    whose = "the proxy" if hop == PROXY_TCP else "the collector"
    remedy = f"let this server reach {host} TCP {port} through the firewalls; see that {whose} runs and listens there"
    raise HopError(hop, f"no connection to {host}:{port}: {'; '.join(failures)}", remedy)


def _cause(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time; a firewall drops it, or nothing has this address"
    if isinstance(error, ConnectionRefusedError):
        return "refused: the machine is there, and nothing listens or a firewall rejects it"
    return str(error)


def tunnelled(connection: socket.socket, address: str, proxy: Proxy, timeout_s: float) -> None:
    """Ask the proxy for a tunnel to the collector; raises HopError when it gives none."""
    login = proxy.login()
    fields = {"Host": address}
    if login:
        fields["Proxy-Authorization"] = f"Basic {base64.b64encode(login.encode()).decode('ascii')}"  # RFC 7617
    timed = TimedSocket(connection, Deadline(SystemClock(), timeout_s), timeout_s)
    try:
        answer = exchange(timed, "CONNECT", address, fields)
    except TimeoutError as error:
        remedy = f"see in the proxy's log what it does with CONNECT {address}; it may not reach the collector itself"
        raise HopError(PROXY_CONNECT, f"{proxy.text} does not answer in {timeout_s:g} s", remedy) from error
    except (OSError, http.client.HTTPException) as error:
        remedy = "see that it is an HTTP proxy that listens there, and what its log says"
        said = _UNPRINTABLE.sub("?", str(error))[:200] or type(error).__name__
        raise HopError(PROXY_CONNECT, f"{proxy.text} does not answer as an HTTP proxy: {said}", remedy) from error
    if not 200 <= answer.status < 300:
        raise _refused(answer, address, proxy, login.partition(":")[0])
    connection.settimeout(timeout_s)


def _refused(answer: http.client.HTTPResponse, address: str, proxy: Proxy, user: str) -> HopError:
    said = _UNPRINTABLE.sub("?", f"{answer.status} {answer.reason}")[:100]
    more = _UNPRINTABLE.sub("?", answer.headers.get("X-Squid-Error", ""))[:100]
    says = f"{proxy.text} answers CONNECT {address} with {said}{f' ({more})' if more else ''}"
    if answer.status == http.client.PROXY_AUTHENTICATION_REQUIRED:
        return _login_wanted(answer, says, address, user)
    if answer.status in {500, 502, 503, 504}:
        remedy = (
            f"the proxy lets it through and can't reach {address} itself: look at its DNS and the firewall behind it"
        )
    elif answer.status in {400, 404, 405, 501}:
        remedy = "it does not tunnel: see that `uplink.proxy` names a forward proxy and its port"
    else:
        remedy = f"allow this server CONNECT to {address} on the proxy; many allow port 443 alone"
    return HopError(PROXY_CONNECT, says, remedy)


def _login_wanted(answer: http.client.HTTPResponse, says: str, address: str, user: str) -> HopError:
    offered = proxy_login.schemes(answer)
    says += f"; it wants a login ({', '.join(offered) or 'it does not say which'})"
    if "basic" not in {one.lower() for one in offered}:
        remedy = f"the agent logs on with Basic alone: let the proxy pass CONNECT {address} from this server without"
    elif user:
        remedy = f"correct the file of `uplink.proxy_credentials`: the proxy does not take {user!r} with its password"
    else:
        remedy = "give a file with USER:PASSWORD: `enroll --proxy-credentials FILE`, or `uplink.proxy_credentials`"
    return HopError(PROXY_CONNECT, says, f"{remedy}, or let the proxy pass it without a login")
