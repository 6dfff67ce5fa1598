"""Whether a server is outside the domain, where `ldap:///` can't be asked."""

from farmsight_collector.model.view import Held, Server
from farmsight_collector.pki.revocation import Fetched
from farmsight_collector.pki.sources import Sources
from farmsight_collector.pki.told import plain
from farmsight_wire.v1 import facts_pb2 as f

_DIRECTORY = "ldap:///"
_NOT_TRIED = frozenset({f.RETRIEVAL_OUTCOME_UNSPECIFIED, f.RETRIEVAL_OUTCOME_UNKNOWN})


def outside(server: Server, source: Sources) -> tuple[bool | None, tuple[Held, ...]]:
    """Return whether the server can't ask the directory for this certificate's CRL, and the facts that say so.

    A server says itself whether it is in a domain. Where it does not, the
    attempts on the certificate's ldap URLs tell; AD FS itself is always in one.
    """
    hosts = server.ask("host").facts
    joined = {held.value.domain_joined for held in hosts}
    if f.TRISTATE_YES in joined:
        return False, ()
    if f.TRISTATE_NO in joined:
        return True, hosts[:1]
    if server.role == "adfs":
        return False, ()
    wanted = {url for url in source.crl_urls if url.lower().startswith("ldap:")}
    rows = [h for c in server.contexts("retrievals") for h in server.ask("retrieval", context=c).facts]
    tried = [h for h in rows if h.value.url in wanted and plain(h.value).outcome not in _NOT_TRIED]
    if not tried:
        return None, ()
    return not any(plain(h.value).outcome == f.RETRIEVAL_OUTCOME_OK for h in tried), tuple(tried[:2])


def out_of_reach(server: Server, one: Fetched) -> bool:
    """Tell whether this is the directory, asked from where no domain is known of, while another URL is to serve.

    That it fails there is as it should be, whatever is wrong with the other URL; AD FS itself is always in a domain.
    """
    if not one.value.url.lower().startswith(_DIRECTORY):
        return False
    joined = {held.value.domain_joined for held in server.ask("host").facts}
    if f.TRISTATE_YES in joined or (f.TRISTATE_NO not in joined and server.role == "adfs"):
        return False
    return any(not twin.value.url.lower().startswith(_DIRECTORY) for twin in one.twins)
