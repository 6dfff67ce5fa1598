"""What `certutil -verify` says of the chain as a whole, below the last rule and above it.

Codes and OIDs are the same in every language; the sentences are not. That
the revocation check passed is told in words only, so in other languages it
is known from what must go with it: the engine shows by which CRL or answer
it went for the certificate, sets no revocation bit, and no code is printed.
"""

import re
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.hresults import failure
from farmsight_agent.hosts.evidence.certutil.verification_parts import (
    OFFLINE_REVOCATION,
    REVOCATION_UNKNOWN,
    REVOKED,
    Verification,
)

# CRYPT_E_REVOKED, NO_REVOCATION_DLL, NO_REVOCATION_CHECK, REVOCATION_OFFLINE, NOT_IN_REVOCATION_DATABASE;
# CERT_E_REVOKED, CERT_E_REVOCATION_FAILURE.
_OF_REVOCATION: Final = frozenset(
    {"0x80092010", "0x80092011", "0x80092012", "0x80092013", "0x80092014", "0x800b010c", "0x800b010e"}
)
_RULE: Final = re.compile(r"-{8,}")
_OID: Final = re.compile(r"(\d+(?:\.\d+)+)(?: |$)")
_LIST: Final = re.compile(r"[^:\uff1a]{1,100}[:\uff1a] *(?P<word>\S{0,30})")
_KEY_PURPOSES: Final = ("1.3.6.1.5.5.7.3.", "1.3.6.1.4.1.311.10.3.", "1.3.6.1.4.1.311.20.2.", "2.5.29.37.0")
_CA_TEMPLATES: Final = frozenset({"CA", "SubCA", "CrossCA"})  # names of templates; nobody translates them


def conclude(found: Verification, loose: Sequence[Line], *, failed_with: str) -> None:
    """Say what the loose lines tell of the whole; `failed_with` is the code in the line that ends the output."""
    last = max((at for at, line in enumerate(loose) if _RULE.fullmatch(line.bare)), default=len(loose))
    above, below = loose[:last], loose[last + 1 :]
    codes_above, codes_below = _codes(above), _codes(below)
    codes_below += [failed_with] if failed_with else []
    found.chain_error = next(iter(codes_above), next((one for one in codes_below if one not in _OF_REVOCATION), ""))
    of_revocation = [one for one in (*codes_below, *codes_above) if one in _OF_REVOCATION]
    found.revocation_error = of_revocation[0] if of_revocation else ""
    sentences = {line.bare.lower().rstrip(".") for line in below}
    found.revocation_passed = _passed(found, sentences)
    found.leaf_is_ca = _is_ca(found, sentences, _behind_lists(below))
    _policies(found, below)


def _codes(lines: Sequence[Line]) -> list[str]:
    return [code for code in (failure(line.text) for line in lines) if code]


def _is_ca(found: Verification, sentences: set[str], said: int | None) -> bool | None:
    """Return whether the leaf is a CA's; `said` is how many sentences follow the lists.

    Older versions say it of CAs only: where one sentence follows, it is the
    one about revocation.
    """
    if "cert is a ca certificate" in sentences:
        return True
    if "cert is an end entity certificate" in sentences:
        return False
    if found.leaf is not None and found.leaf.template in _CA_TEMPLATES:
        return True
    return False if said == 1 and found.complete and found.revocation_passed else None


def _passed(found: Verification, sentences: set[str]) -> bool | None:
    """Return whether the leaf's revocation check passed; None where that is not told."""
    leaf = found.leaf
    if found.revocation_error or (leaf is not None and leaf.error_status & REVOKED):
        return False
    if "leaf certificate revocation check passed" in sentences:
        return True
    if leaf is None or not found.complete:
        return None
    if leaf.error_status & (REVOCATION_UNKNOWN | OFFLINE_REVOCATION):
        return False
    went_by = any(one.whole for one in leaf.crls)
    return True if went_by and not found.chain_error else None


def _policies(found: Verification, below: Sequence[Line]) -> None:
    """Read the two lists behind the last rule: policies of issuance, then of application."""
    lists = _lists(below)
    application = _application(lists)
    if application:
        found.application_policies = tuple(application)
    elif any(word == "All" and "Application" in label for label, word, _ in lists):
        found.all_application_policies = True
    elif found.leaf is not None and found.leaf.applications:
        found.application_policies = tuple(found.leaf.applications)


def _behind_lists(below: Sequence[Line]) -> int | None:
    """Return how many sentences follow the lists of policies; None where there are no lists."""
    last = max((at for at, line in enumerate(below) if _is_list(line)), default=None)
    return None if last is None else len(below) - last - 1


def _is_list(line: Line) -> bool:
    return _OID.match(line.bare) is not None or _LIST.fullmatch(line.bare) is not None


def _lists(below: Sequence[Line]) -> list[tuple[str, str, list[str]]]:
    """Return label, word and OIDs of what looks like a list."""
    found: list[tuple[str, str, list[str]]] = []
    for line in below:
        oid = _OID.match(line.bare)
        head = _LIST.fullmatch(line.bare)
        if oid is not None and found:
            found[-1][2].append(oid[1])
        elif head is not None:
            found.append((line.bare, head["word"], []))
    return found


def _application(lists: list[tuple[str, str, list[str]]]) -> list[str]:
    if len(lists) >= 2 and lists[1][2] and (lists[0][2] or lists[0][1]):
        return lists[1][2]
    of_purpose = [oids for _, _, oids in lists if any(one.startswith(_KEY_PURPOSES) for one in oids)]
    return of_purpose[0] if of_purpose else []
