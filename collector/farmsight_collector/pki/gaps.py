"""Which CA certificates a server lacks that it needs for its users' chains.

A CA that somebody names is needed on every server that takes client
certificates. One that only servers hold is needed where its peers say so:
most servers hold it, or every AD FS server does and this is a proxy.

Listings tell no keys. Where a server holds another certificate of the same
name, that may be the same key under another certificate, and then nothing is
missing: only the server's own chain engine can say that it is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_collector.correlate.peers import UNKNOWN, NotKnown, compare
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki import verdicts
from farmsight_collector.pki.chains import Authority, Standing, UserChains, user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.public_roots import PUBLIC_ROOTS

HOLDERS: Final = ("adfs", "wap")  # third-party proxies keep client CAs in files of their own


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A CA whose certificate this server lacks."""

    authority: Authority
    renewal_of: Authority | None  # an older key of the same CA, which this server has
    elsewhere: tuple[Held, ...]  # facts that show the certificate, other servers' stores first
    told: tuple[Held, ...] = ()  # the server's own verdicts that show that it lacks this very key

    @property
    def store(self) -> str:
        """Return the store in which it belongs."""
        return "ROOT" if self.authority.root else "CA"


@dataclass(frozen=True, kw_only=True)
class Unsure:
    """A CA certificate that this server lacks while it holds another one of the same name, of the same key or not."""

    authority: Authority
    instead: Authority

    @property
    def reason(self) -> str:
        """Return why it can't be told, for people."""
        has, lacks = self.instead.certificates[0].sha1, self.authority.certificates[0].sha1
        return f"it holds {has} and not {lacks} of this name; listings do not tell whether both have one key"


def gaps(farm: Farm, server: Server, *, roots: bool) -> Iterator[Gap | Unsure]:
    """Yield what the server lacks; raises UnknownFactError when its store is not known."""
    store, other = ("ROOT", "AUTHROOT") if roots else ("CA", "ROOT")
    inventory(farm).need(server, store)
    chains = user_chains(farm)
    for authority in chains.authorities:
        if authority.root is not roots or not authority.valid_at(farm.as_of):
            continue
        if _has(farm, server, authority) is False and expected(farm, server, authority):
            if server.tried("certificate-stores", other):
                inventory(farm).need(server, other)  # it may be there
            yield from _judged(farm, server, chains, authority)


def _judged(farm: Farm, server: Server, chains: UserChains, authority: Authority) -> Iterator[Gap | Unsure]:
    others = chains.namesakes(authority)
    if authority.root and not authority.surely_root and any(one.surely_root for one in others):
        return  # by its names alone it is a root; it may as well be what one key of a CA signed for another
    there = [one for one in others if _has(farm, server, one)]
    unsure = next((one for one in there if authority.other_key(one) is None), None)
    told = _refused(farm, server, authority) if unsure is not None else ()
    if unsure is not None and not told:
        yield Unsure(authority=authority, instead=unsure)
        return
    renewal_of = next((one for one in there if _older(one, authority)), None)
    yield Gap(authority=authority, renewal_of=renewal_of, elsewhere=_elsewhere(authority), told=told)


def _refused(farm: Farm, server: Server, authority: Authority) -> tuple[Held, ...]:
    """Return this server's verdicts by which a chain ended below this CA.

    Whatever the server holds under the name of the CA, its engine did not
    take it for the issuer of what this very CA issued.
    """
    issued = {child for child, parent in verdicts.links(farm) if parent in authority.sha1s}
    ended = (one for one in verdicts.said(server) if one.errors & verdicts.PARTIAL_CHAIN and one.value.elements)
    return tuple(one.held for one in ended if one.value.elements[-1].certificate.sha1 in issued)


def expected(farm: Farm, server: Server, authority: Authority) -> bool:
    """Tell whether this server needs the CA's certificate."""
    if authority.standing is Standing.NAMED:
        return not (authority.root and authority.sha1s <= PUBLIC_ROOTS)  # Windows fetches these as it meets them
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
    newest = authority.certificates[0]
    its = {id(held) for held in newest.held}
    ordered = sorted(authority.held, key=lambda h: (id(h) not in its, h.kind != "store-certificate", h.server))
    return tuple(ordered[:6])
