"""Whether an output of `certutil -verify` is all that the tool printed.

The line that ends it proves little: people leave out what they think does
not matter, and filters let that line through.
"""

import re
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence import selection
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.hresults import failure
from farmsight_agent.hosts.evidence.certutil.verification_parts import Verification

_COMMAND: Final = re.compile(r"\bcertutil\b.*\s[-/\u2013\u2014]verify\b", re.IGNORECASE)
_LONGEST: Final = 2000
# CERT_TRUST_STATUS (wincrypt.h): what a chain that is whole ends in, and what says that it could not be built.
_SELF_SIGNED: Final = 0x8
_PEER_TRUSTED: Final = 0x800
_UNTRUSTED_ROOT: Final = 0x20
_CYCLIC: Final = 0x80
_PARTIAL_CHAIN: Final = 0x10000
_OF_CHAIN: Final = frozenset({"0x800b010a", "0x800b0109"})  # CERT_E_CHAINING, CERT_E_UNTRUSTEDROOT


def is_whole(found: Verification, file: Text, printed: Sequence[Line]) -> bool:
    """Tell whether nothing shows that lines are missing: every certificate up to the end of the chain is there."""
    levels = [one.level for one in found.chain]
    if not levels or levels != list(range(len(levels))):
        return False
    ends = _ends(found) or any(failure(line.text) in _OF_CHAIN for line in printed)
    filtered = any(_COMMAND.search(line.text[:_LONGEST]) and selection.is_filtered(line.text) for line in printed)
    return ends and not filtered and not selection.gap_in(file.lines(), drawn=False)


def is_described(found: Verification) -> bool:
    """Tell whether each certificate of the chain is shown by its names and its thumbprint."""
    return all(one.sha1 and one.issuer for one in found.chain)


def _ends(found: Verification) -> bool:
    errors = found.error_status
    for one in found.chain:
        errors |= one.error_status
    top = found.chain[-1].info_status & (_SELF_SIGNED | _PEER_TRUSTED)
    return bool(top or errors & (_PARTIAL_CHAIN | _UNTRUSTED_ROOT | _CYCLIC))
