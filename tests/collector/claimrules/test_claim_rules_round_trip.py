"""Any rule of the language, written down, is read as what it is."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_collector.claimrules.parser import parse, read
from farmsight_collector.claimrules.reaching import reaching
from farmsight_collector.claimrules.rules import ClaimRule, Computed, Literal, Value
from tests.fakes.claim_rules import rules, written

GAPS = st.sampled_from([" ", "\n", "\r\n\t", "  ", " /* a comment */ "])


def without_places(rule: ClaimRule) -> ClaimRule:
    conditions = tuple(
        replace(c, comparisons=tuple(replace(one, value=placeless(one.value)) for one in c.comparisons))
        for c in rule.conditions
    )
    statement = replace(
        rule.statement,
        fields=tuple((name, placeless(value)) for name, value in rule.statement.fields),
        types=tuple(Literal(text=literal.text) for literal in rule.statement.types),
    )
    return replace(rule, conditions=conditions, statement=statement, line=1, column=1)


def placeless(value: Value) -> Value:
    if isinstance(value, Literal):
        return Literal(text=value.text)
    if isinstance(value, Computed):
        return Computed(function=value.function, arguments=tuple(map(placeless, value.arguments)))
    return value


@settings(deadline=None)
@given(st.lists(rules(), min_size=1, max_size=3), GAPS)
def test_what_is_written_is_what_is_read(drawn, gap):
    text = "\n".join(written(rule, gap) for rule in drawn)
    assert [without_places(rule) for rule in parse(text)] == drawn
    assert not read(text).unreadable


@settings(deadline=None, max_examples=40)
@given(st.lists(rules(), max_size=3), st.lists(rules(), max_size=3))
def test_any_rules_can_be_run(provider, party):
    for found in reaching("".join(map(written, provider)), "".join(map(written, party))).values():
        assert found.why
