"""What is said for certain holds for everybody who may sign in: rules are run beside, for people as they come.

The engine here knows nothing of open questions: it has all claims in its hands,
and does what the documentation says, word by word.
"""

import re
from itertools import product

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from farmsight_collector.claimrules.claims import ISSUER, SERIAL
from farmsight_collector.claimrules.parser import read
from farmsight_collector.claimrules.reaching import Outcome, reaching
from farmsight_collector.claimrules.rules import Computed, Literal, Quantifier

GROUP = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groupsid"
INSIDE = "http://schemas.microsoft.com/ws/2012/01/insidecorporatenetwork"
TYPES = (SERIAL, ISSUER, "urn:a", "urn:b", GROUP, INSIDE)


def value(expression, bound):
    if isinstance(expression, Literal):
        return expression.text
    if isinstance(expression, Computed):
        arguments = [value(one, bound) for one in expression.arguments]
        if expression.function == "+":
            return "".join(arguments)
        if expression.function.lower() == "regexreplace":
            return re.sub(arguments[1], arguments[2], arguments[0])
        return arguments[0][::-1]  # a function of somebody's own
    return bound[expression.identifier.lower()][expression.property]


def meets(condition, claim, bound):
    for comparison in condition.comparisons:
        left, right = claim[comparison.property], value(comparison.value, bound)
        found = left == right if comparison.operator in ("==", "!=") else re.search(right, left) is not None
        if found is not (comparison.operator in ("==", "=~")):
            return False
    return True


def holds(test, claims):
    count = sum(meets(test, claim, {}) for claim in claims)
    if test.quantifier is Quantifier.COUNT:
        return {">": count > test.number, "==": count == test.number}[test.operator]
    return bool(count) is (test.quantifier is Quantifier.EXISTS)


def put_out(text, brought):
    claims, output = [dict(claim) for claim in brought], []
    for rule in read(text).rules:
        picks = [c for c in rule.conditions if c.quantifier is Quantifier.EACH]
        if not all(holds(c, claims) for c in rule.conditions if c.quantifier is not Quantifier.EACH):
            continue
        made = []
        for chosen in product(claims, repeat=len(picks)):
            bound = {pick.identifier.lower(): claim for pick, claim in zip(picks, chosen, strict=True)}
            if all(meets(pick, claim, bound) for pick, claim in zip(picks, chosen, strict=True)):
                made += done(rule.statement, bound)
        output += [claim for claim in made if rule.statement.issues and claim not in output]
        claims += [claim for claim in made if not rule.statement.claim and claim not in claims]
    return output


def done(statement, bound):
    if statement.claim:
        return [bound[statement.claim.lower()]]
    fields = {name: value(expression, bound) for name, expression in statement.fields}
    made = {"type": fields["type"], "value": fields.get("value", ""), "issuer": "LOCAL AUTHORITY"}
    return [made] if made["value"] else []


def claim(kind, text, issuer="AD AUTHORITY"):
    return {"type": kind, "value": text, "issuer": issuer}


PEOPLE = st.builds(
    lambda serial, issuer, groups, others, inside: [
        claim(SERIAL, serial),
        claim(ISSUER, issuer),
        *(claim(GROUP, group) for group in groups),
        *(claim(kind, text, by) for kind, text, by in others),
        *([claim(INSIDE, inside, "X")] if inside else []),
    ],
    st.sampled_from(["4D00", "00A1", "7", "DEADBEEF", "41"]),
    st.sampled_from(["CN=Contoso Issuing CA 1, DC=contoso, DC=com", "CN=Fabrikam CA"]),
    st.lists(st.sampled_from(["S-1-5-21-1-2-3-515", "S-1-5-21-1-2-3-7"]), min_size=1, max_size=2, unique=True),
    st.lists(
        st.tuples(
            st.sampled_from(["urn:a", "urn:b"]),
            st.sampled_from(["1", "x", "4D00"]),
            st.sampled_from(["AD AUTHORITY", "X"]),
        ),
        max_size=3,
    ),
    st.sampled_from(["", "true", "false"]),
)
KINDS = st.sampled_from(TYPES)
COMPARISONS = st.one_of(
    KINDS.map(lambda t: f'Type == "{t}"'),
    KINDS.map(lambda t: f'Type == "{t}"'),
    st.sampled_from(
        ['Type =~ "serial|issuer"', 'Value =~ "^4"', 'Value == "1"', 'Value != "true"', 'Issuer == "AD AUTHORITY"',
         'Issuer != "X"', 'Value =~ "-515$"', 'Type != "urn:a"', 'Value =~ ".+"', 'Value == "false"']
    ),
)  # fmt: skip
CONDITIONS = st.lists(COMPARISONS, max_size=2).map(lambda made: f"[{', '.join(made)}]")
QUANTIFIED = st.sampled_from(["exists({})", "not exists({})", "count({}) > 1", "count({}) == 1"])
TESTS = st.builds(lambda how, condition: how.format(condition), QUANTIFIED, CONDITIONS)
JOINED = st.one_of(st.just(""), st.builds(lambda c: f" && d:{c}", CONDITIONS))
STATEMENTS = st.one_of(
    st.sampled_from(
        ["issue(claim = c)", "issue(claim = c)", "add(claim = c)", "issue(Type = c.Type, Value = c.Value)"]
    ),
    st.builds(
        lambda verb, kind, text: f'{verb}(Type = "{kind}", Value = {text})',
        st.sampled_from(["issue", "add"]),
        KINDS,
        st.sampled_from(
            ["c.Value", '"1"', '"x" + c.Value', 'regexreplace(c.Value, "^0+", "")', "odd(c.Value)", "c.Type"]
        ),
    ),
)
RULES = st.builds(
    lambda c, joined, tests, statement: f"c:{c}{joined}{''.join(' && ' + test for test in tests)} => {statement};",
    CONDITIONS,
    JOINED,
    st.lists(TESTS, max_size=1),
    STATEMENTS,
)
PLAIN = st.sampled_from(["c:[] => issue(claim = c);", f'c:[Type =~ "{SERIAL}|{ISSUER}"] => issue(claim = c);'])
SETS = st.lists(st.one_of(RULES, RULES, RULES, PLAIN), max_size=4).map("\n".join)
# Without shrinking: a failure is read as it is, sooner than it becomes short.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(deadline=None, max_examples=60, phases=PHASES)
@given(SETS, SETS, st.lists(PEOPLE, min_size=4, max_size=4))
def test_what_is_certain_holds_for_whoever_signs_in(provider, party, people):
    found = reaching(provider, party)
    for brought in people:
        token = put_out(party, [*put_out(provider, brought), *(c for c in brought if c["type"] == INSIDE)])
        for kind, own in ((SERIAL, brought[0]["value"]), (ISSUER, brought[1]["value"])):
            values = {one["value"] for one in token if one["type"] == kind}
            outcome = found[kind].outcome
            assert outcome is not Outcome.UNCHANGED or own in values, (found[kind], brought)
            assert outcome not in (Outcome.DROPPED, Outcome.MISTYPED) or not values, (found[kind], brought)
            assert outcome is not Outcome.REWRITTEN or own not in values, (found[kind], brought)
