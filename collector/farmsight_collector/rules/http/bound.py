"""The certificate behind a binding: its summary, and what its DER says."""

from cryptography import x509

from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.pki import blobs, certificates
from farmsight_wire.v1 import facts_pb2


def in_store(server: Server, binding: Held) -> Held | None:
    """Return the bound certificate as the store of the binding has it, or None; raises UnknownFactError."""
    store = store_of(binding)
    held = server.need("store-certificate", part=store)
    wanted = binding.value.certificate_sha1
    return next((h for h in held if h.value.certificate.sha1 == wanted), None)


def store_of(binding: Held) -> str:
    """Return the store that a binding names; http.sys reads no name as MY."""
    named = str(binding.value.store)
    return "MY" if named.lower() in ("", "my") else named


def summary(farm: Farm, server: Server, binding: Held) -> tuple[facts_pb2.CertificateSummary, Held] | None:
    """Return what is known of the bound certificate anywhere on the farm, and the fact that says it."""
    wanted = binding.value.certificate_sha1
    for one in (server, *farm.servers):
        for held in one.facts.get("store-certificate", ()) + one.facts.get("adfs-certificate", ()):
            if held.value.certificate.sha1 == wanted:
                return held.value.certificate, held
    return None


def dns_names(farm: Farm, server: Server, binding: Held) -> tuple[tuple[str, ...], Held]:
    """Return the DNS names of the bound certificate, lower case, and the fact that led to it.

    Raises UnknownFactError when its DER is not here or does not parse.
    """
    found = summary(farm, server, binding)
    if found is None or not found[0].blob_sha256:
        raise _unknown(binding, "the bound certificate was not collected")
    read = blobs.certificate(farm, found[0].blob_sha256)
    if not isinstance(read, certificates.Certificate):
        reason = "is not here yet" if read is None else f"does not parse: {read.reason}"
        raise _unknown(binding, f"the bound certificate {reason}")
    return _names(read), found[1]


def covers(names: tuple[str, ...], host: str) -> bool:
    """Tell whether one of the names is the host, or a wildcard for its first label (RFC 6125 6.4.3)."""
    _, _, parent = host.partition(".")
    return host in names or (bool(parent) and f"*.{parent}" in names)


def _names(read: certificates.Certificate) -> tuple[str, ...]:
    try:
        held = read.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(name.lower() for name in held.get_values_for_type(x509.DNSName))


def _unknown(binding: Held, reason: str) -> UnknownFactError:
    return UnknownFactError(binding.server, "certificate-stores", store_of(binding), None, reason)
