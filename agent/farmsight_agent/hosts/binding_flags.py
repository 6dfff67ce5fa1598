"""The bits of a TLS binding's check mode and flags, and which build of Windows knows which.

Platform-free. Sources: win32 Http documentation, HTTP_SERVICE_CONFIG_SSL_PARAM;
http.h of the Windows SDK 10.0.26100. Which build knows a flag is told by what
its `netsh http add sslcert help` offers: 2016 rejecting and HTTP/2, 2019 QUIC,
versions of TLS and OCSP stapling, 2022 token binding, extended events and
session tickets, 2025 the session identifier.
"""

from typing import Final

from farmsight_wire.v1 import facts_pb2

NO_REVOCATION: Final = 0x1
CACHED_REVOCATION: Final = 0x2
NO_USAGE_CHECK: Final = 0x10000

FLAGS: Final = {
    0x1: "ds_mapper",
    0x2: "negotiate_client_certificate",
    0x4: "no_raw_filter",
    0x8: "reject",
    0x10: "disable_http2",
    0x20: "disable_quic",
    0x40: "disable_tls13",
    0x80: "disable_ocsp_stapling",
    0x100: "enable_token_binding",
    0x200: "log_extended_events",
    0x400: "disable_legacy_tls",
    0x800: "enable_session_ticket",
    0x1000: "disable_tls12",
    0x4000: "disable_session_id",
}
# From this build on (Windows Server 2016, 2019, 2022, 2025), the flags that it adds. 0x4 died with Windows Server 2003.
_SINCE: Final = ((0, 0x3), (14393, 0x18), (17763, 0x14E0), (20348, 0xB00), (26100, 0x4000))


def known_flags(build: int) -> int:
    """Return the flags that a build of Windows knows, as one mask."""
    return sum(mask for since, mask in _SINCE if build >= since)


def set_check_mode(binding: facts_pb2.TlsBinding, mode: int) -> None:
    """Write a check mode into a binding; bits of no field stay visible in `raw_check_mode`."""
    binding.raw_check_mode = mode
    binding.verify_client_revocation = not mode & NO_REVOCATION
    binding.cached_revocation_only = bool(mode & CACHED_REVOCATION)
    binding.usage_check = not mode & NO_USAGE_CHECK


def set_flags(binding: facts_pb2.TlsBinding, flags: int, build: int) -> None:
    """Write flags into a binding; bits of no field stay visible in `raw_flags`.

    A bit that is set is said whatever the build; one that is not set says
    "no" only where the build knows it, and nothing elsewhere.
    """
    binding.raw_flags = flags
    told = flags | known_flags(build)
    for bit, name in FLAGS.items():
        if told & bit:
            setattr(binding, name, bool(flags & bit))
