"""The delta CRLs that base CRLs name (RFC 5280 5.2.6), as further targets.

Those that certificates name (4.2.1.15) are among the targets from the start.
"""

from typing import Final

from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.target import Target
from farmsight_wire.v1 import facts_pb2

MOST_PER_CRL: Final = 20
MOST: Final = 100  # of one run
_NOT_THE_CAS: Final = frozenset({facts_pb2.SIGNATURE_CHECK_FAILED, facts_pb2.SIGNATURE_CHECK_WRONG_ISSUER})


class Freshest:
    """The targets that base CRLs add while they come in."""

    def __init__(self, known: set[str]) -> None:
        """Start with the keys of the targets that are fetched anyway."""
        self._known = known
        self.targets: list[Target] = []

    def add(self, base: Target, answer: facts_pb2.Retrieval) -> None:
        """Add what a base CRL names and nobody named before.

        Anybody on the way can write URLs into a CRL that the CA did not
        sign: those are recorded, and not fetched.
        """
        if base.purpose != facts_pb2.RETRIEVAL_PURPOSE_CRL:
            return
        reason = "not fetched: the CRL that names it is not the CA's" if answer.signature in _NOT_THE_CAS else ""
        for position, text in enumerate(answer.crl.freshest_urls):
            if position == MOST_PER_CRL:
                more = len(answer.crl.freshest_urls) - MOST_PER_CRL
                reason = f"{more} more URLs of this CRL are not fetched (limit {MOST_PER_CRL})"
            self._add(base, text, position, reason)
            if position == MOST_PER_CRL:
                return

    def _add(self, base: Target, text: str, position: int, reason: str) -> None:
        url = urls.printable(text)
        if len(text) > urls.LONGEST:
            url, reason = url[:200], f"not fetched: a URL of {len(text)} characters"
        if len(self.targets) >= MOST:
            reason = f"more delta CRLs than are fetched in one run (limit {MOST})"
        target = Target(
            purpose=facts_pb2.RETRIEVAL_PURPOSE_DELTA,
            url=url,
            named_by=base.named_by,
            position=position,
            issuer_der=base.issuer_der,
            other_issuers=base.other_issuers,
            serials=base.serials,
            not_fetched=reason,
            remarks=(f"named by the base CRL at {base.url}",),
        )
        if target.key not in self._known and len(self.targets) <= MOST:
            self._known.add(target.key)
            self.targets.append(target)
