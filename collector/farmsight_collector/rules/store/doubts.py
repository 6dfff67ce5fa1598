"""What listings leave open about a store."""

from farmsight_collector.model.view import Server
from farmsight_collector.pki.gaps import Unsure
from farmsight_collector.rules.rule import CannotTell


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
