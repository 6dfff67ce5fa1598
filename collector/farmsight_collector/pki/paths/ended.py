"""Why a chain ends on a server without a root that it trusts, and from where the others have what it lacks."""

from collections.abc import Iterable, Iterator

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Farm, Held, Knowledge
from farmsight_collector.pki import certificates, names
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.known import Known
from farmsight_collector.pki.paths.builder import Path
from farmsight_collector.pki.paths.codes import reason
from farmsight_collector.pki.paths.judge import ended_plainly
from farmsight_collector.pki.paths.judgement import Reason
from farmsight_collector.pki.paths.material import Material
from farmsight_wire.v1 import facts_pb2 as f

ORIGINS = {
    f.STORE_ORIGIN_REGISTRY: "put there by hand",
    f.STORE_ORIGIN_GROUP_POLICY: "by Group Policy",
    f.STORE_ORIGIN_ENTERPRISE: "published in Active Directory",
    f.STORE_ORIGIN_THIRD_PARTY: "by Microsoft's root programme",
    f.STORE_ORIGIN_PACKAGE: "with the system",
    f.STORE_ORIGIN_LOCAL_FILE: "put there by hand",
}


def reasons(farm: Farm, here: Material, path: Path) -> tuple[Reason, ...]:
    """Return why the chain goes no further, most telling first."""
    top, leaf = path.candidates[-1].certificate, len(path.candidates) == 1
    doubt = _doubt(here, path, top)
    if doubt:
        return tuple(doubt)
    if path.ends == "stopped":
        return ended_plainly(path)
    if path.ends == "loop":
        return (reason("loop", top, f"{top.subject} leads back to a CA below it, and no root is met", leaf=leaf),)
    if path.ends == "self-signed":
        return (_untrusted(farm, here, path, top, leaf=leaf),)
    return tuple(_missing(farm, here, top, leaf=leaf))


def _doubt(here: Material, path: Path, top: Certificate) -> list[Reason]:
    """Return what is not known that could lead the chain on: a store, or a certificate that was only listed."""
    leaf, found = len(path.candidates) == 1, []
    wanted = top.subject if path.ends == "self-signed" else top.issuer
    stores = ("ROOT",) if path.ends == "self-signed" else ("CA", "ROOT")
    for store in stores:
        if store in here.unknown:
            why = f"what {here.server.name} has in {store} is not known: {here.unknown[store]}"
            found.append(reason("store-unknown", top, why, leaf=leaf, verdict=Verdict.UNKNOWN))
    key = top.subject_key if path.ends == "self-signed" else top.authority_key
    listed = [h for h in here.listed_as(wanted, key) if h.value.store in (*stores, "AUTHROOT")]
    if listed and path.ends != "loop":
        why = f"{wanted} is in {_places(listed)} of {here.server.name} by a listing alone: its bytes are not here"
        found.append(reason("listed-only", top, why, leaf=leaf, verdict=Verdict.UNKNOWN, evidence=listed))
    unread = here.unread()
    if unread and path.ends == "missing":
        why = f"{len(unread)} certificates in stores of {here.server.name} can't be read; one may be {wanted}"
        found.append(reason("unreadable", top, why, leaf=leaf, verdict=Verdict.UNKNOWN, evidence=unread))
    if path.ends == "missing" and here.fetches_issuers and not found:
        found.extend(_aia_doubt(here, top, leaf=leaf))
    return found


def _aia_doubt(here: Material, top: Certificate, *, leaf: bool) -> Iterator[Reason]:
    """Yield what is not known of the issuer that the certificate says where to fetch."""
    answer = here.server.ask("retrieval", context=here.context)
    tried = {h.value.url: h for h in answer.facts if h.value.purpose == f.RETRIEVAL_PURPOSE_AIA}
    for url in top.issuer_urls:
        held = tried.get(url)
        if held is None or held.value.outcome in (f.RETRIEVAL_OUTCOME_UNKNOWN, f.RETRIEVAL_OUTCOME_UNSPECIFIED):
            known = answer.knowledge is not Knowledge.UNKNOWN
            why = f"whether {here.server.name} gets the issuer of {top.subject} from {url} is not known"
            why += "" if known else f": {answer.reason}"
            yield reason("aia-unknown", top, why, leaf=leaf, verdict=Verdict.UNKNOWN, evidence=(held,) if held else ())


def _untrusted(farm: Farm, here: Material, path: Path, top: Certificate, *, leaf: bool) -> Reason:
    in_ca = "CA" in path.candidates[-1].found_in
    code = "root-in-ca-store" if in_ca else "untrusted-root"
    accounts = [held for held, one in here.of_accounts if one.sha1 == top.sha1 and held.value.store == "ROOT"]
    if accounts:
        code = "root-in-account-store"
    place = "is in its CA store and not in ROOT" if in_ca else "is not in its ROOT store"
    kept = f"; {_places(accounts)} of {accounts[0].value.account or 'an account'} has it" if accounts else ""
    elsewhere = _elsewhere(farm, here, [inventory(farm).known[top.sha1]] if top.sha1 in inventory(farm).known else [])
    why = f"the root {top.subject} {place}{kept}{elsewhere}"
    evidence = (*path.candidates[-1].evidence, *accounts)
    return reason(code, top, why, leaf=leaf, evidence=evidence)


def _missing(farm: Farm, here: Material, top: Certificate, *, leaf: bool) -> Iterator[Reason]:
    issuers = [known for known in inventory(farm).known.values() if _issued(known, top)]
    root = bool(issuers) and all(known.self_signed for known in issuers)
    store = "ROOT" if root else "CA"
    accounts = [held for held, one in here.of_accounts if one.subject_name == top.issuer_name]
    older = here.pool.by_subject.get(top.issuer_name, ())
    code = "root-missing" if root else "issuer-missing"
    beside = ""
    if accounts:
        code, beside = (
            "issuer-in-account-store",
            f"; only {accounts[0].value.account or 'an account'} has it for itself",
        )
    elif older:
        code, beside = "issuer-renewed", f"; it has {older[0].certificate.sha1} of this name, which has another key"
    aia = f"; fetching it from {top.issuer_urls[0]} failed" if here.fetches_issuers and top.issuer_urls else ""
    entries = ("CHAIN-07",) if aia else ()
    why = f"{top.issuer}, which issued {top.subject}, is not in its {store} store{beside}{aia}"
    made = reason(code, top, why + _elsewhere(farm, here, issuers), leaf=leaf, evidence=_shown(issuers, accounts))
    yield reason(code, top, made.why, leaf=leaf, catalogue=(*made.catalogue, *entries), evidence=made.evidence)


def _issued(known: Known, top: Certificate) -> bool:
    if known.certificate is not None:
        named = known.certificate.subject_name == top.issuer_name
        return named and certificates.signed_by(top, known.certificate) is not False
    if not known.subject or names.text_key(known.subject) != names.text_key(top.issuer):
        return False
    key = (top.authority_key or b"").hex()
    return not key or not known.subject_key or known.subject_key == key


def _elsewhere(farm: Farm, here: Material, issuers: Iterable[Known]) -> str:
    """Return who has the certificate and from where, as a clause."""
    stored = [h for known in issuers for h in known.held if h.kind == "store-certificate"]
    others = {h.server: h for h in stored if h.server != here.server.name and h.value.store in ("ROOT", "CA")}
    if not others:
        return "; no other server of the farm has it" if len(farm.servers) > 1 else ""
    told = [f"{name} has it in {h.value.store}{_origin(h)}" for name, h in sorted(others.items())]
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return f"; {', '.join(told[:3])}{more}"


def _origin(held: Held) -> str:
    word = ORIGINS.get(held.value.origin)
    return f" ({word})" if word else ""


def _shown(issuers: Iterable[Known], accounts: list[Held]) -> tuple[Held, ...]:
    held = [h for known in issuers for h in known.held if h.kind == "store-certificate"]
    return (*accounts, *held)[:6]


def _places(held: Iterable[Held]) -> str:
    return ", ".join(dict.fromkeys(one.value.store for one in held))
