"""Which CA certificates a server lacks that it needs for its users' chains.

A CA that somebody names is needed on every server that takes client
certificates. One that only servers hold is needed where its peers say so:
most servers hold it, or every AD FS server does and this is a proxy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_collector.correlate.peers import UNKNOWN, NotKnown, compare
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.chains import Authority, Standing, user_chains
from farmsight_collector.pki.inventory import inventory

HOLDERS: Final = ("adfs", "wap")  # third-party proxies keep client CAs in files of their own


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A CA whose certificate this server lacks."""

    authority: Authority
    renewal_of: Authority | None  # an older key of the same CA, which this server has
    elsewhere: tuple[Held, ...]  # facts that show the certificate, other servers' stores first

    @property
    def store(self) -> str:
        """Return the store in which it belongs."""
        return "ROOT" if self.authority.root else "CA"


def gaps(farm: Farm, server: Server, *, roots: bool) -> Iterator[Gap]:
    """Yield what the server lacks; raises UnknownFactError when its store is not known."""
    store = "ROOT" if roots else "CA"
    inventory(farm).need(server, store)
    chains = user_chains(farm)
    for authority in chains.authorities:
        if authority.root is not roots or not authority.valid_at(farm.as_of):
            continue
        if _has(farm, server, authority) is False and expected(farm, server, authority):
            older = (one for one in chains.namesakes(authority) if _older(one, authority))
            renewal_of = next((one for one in older if _has(farm, server, one)), None)
            yield Gap(authority=authority, renewal_of=renewal_of, elsewhere=_elsewhere(authority))


def expected(farm: Farm, server: Server, authority: Authority) -> bool:
    """Tell whether this server needs the CA's certificate."""
    if authority.standing is Standing.NAMED:
        return True
    values = {peer.name: _value(farm, peer, authority) for peer in farm.of_role(*HOLDERS)}
    if server.name in compare(values).odd:
        return values[server.name] is False
    nodes = [values[node.name] for node in farm.of_role("adfs") if values[node.name] is not UNKNOWN]
    return server.role == "wap" and bool(nodes) and all(value is True for value in nodes)


def _value(farm: Farm, server: Server, authority: Authority) -> bool | NotKnown:
    has = _has(farm, server, authority)
    return UNKNOWN if has is None else has


def _has(farm: Farm, server: Server, authority: Authority) -> bool | None:
    """Tell whether a chain builder finds the CA here: an intermediate may (wrongly) stand in ROOT."""
    stores = ("ROOT", "AUTHROOT") if authority.root else ("CA", "ROOT")
    thumbprints = inventory(farm).thumbprints(server, *stores)
    if thumbprints is None:
        return None
    return any(known.sha1 in thumbprints for known in authority.valid_at(farm.as_of))


def _older(one: Authority, other: Authority) -> bool:
    return str(one.certificates[0].not_before) < str(other.certificates[0].not_before)


def _elsewhere(authority: Authority) -> tuple[Held, ...]:
    newest = authority.certificates[0].sha1
    ordered = sorted(
        authority.held,
        key=lambda h: (h.value.certificate.sha1 != newest, h.kind != "store-certificate", h.server),
    )
    return tuple(ordered[:6])
