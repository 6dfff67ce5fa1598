"""Why a chain ends on a server without a root that it trusts, and from where the others have what it lacks."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Farm, Held, Knowledge
from farmsight_collector.pki import certificates, names
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.known import Known
from farmsight_collector.pki.paths.builder import Path
from farmsight_collector.pki.paths.codes import reason
from farmsight_collector.pki.paths.judge import ended_plainly
from farmsight_collector.pki.paths.judgement import Judgement, Reason
from farmsight_collector.pki.paths.material import Material
from farmsight_collector.pki.public_roots import PUBLIC_ROOTS
from farmsight_wire.v1 import facts_pb2 as f

_BY_DOMAIN: Final = frozenset({f.STORE_ORIGIN_GROUP_POLICY, f.STORE_ORIGIN_ENTERPRISE})
ORIGINS: Final = {
    f.STORE_ORIGIN_REGISTRY: "by hand",
    f.STORE_ORIGIN_GROUP_POLICY: "by Group Policy",
    f.STORE_ORIGIN_ENTERPRISE: "from Active Directory",
    f.STORE_ORIGIN_THIRD_PARTY: "by Microsoft's root programme",
    f.STORE_ORIGIN_PACKAGE: "with the system",
    f.STORE_ORIGIN_LOCAL_FILE: "by hand",
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


def better(farm: Farm, here: Material, made: Judgement) -> Iterator[Reason]:
    """Yield the reasons of the best chain, told by what the other servers have where that says more."""
    chain = made.chains[0]
    for one in made.reasons:
        step = next((step for step in chain.steps if one in step.reasons), None)
        if step is not None and one.code == "wrong-signature":
            yield _other_signer(farm, here, step.certificate, one, leaf=step is chain.steps[0])
        elif step is not None and one.code == "not-time-valid" and step is not chain.steps[0]:
            yield _renewed(farm, here, step.certificate, one)
        else:
            yield one


def _other_signer(farm: Farm, here: Material, own: Certificate, one: Reason, *, leaf: bool) -> Reason:
    """Return that the issuer is missing, where somebody has a namesake of it that did sign the certificate."""
    if any(_issued(known, own) for known in inventory(farm).known.values() if known.certificate is not None):
        return next(_missing(farm, here, own, leaf=leaf))
    return one


def _renewed(farm: Farm, here: Material, own: Certificate, one: Reason) -> Reason:
    """Return that a CA's certificate is out of time, with who has a valid one of the same name and key."""
    good = []
    for known in inventory(farm).known.values():
        read = known.certificate
        same = read is not None and read.public_key_sha256 == own.public_key_sha256
        if same and read is not None and read.subject_name == own.subject_name and known.valid_at(farm.as_of):
            good.append(known)
    others = _others(here, good)
    if not others:
        return one
    return replace(one, why=f"{one.why}; a valid one of this key exists{_elsewhere(farm, others, 'CA')}")


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
    kept = f"; {_places(accounts)} of {_account(accounts[0])} has it" if accounts else ""
    others = _others(here, [one for sha1, one in inventory(farm).known.items() if sha1 == top.sha1])
    why = f"the root {top.subject} {place}{kept}{_elsewhere(farm, others, 'ROOT')}"
    evidence = (*path.candidates[-1].evidence, *accounts, *others)
    return _weighed(here, reason(code, top, why, leaf=leaf, evidence=evidence), [top.sha1], others)


def _missing(farm: Farm, here: Material, top: Certificate, *, leaf: bool) -> Iterator[Reason]:
    issuers = [known for known in inventory(farm).known.values() if _issued(known, top)]
    root = bool(issuers) and all(known.self_signed for known in issuers)
    store = "ROOT" if root else "CA"
    accounts = [held for held, one in here.of_accounts if one.subject_name == top.issuer_name]
    older = here.pool.by_subject.get(top.issuer_name, ())
    code = "root-missing" if root else "issuer-missing"
    beside = ""
    if accounts:
        code, beside = "issuer-in-account-store", f"; {_account(accounts[0])} has it for itself only"
    elif older:
        code, beside = "issuer-renewed", f"; it has {older[0].certificate.sha1} of this name, which has another key"
    others = _others(here, issuers)
    below = "" if leaf else f" (it issued {top.subject})"
    why = f"{top.issuer} is not in its {store} store{below}{beside}"
    why += _fetching(here, top, root=root) + _elsewhere(farm, others, store)
    made = reason(code, top, why, leaf=leaf, evidence=(*accounts, *others, *_beside_stores(issuers)))
    if here.fetches_issuers and top.issuer_urls and not root:
        made = replace(made, catalogue=(*made.catalogue, "CHAIN-07"))
    yield _weighed(here, made, [known.sha1 for known in issuers] if root else [], others)


def _fetching(here: Material, top: Certificate, *, root: bool) -> str:
    """Return what the URL of the issuer's certificate is worth here, as a clause."""
    if root or not top.issuer_urls:
        return ""
    if here.fetches_issuers:
        return f", and fetching it from {top.issuer_urls[0]} failed"
    return " (http.sys does not fetch it from where the certificate says, unless it is told to)"


def _weighed(here: Material, made: Reason, roots: list[str], others: list[Held]) -> Reason:
    """Return the reason with what Windows does of itself: public roots are fetched, a workgroup gets no policies."""
    if roots and PUBLIC_ROOTS.issuperset(roots):
        why = f"{made.why}; it is a public root, which Windows fetches when it meets it, unless it is told not to"
        return replace(made, verdict=Verdict.UNKNOWN, why=why, catalogue=("STORE-15",))
    joined = [h.value.domain_joined for h in here.server.ask("host").facts]
    if joined == [f.TRISTATE_NO] and others and all(h.value.origin in _BY_DOMAIN for h in others):
        why = f"{made.why}; {here.server.name} is in a workgroup, which gets nothing by the domain"
        return replace(made, why=why, catalogue=(*made.catalogue, "STORE-12"))
    return made


def _issued(known: Known, top: Certificate) -> bool:
    if known.certificate is not None:
        named = known.certificate.subject_name == top.issuer_name
        return named and certificates.signed_by(top, known.certificate) is not False
    if not known.subject or names.text_key(known.subject) != names.text_key(top.issuer):
        return False
    key = (top.authority_key or b"").hex()
    return not key or not known.subject_key or known.subject_key == key


def _others(here: Material, issuers: Iterable[Known]) -> list[Held]:
    """Return the facts by which other servers hold one of these certificates, one a server."""
    stored = (h for known in issuers for h in known.held if h.kind == "store-certificate")
    good = {h.server: h for h in stored if h.server != here.server.name and h.value.store in ("ROOT", "CA")}
    return [held for _, held in sorted(good.items())]


def _elsewhere(farm: Farm, others: list[Held], store: str) -> str:
    """Return who has the certificate and from where, as a clause."""
    if not others:
        return "; no other server of the farm has it" if len(farm.servers) > 1 else ""
    told: dict[str, list[str]] = {}
    for held in others:
        where = "there" if held.value.store == store else f"in {held.value.store}"
        told.setdefault(f"it {where}{_origin(held)}", []).append(held.server)
    return "".join(f"; {_servers(servers)} {what}" for what, servers in told.items())


def _servers(names_: list[str]) -> str:
    """Return who, with the verb: "WAP01 has", "STS01, STS02 and 3 more have"."""
    if len(names_) == 1:
        return f"{names_[0]} has"
    more = f" and {len(names_) - 3} more" if len(names_) > 3 else ""
    return f"{', '.join(names_[:3])}{more} have"


def _origin(held: Held) -> str:
    word = ORIGINS.get(held.value.origin)
    return f" {word}" if word else ""


def _beside_stores(issuers: Iterable[Known]) -> list[Held]:
    """Return what else shows these certificates: the tenant, or an engine that met them."""
    return [h for known in issuers for h in known.distinct if h.kind != "store-certificate"][:2]


def _account(held: Held) -> str:
    return held.value.account or "an account"


def _places(held: Iterable[Held]) -> str:
    return ", ".join(dict.fromkeys(one.value.store for one in held))
