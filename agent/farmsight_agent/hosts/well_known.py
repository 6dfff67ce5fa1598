"""Accounts of Windows whose SID follows from their name alone, on every machine (MS-DTYP 2.4.2.4)."""

from typing import Final

from farmsight_agent.hosts import sddl

_ACCOUNT_SIDS: Final = {
    "localsystem": "S-1-5-18",
    "nt authority\\system": "S-1-5-18",
    "nt authority\\localservice": "S-1-5-19",
    "nt authority\\networkservice": "S-1-5-20",
}


def account_sid(account: str, service: str) -> str:
    """Return the SID of an account as the service database names it, or "" where the name alone does not tell it."""
    folded = account.lower().replace("nt authority\\network service", "nt authority\\networkservice")
    if folded == f"nt service\\{service.lower()}":
        return sddl.service_sid(service)
    return _ACCOUNT_SIDS.get(folded.replace("local service", "localservice"), "")
