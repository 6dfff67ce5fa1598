"""What listings leave open about a store."""

from collections.abc import Iterable, Iterator
from itertools import islice

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.gaps import Unsure
from farmsight_collector.rules.rule import CannotTell
from farmsight_collector.rules.unseen import unseen


def unsure(server: Server, gap: Unsure) -> CannotTell:
    """Return that a CA may be missing: the server holds a certificate of its name, of which no key is known."""
    store = "ROOT" if gap.authority.root else "CA"
    return CannotTell(
        server=server.name,
        subject=gap.authority.subject,
        reason=gap.reason,
        probe="certificate-stores",
        part=store,
    )


def ca_unseen(farm: Farm) -> Iterator[CannotTell]:
    """Yield, for each server, a doubt about the CAs that it may show where it is not known what it holds."""
    for server in farm.servers:
        for kind in ("store-certificate", "entra-authority"):
            yield from islice(unseen((server,), kind, named=True), 1)


def peers_unseen(farm: Farm, role: str, store: str, besides: Iterable[str] = ()) -> Iterator[CannotTell]:
    """Yield a doubt for each server of a role that can't be compared: what it alone holds may be lacking elsewhere."""
    yield from unseen(farm.of_role(role), "store-certificate", part=store, besides=besides)
