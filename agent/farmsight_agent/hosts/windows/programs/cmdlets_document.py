"""One run of the cmdlets as the document that NAME_adfs.json or NAME_wap.json would be: sections, and why others lack.

Reasons are told from error ids, categories and types, never from words: those
are translated. The codes of AD FS ("PS0033") stand in its messages in every
language.
"""

import re
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence.documents.depth import shown
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import rows, text
from farmsight_agent.hosts.windows.programs.powershell_text import SOURCE, Told, said, told
from farmsight_agent.hosts.windows.programs.program_output import Printed

# How a run can end before its sections are told; the reasons of these are those of a run, not of a cmdlet.
CUT_SHORT: Final = frozenset({"timed-out", "too-much-output", "powershell-failed", "truncated", "not-understood"})
_MODULE: Final = "Import-Module"
_REASONS: Final = (
    ("not-primary", re.compile(r"\bPS0033\b")),
    ("not-in-this-version", re.compile(r"\bCommandNotFoundException\b")),
    # ADMIN0120 (not authorised to access the policy service) is from memory; the rest is PowerShell's and CIM's.
    (
        "denied",
        re.compile(
            r"\bPermissionDenied\b|\bSecurityError\b|UnauthorizedAccess|AccessDenied|\bADMIN0120\b"
            r"|\b0x8007052[eE]\b|\b0x80070005\b|\b0x80041003\b"
        ),
    ),
    # The cmdlets of AD FS ask its service at net.tcp://localhost:1500/policy.
    ("service-stopped", re.compile(r"\bEndpointNotFoundException\b")),
    ("no-such-class", re.compile(r"\b0x8004100[eE]\b|\b0x80041010\b")),
)


def document(printed: Printed, names: Sequence[str], *, running: bool, limit_s: float) -> Located:
    """Return the sections called `names`, each there or with its error.

    `running` says whether the role's service runs: where not, what fails
    fails because of that.
    """
    found = told(printed.stdout)
    made = Located((name, shown(found.sections[name])) for name in names if name in found.sections)
    made.source = f"{SOURCE}:"
    lacking = _lack(printed, found, limit_s)
    secondary = _is_secondary(found)
    errors = Located()
    for name in names:
        if name in found.errors:
            errors[name] = _refusal(found.errors[name], running=running, secondary=secondary)
        elif name not in made:
            errors[name] = lacking
    made["Errors"] = errors
    return made


def _refusal(why: Located, *, running: bool, secondary: bool) -> Located:
    """Return the error entry of a cmdlet that refused."""
    whole = " ".join(text(why.get(name)) for name in ("Type", "Category", "Id", "Message"))
    reason = next((reason for reason, pattern in _REASONS if pattern.search(whole)), "command-failed")
    if reason == "command-failed":
        # On a secondary of a WID farm most cmdlets refuse; its role says so where no code does.
        reason = "not-primary" if secondary else reason if running else "service-stopped"
    return _entry(reason, text(why.get("Message")))


def _is_secondary(found: Told) -> bool:
    return any(
        text(row.get("Role")).lower().startswith("secondary")
        for row in rows(found.sections.get("Get-AdfsSyncProperties"))
    )


def _lack(printed: Printed, found: Told, limit_s: float) -> Located:
    """Return why a section that is not there is not there."""
    errors = said(printed.stderr)
    if _MODULE in found.errors:
        return _of_module(found.errors[_MODULE])
    if printed.cut == "time":
        return _entry("timed-out", f"PowerShell was stopped after {limit_s:g} s. {errors}")
    if printed.cut == "size":
        return _entry("too-much-output", f"PowerShell was stopped after {len(printed.stdout)} bytes. {errors}")
    if printed.exit_code != 0:
        return _entry("powershell-failed", f"PowerShell ended with {printed.exit_code}. {errors}")
    if found.complete:
        return _entry("not-understood", f"what PowerShell printed of it is no JSON. {errors}")
    return _entry("truncated", f"what PowerShell printed breaks off. {errors}")


def _of_module(why: Located) -> Located:
    """Return the entry of a module that did not load."""
    missing = text(why.get("Id")).startswith("Modules_ModuleNotFound")
    return _entry("module-missing" if missing else "module-failed", text(why.get("Message")))


def _entry(reason: str, message: str) -> Located:
    made = Located(Reason=reason, Message=message.strip())
    made.source = SOURCE
    return made
