"""The tenant can fetch, from the internet, the CRLs of the CAs of the chain."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import UnknownFactError
from farmsight_collector.pki import blobs, crls
from farmsight_collector.pki.freshness import ended_words, over, unsure_words
from farmsight_collector.pki.outcomes import words
from farmsight_collector.rules.entra.copies import Copy, Published, published
from farmsight_collector.rules.entra.urls import not_public, scheme, urls
from farmsight_collector.rules.rule import Severity
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.tenant import Listed, tenant_chain
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2


def look(scene: Scene, _way: Way) -> Said:
    """Judge the CRL URLs of each CA object of the chain by what vantage points outside got from them.

    Microsoft KB 4032987, Entra configuration, step 2: the URLs in the
    certificates are not used. Nobody can look from where Entra ID looks; a
    vantage point outside comes nearest.
    """
    chain = tenant_chain(scene.farm, scene.leaf)
    said = [told for one in chain.steps for told in _of_object(scene, one)]
    if not chain.whole:
        said.append(unknown(f"The chain ends before {chain.missing or 'a root'}: what is above it is not known"))
    return worst(said)


def _of_object(scene: Scene, one: Listed) -> Iterator[Said]:
    named = urls(one.held)
    if not one.held.value.crl_url.strip():
        if named:
            text = f"The tenant names a delta CRL of {one.subject} and no base CRL"
            yield fails(text, one.held, entries=("ENTRA-12",))
        yield _without_url(scene, one)
    fetched = {p.url: p for p in published(scene.farm) if p.authority is one.held}
    for _, url in named:
        yield _of_url(scene, one, url.strip(), fetched.get(url.strip()))


def _without_url(scene: Scene, one: Listed) -> Said:
    """Judge an object without a CRL: nothing is checked then, unless the tenant demands it."""
    try:
        policies = scene.farm.known("entra-certificate-policy")
    except UnknownFactError:
        policies = ()
    demanded = {policy.value.crl_validation_required for policy in policies}
    said = f"The tenant names no CRL of {one.subject}"
    if facts_pb2.TRISTATE_YES in demanded:
        return fails(f"{said}, and demands that each CA has one", one.held, *policies, entries=("ENTRA-04",))
    if demanded == {facts_pb2.TRISTATE_NO}:
        return passes(f"{said}, so it checks none of its certificates", one.held, *policies)
    return unknown(f"{said}; whether it demands one is not known", one.held, entries=("ENTRA-04",))


def _of_url(scene: Scene, one: Listed, url: str, seen: Published | None) -> Said:
    if scheme(url) not in ("http", "https"):
        return fails(f"Entra ID does not fetch {url}: it takes http alone", one.held, entries=("ENTRA-07",))
    private = not_public(url)
    if private:
        return fails(f"Entra ID can't reach {url}: it {private}", one.held, entries=("ENTRA-05",))
    if seen is None or not seen.tried:
        return unknown(f"nobody outside is known to have fetched {url}", one.held)
    outside = [copy for copy in seen.tried if scene.farm.server(copy.held.server).role == "vantage"]
    if outside and not seen.outside:
        text = f"{url} can't be fetched from outside ({words(outside[0].value)})"
        return fails(text, one.held, outside[0].held, entries=("ENTRA-05",))
    if not seen.copies:
        return unknown(f"nobody outside is known to have fetched {url}", one.held)
    return _of_copies(scene, one, seen, outside)


def _of_copies(scene: Scene, one: Listed, seen: Published, outside: list[Copy]) -> Said:
    ended = [(copy, over(copy.value, scene.farm.as_of)) for copy in seen.copies]
    first = seen.copies[0]
    held = (one.held, first.held)
    entry = "ENTRA-12" if seen.delta else "ENTRA-10"
    if all(past for _, past in ended):
        kind = "delta CRL" if seen.delta else "CRL"
        return fails(f"The tenant's {kind} at {seen.url} {ended_words(first.value)}", *held, entries=(entry,))
    wrong = _finding(scene, "entra.crl-wrong-issuer", seen)
    if wrong:
        return fails(f"The CRL at {seen.url} is not of {one.subject}", *held, entries=("ENTRA-11",))
    revoked = _revoked(scene, one, seen)
    if revoked is not None:
        return fails(f"The certificate is on the CRL at {seen.url}, revoked {revoked}", *held, entries=("CRL-33",))
    if not seen.outside:
        return unknown(f"nobody outside is known to have fetched {seen.url}", *held)
    if any(past is not False for _, past in ended):
        return unknown(f"not every copy of {seen.url} is known to be current: {unsure_words(first.value)}", *held)
    if len(seen.copies) < len(outside):
        return unknown(f"{seen.url} was not fetched from every vantage point", *held)
    if _finding(scene, "entra.crl-beyond-limits", seen):
        text = f"The CRL at {seen.url} is beyond Entra ID's limits: sign-in may fail until it is cached"
        return unknown(text, *held, entries=("ENTRA-09",))
    return passes(f"{seen.url} can be fetched from outside", *held)


def _finding(scene: Scene, code: str, seen: Published) -> bool:
    found = scene.findings((code,))
    return any(one.subject == seen.url and one.severity >= Severity.ERROR for one in found)


def _revoked(scene: Scene, one: Listed, seen: Published) -> str | None:
    """Return since when the certificate is on the CRL of its issuer; None where it is not, or can't be read."""
    if one.certificate is None or one.certificate.subject_name != scene.leaf.issuer_name:
        return None
    for copy in seen.copies:
        read = blobs.crl_if_read(scene.farm, copy.value.crl.blob_sha256)
        entry = None if read is None else crls.find(read, scene.leaf.serial)
        if entry is not None:
            return f"{entry.revoked_at:%Y-%m-%d %H:%M} UTC{f' ({entry.reason})' if entry.reason else ''}"
    return None


ASKED: Final = Asked(
    hop="tenant-revocation",
    place=Place.FARM,
    look=look,
    learn="enrol a vantage agent outside (farmsight-agent, role vantage), which fetches the tenant's CRL URLs",
)
