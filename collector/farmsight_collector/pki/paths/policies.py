"""Certificate policies of a chain (RFC 5280 6.1.2 to 6.1.5), as a graph (RFC 9618).

The tree of RFC 5280 can be made to grow without bound; the graph holds each
policy once a certificate and says the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from cryptography import x509

from farmsight_collector.pki import der
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.paths.terms import ANY_POLICY, Terms
from farmsight_collector.pki.paths.work import Work


class TooManyPoliciesError(Exception):
    """The chains of a leaf have more policies and mappings than are looked at."""


E = TypeVar("E", bound=x509.ExtensionType)
_MAPPINGS: Final = "2.5.29.33"


@dataclass(eq=False)
class _Node:
    policy: str
    expected: set[str]
    parents: "list[_Node]" = field(default_factory=list)


class PolicyState:
    """The policies that are still valid on the way from the root to the leaf, and the three counters."""

    def __init__(self, terms: Terms, length: int, work: Work) -> None:
        """Begin above the first of `length` certificates (RFC 5280 6.1.2)."""
        self._terms = terms
        self._work = work
        self._levels: list[dict[str, _Node]] | None = [{ANY_POLICY: _Node(ANY_POLICY, {ANY_POLICY})}]
        self._explicit = 0 if terms.explicit_policy else length + 1
        self._mapping = 0 if terms.inhibit_mapping else length + 1
        self._any = 0 if terms.inhibit_any_policy else length + 1

    def meets(self, one: Certificate, *, last: bool) -> str:
        """Go through a certificate (6.1.3 d to f); return what is wrong with its policies, empty when nothing is.

        Raises TooManyPoliciesError.
        """
        policies = _policies(one)
        self._take(len(policies or ()))
        if policies is None:
            self._levels = None
        elif self._levels is not None:
            self._next_level(self._levels, policies, any_counts=self._any > 0 or (not last and one.self_issued))
        if self._explicit == 0 and self._levels is None:
            return "no policy is valid for it, and one is required"
        return ""

    def prepares(self, one: Certificate) -> str:
        """Apply what a CA says of those below it (6.1.4 a, b, h to j); return what is wrong, empty when nothing is.

        Raises TooManyPoliciesError.
        """
        self._take(_most_mappings(one))
        mapped: dict[str, set[str]] = {}
        for issuer, subject in _mappings(one):
            if ANY_POLICY in (issuer, subject):
                return "it maps the policy that stands for any policy"
            mapped.setdefault(issuer, set()).add(subject)
        if self._levels is not None and mapped:
            self._map(self._levels, mapped)
        if not one.self_issued:
            self._explicit, self._mapping, self._any = (
                max(0, n - 1) for n in (self._explicit, self._mapping, self._any)
            )
        self._narrow(one)
        return ""

    def ends(self, leaf: Certificate) -> str:
        """Close after the leaf (6.1.5 a, b, g); return what is wrong, empty when nothing is."""
        self._explicit = max(0, self._explicit - 1)
        constraints = _extension(leaf, x509.PolicyConstraints)
        if constraints is not None and constraints.require_explicit_policy == 0:
            self._explicit = 0
        if self._explicit > 0 or self._acceptable():
            return ""
        return "no policy that is asked for is valid along the chain"

    def _narrow(self, one: Certificate) -> None:
        constraints, inhibit = _extension(one, x509.PolicyConstraints), _extension(one, x509.InhibitAnyPolicy)
        if constraints is not None and constraints.require_explicit_policy is not None:
            self._explicit = min(self._explicit, constraints.require_explicit_policy)
        if constraints is not None and constraints.inhibit_policy_mapping is not None:
            self._mapping = min(self._mapping, constraints.inhibit_policy_mapping)
        if inhibit is not None:
            self._any = min(self._any, inhibit.skip_certs)

    def _next_level(self, levels: list[dict[str, _Node]], policies: set[str], *, any_counts: bool) -> None:
        above = levels[-1]
        self._take(sum(len(node.expected) for node in above.values()))
        made: dict[str, _Node] = {}
        expecting: dict[str, list[_Node]] = {}
        for node in above.values():
            for policy in node.expected:
                expecting.setdefault(policy, []).append(node)
        for policy in sorted(policies - {ANY_POLICY}):
            parents = expecting.get(policy, [])
            if not parents and ANY_POLICY in above:
                parents = [above[ANY_POLICY]]
            if parents:
                made[policy] = _Node(policy, {policy}, parents)
        if ANY_POLICY in policies and any_counts:
            for policy in sorted(expecting.keys() - made.keys()):
                made[policy] = _Node(policy, {policy}, expecting[policy])
        levels.append(made)
        self._prune()

    def _map(self, levels: list[dict[str, _Node]], mapped: dict[str, set[str]]) -> None:
        here = levels[-1]
        for policy, subjects in mapped.items():
            if self._mapping == 0:
                here.pop(policy, None)
            elif policy in here:
                here[policy].expected = set(subjects)
            elif ANY_POLICY in here:
                here[policy] = _Node(policy, set(subjects), list(here[ANY_POLICY].parents))
        self._prune()

    def _prune(self) -> None:
        """Drop what leads nowhere from the bottom up (6.1.3 d 3); nothing left: no policy is valid."""
        levels = self._levels or []
        for number in range(len(levels) - 2, -1, -1):
            used = {id(parent) for node in levels[number + 1].values() for parent in node.parents}
            levels[number] = {name: node for name, node in levels[number].items() if id(node) in used}
        if not levels[-1] or not levels[0]:
            self._levels = None

    def _take(self, cost: int) -> None:
        if not self._work.follows(cost):
            raise TooManyPoliciesError

    def _acceptable(self) -> bool:
        """Tell whether a policy is left that the caller takes (RFC 9618 5.5: those that the authorities constrain)."""
        if self._levels is None:
            return False
        if ANY_POLICY in self._terms.policies:
            return True
        last = self._levels[-1]
        return ANY_POLICY in last or bool(self._terms.policies.intersection(self._constrained()))

    def _constrained(self) -> Iterator[str]:
        for level in self._levels or ():
            for node in level.values():
                if node.policy != ANY_POLICY and any(parent.policy == ANY_POLICY for parent in node.parents):
                    yield node.policy


def _policies(one: Certificate) -> set[str] | None:
    extension = _extension(one, x509.CertificatePolicies)
    return None if extension is None else {policy.policy_identifier.dotted_string for policy in extension}


def _most_mappings(one: Certificate) -> int:
    """Return how many mappings there are at most, unread: one has eight bytes and more."""
    listed = (e.value for e in one.parsed.extensions if e.oid.dotted_string == _MAPPINGS)
    return sum(len(value.value) // 8 for value in listed if isinstance(value, x509.UnrecognizedExtension))


def _mappings(one: Certificate) -> Iterator[tuple[str, str]]:
    """Yield (issuer's policy, subject's policy); the parser leaves this extension alone. Raises DerError."""
    listed = (e.value for e in one.parsed.extensions if e.oid.dotted_string == _MAPPINGS)
    for value in listed:
        if isinstance(value, x509.UnrecognizedExtension):
            for pair in der.elements(der.only(value.value, der.SEQUENCE).content):
                issuer, subject = (der.dotted(part) for part in der.elements(pair.content))
                yield issuer, subject


def _extension(one: Certificate, kind: type[E]) -> E | None:
    try:
        return one.parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
