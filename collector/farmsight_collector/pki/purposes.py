"""What a server's own copy of a CA certificate may be used for: a property beside the copy, and not in the certificate.

CERT_ENHKEY_USAGE_PROP_ID is set in the certificate's properties, General, Certificate purposes. With it, a
certificate is good for those usages alone that both the property and the extension list. Source: Microsoft,
CertGetEnhancedKeyUsage, remarks.
"""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.chains import ANY_USAGE, CLIENT_AUTHENTICATION
from farmsight_collector.pki.inventory import inventory
from farmsight_wire.v1 import facts_pb2

STORES: Final = ("ROOT", "CA")  # where chains are built from
_GOOD: Final = frozenset({CLIENT_AUTHENTICATION, *ANY_USAGE})


def keeps_clients_out(copy: facts_pb2.StoreCertificate) -> bool | None:
    """Tell whether a stored copy may not be used for client authentication; None where the source does not show it."""
    if copy.usages_restricted == facts_pb2.TRISTATE_YES:
        return _GOOD.isdisjoint(copy.allowed_usages)
    return False if copy.usages_restricted == facts_pb2.TRISTATE_NO else None


def restricted(farm: Farm, server: Server) -> Iterator[Held]:
    """Yield the copies in this server's stores, as far as they are known, that may not be used for clients."""
    for store in STORES:
        yield from (held for held in inventory(farm).answer(server, store).facts if keeps_clients_out(held.value))
