"""What `certutil -verify` said in captured files: retrievals and verdicts by account, and certificates handed in."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from farmsight_agent.hosts.evidence import contexts
from farmsight_agent.hosts.evidence.capture import Capture
from farmsight_agent.hosts.evidence.certutil import verification, verification_facts
from farmsight_agent.hosts.evidence.certutil.verification import Verification
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.hosts.evidence.stores import exported
from farmsight_agent.hosts.evidence.stores.given import given_certificate
from farmsight_agent.hosts.evidence.wanted import missing
from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.normalise.facts import fact
from farmsight_agent.outcome import NotApplicableError, NotObservedError
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

T = TypeVar("T")
Keep = Callable[[bytes], bytes]
FORM = "certutil-verify"
CERTIFICATES = "certificates"


def _as(shelf: Shelf, named: Sequence[Account], account: Account) -> list[Capture]:
    """Return the outputs that were captured as an account, the newest last."""
    return [
        one
        for one in shelf.of(FORM)
        if contexts.account_of(one.account, shelf.server, named).context == account.context
    ]
