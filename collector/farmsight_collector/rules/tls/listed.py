"""What the stores that issuer lists are made from hold, where no handshake was looked at."""

from collections.abc import Callable, Iterator, Sequence

from farmsight_collector.model.bindings import PROXY_TRUST_STORE, serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.pki import names
from farmsight_collector.pki.chains import Authority, UserChains
from farmsight_collector.rules.rule import CannotTell, Verdict
from farmsight_collector.rules.tls.issuers import list_store
from farmsight_collector.rules.unseen import unseen

Found = Callable[[Server, Held, str, Authority], Verdict]


def lacking(farm: Farm, chains: UserChains, needed: Sequence[Authority], holds: Found) -> Iterator[Verdict]:
    """Yield, by `holds`, each CA of which neither itself nor one above it is in the store that a binding names."""
    above = {one.subject for authority in needed for one in chains.ancestors(authority)}
    lowest = [authority for authority in needed if authority.subject not in above]
    for server in farm.of_role("adfs", "wap"):
        try:
            named = _named(farm, server)
            if named is None:
                continue
            binding, store = named
            yield from unseen(farm, "entra-authority", about=server.name)
            listed = {names.text_key(h.value.certificate.subject) for h in server.need("store-certificate", part=store)}
        except UnknownFactError as error:
            yield CannotTell(server=server.name, reason=error.reason, probe=error.probe, part=error.part)
            continue
        for authority in lowest:
            chain = (authority, *chains.ancestors(authority))
            if not any(names.text_key(one.certificates[0].subject) in listed for one in chain):
                yield holds(server, binding, store, authority)


def _named(farm: Farm, server: Server) -> tuple[Held, str] | None:
    """Return the binding for users' certificates with the store its list is made from; None: none of users' CAs."""
    binding = serving(server, *server_endpoint(farm, server))
    if binding is None or str(binding.value.ctl_store).lower() == PROXY_TRUST_STORE:
        return None
    store = list_store(server, binding)
    return None if store is None else (binding, store)
