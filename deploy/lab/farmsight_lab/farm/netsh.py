"""The text that netsh prints for reservations and bindings (Windows Server 2022, English)."""

from farmsight_lab.farm.state import Binding, Entry, Reservation


def urlacl_text(reservations: list[Reservation]) -> str:
    """Return what `netsh http show urlacl` prints."""
    blocks = ["", "URL Reservations:", "-----------------", ""]
    for reservation in reservations:
        blocks.append(f"    Reserved URL            : {reservation.url} ")
        for entry in reservation.entries:
            blocks += _entry(entry)
        acl = "".join(f"(A;;{entry.rights};;;{entry.sid})" for entry in reservation.entries)
        blocks += [f"            SDDL: D:{acl} ", ""]
    return "\r\n".join(blocks) + "\r\n"


def _entry(entry: Entry) -> list[str]:
    if not entry.account:
        return ["        Can't lookup sid, Error: 1332"]
    return [
        f"        User: {entry.account}",
        f"            Listen: {'Yes' if entry.rights in ('GA', 'GX', 'GXGW') else 'No'}",
        f"            Delegate: {'Yes' if entry.rights in ('GA', 'GW', 'GXGW') else 'No'}",
    ]


def sslcert_text(bindings: list[Binding]) -> str:
    """Return what `netsh http show sslcert` prints."""
    lines = ["", "SSL Certificate bindings: ", "-------------------------", ""]
    for binding in bindings:
        lines += [f"    {label:<29}: {value}" for label, value in _rows(binding)]
        lines.append("")
    return "\r\n".join(lines) + "\r\n"


def _rows(binding: Binding) -> list[tuple[str, str]]:
    by_address = binding.key.rpartition(":")[0].strip("[]").replace(".", "").replace(":", "").isdigit()
    return [
        ("IP:port" if by_address else "Hostname:port", binding.key),
        ("Certificate Hash", binding.thumbprint),
        ("Application ID", binding.application),
        ("Certificate Store Name", binding.store or "(null)"),
        ("Verify Client Certificate Revocation", _enabled(binding.verify_revocation)),
        ("Verify Revocation Using Cached Client Certificate Only", _enabled(binding.cached_only)),
        ("Usage Check", _enabled(binding.usage_check)),
        ("Revocation Freshness Time", "0"),
        ("URL Retrieval Timeout", "0"),
        ("Ctl Identifier", "(null)"),
        ("Ctl Store Name", binding.ctl_store or "(null)"),
        ("DS Mapper Usage", _enabled(binding.ds_mapper)),
        ("Negotiate Client Certificate", _enabled(binding.negotiate)),
        ("Reject Connections", "Disabled"),
        ("Disable HTTP2", "Not Set"),
        ("Disable QUIC", "Not Set"),
        ("Disable TLS1.2", "Not Set"),
        ("Disable TLS1.3", "Not Set"),
        ("Disable OCSP Stapling", "Not Set"),
        ("Enable Token Binding", "Not Set"),
        ("Log Extended Events", "Not Set"),
        ("Disable Legacy TLS Versions", "Not Set"),
        ("Enable Session Ticket", "Not Set"),
    ]


def _enabled(value: bool) -> str:
    return "Enabled" if value else "Disabled"
