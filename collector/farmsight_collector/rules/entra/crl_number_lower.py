"""The number of a CRL does not go back."""

from collections.abc import Iterator
from datetime import datetime

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki import names
from farmsight_collector.pki.crl_numbers import crl_number
from farmsight_collector.pki.freshness import this_update
from farmsight_collector.rules.commands import publish
from farmsight_collector.rules.entra.copies import Copy, Published, judged
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2

_Key = tuple[str, str]


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for another copy of the CA's CRL, signed no later than the one at the tenant's URL, with a higher number."""
    for kind in ("store-crl", "url-cache"):
        yield from unseen(farm, kind)
    yield from judged(farm, lambda one: _judge(farm, one))


def _judge(farm: Farm, one: Published) -> Iterator[Verdict]:
    for copy in () if one.delta else one.copies:
        crl = copy.value.crl
        number, began = crl_number(crl.number), this_update(crl)
        higher = [held for high, at, held in _kept(farm).get(_key(crl), ()) if number and began and high > number
                  and at <= began]  # fmt: skip
        if higher:
            yield _holds(one, copy, higher)
            return


def _holds(one: Published, copy: Copy, higher: list[Held]) -> Holds:
    return Holds(
        subject=one.url,
        title=f"The CRL at {one.url} has a lower number than one that was signed before it",
        evidence=(one.authority, copy.held, *higher[:4]),
        remedy=(publish(one.url),),
    )


@per_farm
def _kept(farm: Farm) -> dict[_Key, list[tuple[int, datetime, Held]]]:
    """Return every base CRL that a store, a cache or an answer holds, by issuer and key."""
    found: dict[_Key, list[tuple[int, datetime, Held]]] = {}
    for server in farm.servers:
        for kind in ("store-crl", "url-cache", "retrieval"):
            for held in server.facts.get(kind, ()):
                crl = held.value.crl
                number, began = crl_number(crl.number), this_update(crl)
                if number and began and not crl.delta_base_number:
                    found.setdefault(_key(crl), []).append((number, began, held))
    return found


def _key(crl: facts_pb2.CrlSummary) -> _Key:
    return names.text_key(crl.issuer), crl.authority_key_identifier


RULE = Rule(
    code="entra.crl-number-lower",
    catalogue=("ENTRA-13",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("entra-authority", "retrieval", "store-crl", "url-cache"),
    what="The CRL at a URL of the tenant has a lower number than one of the same CA that was signed before it.",
    why="Entra keeps the CRL with the higher number: what was revoked since is not known there.",
    remedy="Publish a CRL with a higher number: a restored CA goes on counting from its backup.",
    check="certutil -dump of both CRLs: their numbers and dates. Was the CA restored from a backup?",
    undo="Put the former CRL file back: it is valid until its own end.",
    source="RFC 5280 5.2.3 (numbers only grow); Microsoft Entra, certificate revocation list documentation",
    on_farm=check,
)
