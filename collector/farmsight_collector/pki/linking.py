"""Who issued whom among the CA certificates that are known."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from farmsight_collector.pki import certificates, names
from farmsight_collector.pki.authority import Authority
from farmsight_collector.pki.known import Known

Node = TypeVar("Node", int, str)

# In the CA store of every Windows installation, and in no user's chain.
SHIPPED_WITH_WINDOWS: Final = frozenset(
    {
        "fee449ee0e3965a5246f000e87fde2a065fd89d4",  # Root Agency
        "d559a586669b08f46a30a133f8a9ed3d038e2ea8",  # VeriSign Class 3 International Server CA
        "109f1caed645bb78b3ea2b94c0697c740733031c",  # Microsoft Windows Hardware Compatibility
    }
)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The CAs by what leads to them."""

    by_name: Mapping[str, list[Authority]]
    by_sha1: Mapping[str, Authority]
    proven: Mapping[str, list[str]]  # an issuer's certificates, by the certificate that it issued


def grouped(known: Iterable[Known]) -> list[Authority]:
    """Return the CAs; certificates that only listings show are each one of its own, for their keys are not known."""
    groups: dict[tuple[str, object], list[Known]] = defaultdict(list)
    told = [one for one in known if one.subject and one.sha1 not in SHIPPED_WITH_WINDOWS]
    named = [(names.text_key(one.subject), one) for one in told]
    read = {(n, k.subject_key): k.certificate.public_key_sha256 for n, k in named if k.certificate and k.subject_key}
    for name, one in named:
        if one.certificate is not None:
            groups[name, one.certificate.public_key_sha256].append(one)
        else:
            groups[name, read.get((name, one.subject_key)) or one.subject_key or one.sha1].append(one)
    return [
        Authority(
            id=number,
            certificates=tuple(sorted(members, key=lambda k: (str(k.not_before), k.sha1), reverse=True)),
            root=any(member.self_signed for member in members),
        )
        for number, (_, members) in enumerate(sorted(groups.items(), key=lambda item: item[1][0].sha1))
    ]


def linked(groups: list[Authority], proven: Iterable[tuple[str, str]]) -> list[Authority]:
    """Return the CAs with who issued them; `proven` are (certificate, issuer's certificate) that engines found."""
    by_name: dict[str, list[Authority]] = defaultdict(list)
    issuers: dict[str, list[str]] = defaultdict(list)
    for group in groups:
        by_name[group.name_key].append(group)
    for child, parent in proven:
        issuers[child].append(parent)
    found = _Found(by_name=by_name, by_sha1={s: g for g in groups for s in g.sha1s}, proven=issuers)
    parents = {group.id: tuple(sorted(_parents(group, found))) for group in groups}
    children: dict[int, list[int]] = defaultdict(list)
    for child_id, above in parents.items():
        for parent_id in above:
            children[parent_id].append(child_id)
    anchored = closure((group.id for group in groups if group.root), children)
    return [
        replace(g, parents=parents[g.id], children=tuple(sorted(children[g.id])), anchored=g.id in anchored)
        for g in groups
    ]


def _parents(group: Authority, found: _Found) -> set[int]:
    """Return the CAs that issued this one. Names alone are taken for it only where no engine found the issuer."""
    if group.root:  # a root needs nobody above it, cross certificates or not
        return set()
    sure: set[int] = set()
    by_name: set[int] = set()
    for child in group.certificates:
        sure |= {parent.id for parent in _proven(child, found)}
        for candidate in found.by_name.get(names.text_key(child.issuer), ()):
            issuers = [parent for parent in candidate.certificates if issued(child, parent)]
            if issuers and candidate.id != group.id:
                by_key = any(_by_key(child, parent) for parent in issuers)
                (sure if by_key else by_name).add(candidate.id)
    return (sure or by_name) - {group.id}


def _proven(child: Known, found: _Found) -> Iterator[Authority]:
    for sha1 in found.proven.get(child.sha1, ()):
        authority = found.by_sha1.get(sha1)
        if authority is None:
            continue
        parent = next(k for k in authority.certificates if k.sha1 == sha1)
        if child.certificate is None or parent.certificate is None or issued(child, parent):
            yield authority


def issued(child: Known, parent: Known) -> bool:
    """Tell whether `parent` issued `child`: by name, key identifiers and signature, as far as they are known."""
    if child.authority_key and parent.subject_key and child.authority_key != parent.subject_key:
        return False
    if child.certificate is None or parent.certificate is None:
        return names.text_key(child.issuer) == names.text_key(parent.subject)
    if child.certificate.issuer_name != parent.certificate.subject_name:
        return False
    return certificates.signed_by(child.certificate, parent.certificate) is not False


def _by_key(child: Known, parent: Known) -> bool:
    both = child.certificate is not None and parent.certificate is not None
    return both or bool(child.authority_key and parent.subject_key)


def issuers_of(child: Known, groups: Iterable[Authority]) -> tuple[Authority, ...]:
    """Return the CAs that issued a certificate, by key identifiers or signature.

    Where none proves it, the only one that its issuer's name leads to; none
    where that name leads to several.
    """
    wanted = names.text_key(child.issuer)
    found = [g for g in groups if g.name_key == wanted and any(issued(child, k) for k in g.certificates)]
    sure = [g for g in found if any(issued(child, k) and _by_key(child, k) for k in g.certificates)]
    return tuple(sure or (found if len(found) == 1 else ()))


def closure(start: Iterable[Node], steps: Mapping[Node, Iterable[Node]]) -> set[Node]:
    """Return everything that the steps lead to, the start included."""
    reached: set[Node] = set()
    waiting = list(start)
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting.extend(steps.get(one, ()))
    return reached
