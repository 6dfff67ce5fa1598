"""A CA that issues users' certificates may not be used for client authentication."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki import verdicts
from farmsight_collector.pki.chains import (
    ANY_USAGE,
    CLIENT_AUTHENTICATION,
    Standing,
    allows_client_authentication,
    user_chains,
)
from farmsight_collector.pki.purposes import restricted
from farmsight_collector.pki.verdicts import Said
from farmsight_collector.rules.chain.said import ca_doubts, name_of, only_listed
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

_RENEW = told("the parent CA", "Renew this CA without extended key usages, or with client authentication in them")


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each named intermediate whose extended key usages leave client authentication out."""
    yield from ca_doubts(farm)
    for authority in user_chains(farm).authorities:
        valid = authority.valid_at(farm.as_of)
        if authority.root or authority.standing is not Standing.NAMED or not valid:
            continue  # one that nobody names is a CA for servers, and in no user's chain
        if any(map(allows_client_authentication, valid)):
            if not any(known.certificate for known in valid):
                yield only_listed(authority)
            continue
        yield Holds(
            subject=authority.subject,
            title=f"The extended key usages of {authority.subject} leave client authentication out",
            evidence=valid[0].held[:4],
            remedy=(_RENEW,),
        )
    heard = [one for server in farm.of_role(*sorted(SIGN_IN)) for one in verdicts.said(server)]
    narrow = [one for one in heard if _leaves_out(farm, one) and not _by_its_copy(farm, one)]
    at_fault = {one.leaf.sha1 for one in narrow if one.value.leaf_is_ca == facts_pb2.TRISTATE_YES}
    for one in narrow:
        if at_fault.isdisjoint(element.certificate.sha1 for element in one.value.elements[1:]):
            yield from _told(farm, one)


def _leaves_out(farm: Farm, one: Said) -> bool:
    """Tell whether the chain engine finds the chain of a user's certificate, or of a CA's, not good for it."""
    if one.leaf.sha1 in verdicts.of_servers(farm):
        return False
    if one.errors & verdicts.NOT_VALID_FOR_USAGE:
        return True
    usages = set(one.value.application_policies)
    return bool(usages) and not usages & {CLIENT_AUTHENTICATION, *ANY_USAGE} and not one.value.all_application_policies


def _by_its_copy(farm: Farm, one: Said) -> bool:
    """Tell whether a CA of the chain is restricted where the server keeps it: no certificate need be at fault then."""
    copies = {held.value.certificate.sha1 for held in restricted(farm, one.server)}
    return any(element.certificate.sha1 in copies for element in one.value.elements)


def _told(farm: Farm, one: Said) -> Iterator[Holds]:
    """Yield who is at fault: the element that is marked, else the certificate that was judged or a CA above it.

    A user's certificate that was handed in says itself what it is for; where
    that leaves client authentication out, it is no CA that does.
    """
    marked = one.with_error(verdicts.NOT_VALID_FOR_USAGE)
    if not marked and _itself(farm, one.leaf.sha1):
        return
    about = marked[-1] if marked else one.leaf
    sure = about.sha1 != one.leaf.sha1 or one.value.leaf_is_ca == facts_pb2.TRISTATE_YES
    yield Holds(
        subject=name_of(about),
        servers=(one.server.name,),
        contexts=one.contexts,
        title=f"The chain of {name_of(about)} is not good for client authentication, by the word of the chain engine",
        evidence=(one.held,),
        remedy=(_RENEW,),
        why=RULE.why + ("" if sure else " Whether the certificate itself or a CA above it leaves it out is not shown."),
    )


def _itself(farm: Farm, sha1: str) -> bool:
    given = (held for server in farm.servers for held in server.ask("given-certificate").facts)
    return any(
        held.value.certificate.sha1 == sha1
        and held.value.extended_key_usage_present == facts_pb2.TRISTATE_YES
        and not {CLIENT_AUTHENTICATION, *ANY_USAGE} & set(held.value.extended_key_usages)
        for held in given
    )


RULE = Rule(
    code="chain.eku-without-client-auth",
    catalogue=("CHAIN-05",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate"),
    what=(
        "An intermediate CA has extended key usages, and client authentication (1.3.6.1.5.5.7.3.2) is not among them."
    ),
    why=(
        "Windows narrows what a chain is good for by every CA in it: certificates below are not valid for this usage."
    ),
    remedy="Renew the CA certificate; switching the usage check of the binding off is not advised.",
    check="certutil -dump CA.cer: the enhanced key usages as they are now; ask who restricted them.",
    undo="Keep the old CA certificate in the stores until the new one is everywhere.",
    source="certutil -verify, Verified Application Policies; wincrypt.h, CERT_TRUST_IS_NOT_VALID_FOR_USAGE",
    explains=("chain.server-refuses",),
    on_farm=check,
)
