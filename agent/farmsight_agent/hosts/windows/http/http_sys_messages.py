"""From what http.sys answers to messages of the wire contract. Platform-free."""

import re
from collections.abc import Callable
from typing import Final

from farmsight_agent.hosts import binding_flags, sddl
from farmsight_agent.hosts.windows.http.httpapi_records import Binding, UrlAcl
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

NameOf = Callable[[str], str]  # the name of a SID, "" where it does not resolve

_SID: Final = re.compile(r"S-1-\d.*")


def reservation(held: UrlAcl, name_of: NameOf, source: facts_pb2.AgentDataSource.ValueType) -> facts_pb2.UrlReservation:
    """Return a reservation with its trustees; raises FailedError on one without URL or readable descriptor."""
    if not held.url:
        raise FailedError("not-understood", "a reservation without a URL")
    try:
        trustees = sddl.trustees(held.sddl)
    except sddl.SddlError as error:
        # Without its entries the reservation would look as if nobody might use it.
        raise FailedError("not-understood", f"{held.url}: {error}") from error
    for trustee in trustees:
        if not trustee.name and _SID.fullmatch(trustee.sid):
            trustee.name = name_of(trustee.sid)
    return facts_pb2.UrlReservation(url=held.url, sddl=held.sddl, trustees=trustees, data_source=source)


def binding(held: Binding, kind: facts_pb2.BindingKind.ValueType, build: int) -> facts_pb2.TlsBinding:
    """Return a binding as the API gave it, on a Windows of this build."""
    known = held.parameters
    message = facts_pb2.TlsBinding(
        binding_kind=kind,
        host=held.host or held.address.text,
        port=held.address.port,
        certificate_sha1=known.hash.hex(),
        application_id=f"{{{known.application}}}",
        store=known.store,
        revocation_freshness_s=known.freshness_s,
        url_retrieval_timeout_ms=known.url_timeout_ms,
        ctl_identifier=known.ctl_identifier,
        ctl_store=known.ctl_store,
        data_source=facts_pb2.AGENT_DATA_SOURCE_API,
        product="http.sys",
    )
    if kind == facts_pb2.BINDING_KIND_CCS and held.address.unspecified:
        message.host = "*"  # the central store is for a port; netsh shows nothing else of it
    binding_flags.set_check_mode(message, known.check_mode)
    binding_flags.set_flags(message, known.flags, build)
    return message
