"""Which Active Directory domain a Linux machine belongs to."""

from pathlib import Path

from farmsight_agent.hosts.linux import files
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2


def membership(root: Path = Path("/")) -> tuple[facts_pb2.Tristate.ValueType, str]:
    """Return whether the machine is in a domain, from sssd's or winbind's settings, and which."""
    try:
        sssd = files.settings(files.text_if_any(root / "etc/sssd/sssd.conf").replace(" = ", "="))
        samba = files.settings(files.text_if_any(root / "etc/samba/smb.conf").replace(" = ", "="))
    except NotObservedError:
        return facts_pb2.TRISTATE_UNKNOWN, ""
    domain = sssd.get("ad_domain") or sssd.get("domains", "").partition(",")[0].strip()
    if domain:
        return facts_pb2.TRISTATE_YES, domain
    if samba.get("security", "").lower() == "ads":
        return facts_pb2.TRISTATE_YES, samba.get("realm", "").lower()
    return facts_pb2.TRISTATE_NO, samba.get("workgroup", "")
