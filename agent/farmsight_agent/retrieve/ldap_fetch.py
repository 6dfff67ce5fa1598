"""One LDAP URL fetched: the way there as for HTTP, the values of the entry as the body."""

import contextlib
from collections.abc import Iterator
from typing import Final

from farmsight_agent.normalise import der
from farmsight_agent.retrieve import ldap
from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.connect import Attempt, connect_any
from farmsight_agent.retrieve.directory import Directory
from farmsight_agent.retrieve.fetch import Network, Trail
from farmsight_agent.retrieve.http import secured
from farmsight_agent.retrieve.ldap_url import LDAP_PORTS, LdapUrl, parse_ldap
from farmsight_agent.retrieve.limits import Deadline
from farmsight_agent.retrieve.trouble import RetrievalTroubleError, from_system
from farmsight_wire.v1 import facts_pb2

SCHEMES: Final = frozenset(LDAP_PORTS)
# What is read where the URL names no attribute (RFC 4523 2.2 to 2.6).
_USUAL: Final = {
    facts_pb2.RETRIEVAL_PURPOSE_CRL: ("certificateRevocationList", "authorityRevocationList"),
    facts_pb2.RETRIEVAL_PURPOSE_DELTA: ("deltaRevocationList",),
    facts_pb2.RETRIEVAL_PURPOSE_AIA: ("cACertificate", "crossCertificatePair"),
}
_CROSS_PAIR: Final = "crosscertificatepair"
_AS_ACCOUNT: Final = "asked again as this account: to anonymous readers {}"


def fetch_entry(
    text: str, purpose: facts_pb2.RetrievalPurpose.ValueType, network: Network, deadline: Deadline, trail: Trail
) -> None:
    """Read the values that an LDAP URL leads to into the trail's body, each beside the next.

    Raises `RetrievalTroubleError` for everything but an entry with a value.
    """
    try:
        url = parse_ldap(text)
    except ValueError as error:
        detail = f"not a URL that can be asked for: {error}"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_FAILED, detail[:200]) from error
    if not url.host:
        url = url.at(network.directory.controller(deadline, network.limits))
    names = url.attributes or _USUAL[purpose]
    found = _found(url, names, network, deadline, trail)
    _keep(_split(found), trail, network)


def _found(url: LdapUrl, names: tuple[str, ...], network: Network, deadline: Deadline, trail: Trail) -> ldap.Found:
    """Read anonymously, and where that shows nothing, as the account, within its own domain alone.

    A certificate can name any host: to bind there as the account would show
    the host who asks, and let it pass the proof on to others.
    """
    try:
        return _as_nobody(url, names, network, deadline, trail)
    except RetrievalTroubleError as error:
        wants_more = error.outcome == facts_pb2.RETRIEVAL_OUTCOME_DIRECTORY_RESULT
        if not wants_more or url.scheme != "ldap" or not network.directory.is_own(url.host):
            raise
        trail.remarks.append(_AS_ACCOUNT.format(error.detail))
    return _as_account(url, names, network, network.directory, deadline)


def _as_nobody(url: LdapUrl, names: tuple[str, ...], network: Network, deadline: Deadline, trail: Trail) -> ldap.Found:
    hop = facts_pb2.Hop(url=urls.printable(url.text))
    trail.hops.append(hop)
    attempt = Attempt()
    try:
        connection = connect_any(
            url.host,
            url.port,
            connect_to=network.connect_to,
            limits=network.limits,
            deadline=deadline,
            attempt=attempt,
        )
        with contextlib.closing(connection):
            if url.scheme == "ldaps":
                connection = secured(connection, url.host, deadline, network.limits.timeout_s)
            with contextlib.closing(connection):
                found = ldap.read(connection, url, names, deadline, network.limits)
    except OSError as error:
        raise from_system(error) from error
    finally:
        hop.addresses_tried.extend(attempt.tried)
        hop.address = attempt.tried[-1] if attempt.tried else ""
        trail.attempt.dns_addresses += attempt.dns_addresses
    ldap.refuse_nothing(found, names, who="anonymous readers")
    return found


def _as_account(
    url: LdapUrl, names: tuple[str, ...], network: Network, directory: Directory, deadline: Deadline
) -> ldap.Found:
    place = network.connect_to.get(f"{url.host.lower()}:{url.port}") or f"{url.host}:{url.port}"
    try:
        found = directory.read_as_account(url, place, names, deadline, network.limits)
    except OSError as error:
        raise from_system(error) from error
    ldap.refuse_nothing(found, names, who="this account")
    return found


def _split(found: ldap.Found) -> list[bytes]:
    """Return the values, sorted: a directory gives them in no order, and a fact has one."""
    values: set[bytes] = set()
    for name, value in found.values:
        values.update(_of_pair(value) if name == _CROSS_PAIR else (value,))
    return sorted(values)


def _of_pair(value: bytes) -> Iterator[bytes]:
    """Yield the certificates of a CertificatePair (RFC 4523 2.4); what is none comes as it is."""
    try:
        outer = der.expect(value, 0, len(value), der.SEQUENCE)
        inner = [der.element(value, one.body, one.end) for one in der.children(value, outer)]
    except der.DerError:
        yield value
        return
    yield from (der.whole(value, one) for one in inner)


def _keep(values: list[bytes], trail: Trail, network: Network) -> None:
    for value in values:
        trail.body.write(value)
        trail.sizes.append(len(value))
        if trail.body.size > network.limits.max_bytes:
            raise ldap.too_large(network.limits)
