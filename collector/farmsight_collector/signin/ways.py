"""The ways by which a sign-in can run through the farm: every proxy with every AD FS node behind it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from farmsight_collector.model.bindings import host_of, is_wildcard, known_name
from farmsight_collector.model.endpoints import PROXIES, bare, owner
from farmsight_collector.model.farm_name import CERTAUTH
from farmsight_collector.model.view import Farm, Knowledge, Server
from farmsight_collector.pki.known import dates_doubt, moment, passed
from farmsight_collector.rules.wap.trust_lost import STORE
from farmsight_collector.signin.trace import EXTRANET, INTRANET
from farmsight_wire.v1 import facts_pb2

MOST_UNHEARD: Final = 50  # servers that are only listed
_PROXY_TRUST: Final = re.compile(r"(?i)CN=ADFS ProxyTrust - ([A-Za-z0-9._-]{1,255})")


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way from a client to AD FS."""

    path: str  # EXTRANET or INTRANET
    proxy: Server | None
    node: Server | None  # None: no AD FS node is known
    proxy_ends_tls: bool  # False: without a proxy, or through one that passes TLS on as it is

    @property
    def entry(self) -> Server | None:
        """Return the server at which the client's TLS ends."""
        return self.proxy if self.proxy_ends_tls else self.node

    @property
    def behind_proxy(self) -> bool:
        """Tell whether AD FS takes the user for one outside: only a proxy that ends TLS tells it so."""
        return self.proxy_ends_tls

    @cached_property
    def via(self) -> tuple[str, ...]:
        """Return the names of the servers passed, in order."""
        return tuple(server.name for server in (self.proxy, self.node) if server is not None)


def ways(farm: Farm, path: str) -> tuple[tuple[Way, ...], tuple[str, ...]]:
    """Return the ways of a path, and what is to be said of them.

    A server that AD FS or a proxy lists and that nobody reports from is a way
    too: one of which nothing is known.
    """
    nodes, unheard = _with_unheard(farm, "adfs", farm.of_role("adfs"))
    notes = [f"{name} belongs to the farm, and nothing is reported from it" for name in unheard]
    if path == INTRANET:
        found = tuple(Way(path=path, proxy=None, node=node, proxy_ends_tls=False) for node in nodes)
        return found, (*notes, *(() if found else ("intranet: no AD FS node is known",)))
    proxies, silent = _with_unheard(farm, "wap", farm.of_role(*sorted(PROXIES)))
    notes += [f"{name} is one of the proxies, and nothing is reported from it" for name in silent]
    if not proxies:
        proxies = _trusted(farm, nodes)
        if not proxies:
            return _direct(farm, nodes, notes)
        names = ", ".join(proxy.name for proxy in proxies)
        notes.append(f"extranet: AD FS trusts the proxy {names}, and nothing is reported from any")
    return tuple(way for proxy in proxies for way in _through(farm, proxy, nodes)), tuple(notes)


def _direct(farm: Farm, nodes: tuple[Server, ...], notes: list[str]) -> tuple[tuple[Way, ...], tuple[str, ...]]:
    if not _reached_from_outside(farm, nodes):
        return (), (*notes, "extranet: no proxy is known, and nobody outside is known to reach AD FS without one")
    notes.append("extranet: no proxy is known; clients outside reach the AD FS nodes themselves")
    return tuple(Way(path=EXTRANET, proxy=None, node=node, proxy_ends_tls=False) for node in nodes), tuple(notes)


def _trusted(farm: Farm, nodes: tuple[Server, ...]) -> tuple[Server, ...]:
    """Return the proxies of which nothing is known but that AD FS trusts them, by their certificates' names."""
    hosts: set[str] = set()
    for node in nodes:
        for held in node.ask("store-certificate", part=STORE).facts:
            own = held.value.certificate
            named = _PROXY_TRUST.match(own.subject)
            if named and passed(moment(own, "not_after"), farm.as_of, dates_doubt(own)) is not True:
                hosts.add(named[1])
    return tuple(Server(name=host, role="wap", coverage=(), facts={}) for host in sorted(hosts)[:MOST_UNHEARD])


def _reached_from_outside(farm: Farm, nodes: tuple[Server, ...]) -> bool:
    """Tell whether a vantage point got a connection at an AD FS node's own address."""
    for observer in farm.of_role("vantage"):
        for held in observer.ask("tls-endpoint").facts:
            connected = held.value.tcp == facts_pb2.TCP_OUTCOME_CONNECTED
            target = owner(farm, bare(held.value.address.lower()))
            if connected and target is not None and target in nodes:
                return True
    return False


def _through(farm: Farm, proxy: Server, nodes: tuple[Server, ...]) -> Iterator[Way]:
    ends = _ends_tls(farm, proxy)
    behind = _forwards_to(farm, proxy, nodes) or nodes
    for node in behind or (None,):
        yield Way(path=EXTRANET, proxy=proxy, node=node, proxy_ends_tls=ends)


def _ends_tls(farm: Farm, proxy: Server) -> bool:
    """Tell whether TLS ends here: always on a WAP; on another product unless its bindings are known to say no."""
    if proxy.role == "wap":
        return True
    answer, name = proxy.ask("tls-binding"), known_name(farm)
    if answer.knowledge is not Knowledge.KNOWN or name is None:
        return True
    ours = {name, CERTAUTH + name}
    return any(host_of(held) in ours or is_wildcard(held) for held in answer.facts)


def _forwards_to(farm: Farm, proxy: Server, nodes: tuple[Server, ...]) -> tuple[Server, ...]:
    """Return the nodes that the service's name leads to on the proxy; nothing where it leads to a virtual address."""
    name = known_name(farm)
    hosts = proxy.ask("host").facts
    found = [a for h in hosts for r in h.value.resolutions if r.name.lower() == name for a in r.addresses]
    targets = [owner(farm, address) for address in found]
    if not targets or any(target is None or target not in nodes for target in targets):
        return ()
    named = {target.name for target in targets if target is not None}
    return tuple(node for node in nodes if node.name in named)


def _with_unheard(farm: Farm, role: str, known: tuple[Server, ...]) -> tuple[tuple[Server, ...], tuple[str, ...]]:
    """Return the servers of a role with those that are only listed, and the names of these."""
    heard = {_short(name) for server in farm.servers for name in _names(server)}
    listed = sorted(set(_listed(farm, role)))
    found = {_short(name): name for name in reversed(listed) if name and _short(name) not in heard}
    unheard = dict(sorted(found.items())[:MOST_UNHEARD])
    blank = (Server(name=name, role=role, coverage=(), facts={}) for name in unheard.values())
    return (*known, *blank), tuple(unheard.values())


def _listed(farm: Farm, role: str) -> Iterator[str]:
    for server in farm.of_role(role):
        if role == "adfs":
            yield from (held.value.name for held in server.ask("adfs-node").facts)
        else:
            for held in server.ask("wap-configuration").facts:
                yield from held.value.connected_servers


def _names(server: Server) -> Iterator[str]:
    yield server.name
    for held in server.ask("host").facts:
        yield from (held.value.computer_name, held.value.fqdn)


def _short(name: str) -> str:
    return name.lower().partition(".")[0]
