"""Whether serial number and issuer reach the token is decided by running the rules, whatever their wording."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_collector.claimrules.claims import ISSUER, SERIAL
from farmsight_collector.claimrules.reaching import VERDICTS, Outcome, reaching, through_party, through_provider
from farmsight_collector.model.verdict import Verdict

CASES = sorted((Path(__file__).parents[2] / "vectors" / "claim-rules").glob("*.toml"))
PLAIN = f'c:[Type == "{SERIAL}"] => issue(claim = c);\nc:[Type == "{ISSUER}"] => issue(claim = c);\n'
ALL = "c:[] => issue(claim = c);"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
@pytest.mark.parametrize("breaks", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_rules_as_they_stand_on_servers(case, breaks):
    given_case = tomllib.loads(case.read_text(encoding="utf-8"))
    provider, party = (given_case.get(name, PLAIN).replace("\n", breaks) for name in ("provider", "party"))
    path = given_case.get("path")
    found = reaching(provider, party, extranet=None if path is None else path == "extranet")
    expected = given_case["expected"]
    assert (found[SERIAL].outcome.value, found[ISSUER].outcome.value) == (expected["serial"], expected["issuer"]), found
    answers = [answer for answer in found.values() if answer.outcome is not Outcome.UNCHANGED]
    if "trust" in expected:
        assert {answer.trust for answer in answers} == {expected["trust"]}
    if "line" in expected:
        assert expected["line"] in {answer.line for answer in answers}
    assert any(expected.get("says", "") in answer.why for answer in found.values())


def test_rules_that_are_not_known_leave_the_claims_in_doubt():
    for pair in ((None, PLAIN), (PLAIN, None), (None, None)):
        assert {found.verdict for found in reaching(*pair).values()} == {Verdict.UNKNOWN}


def test_each_outcome_has_a_verdict_and_only_certain_ones_decide():
    assert set(VERDICTS) == set(Outcome)
    assert VERDICTS[Outcome.CONDITIONAL] is VERDICTS[Outcome.CANNOT_TELL] is Verdict.UNKNOWN
    assert [o for o, v in VERDICTS.items() if v is Verdict.PASSES] == [Outcome.UNCHANGED]


def test_the_rule_that_decides_is_named_with_its_template_and_place():
    text = f'\n@RuleTemplate = "PassThroughClaims"\n@RuleName = "the serial"\n{PLAIN}'
    found = reaching(ALL, text)[SERIAL]
    assert found.rule is not None
    assert (found.rule.name, found.rule.template, found.line, found.column) == ("the serial", "PassThroughClaims", 2, 1)
    assert 'rule "the serial"' in found.why
    assert "line 2, column 1 of the rules of the relying party trust" in found.place


def test_each_trust_is_judged_alone_too():
    assert through_provider(PLAIN, SERIAL).outcome is Outcome.UNCHANGED
    assert through_provider("", SERIAL).outcome is Outcome.DROPPED
    assert through_party(PLAIN, ISSUER).outcome is Outcome.UNCHANGED
    assert through_party("", ISSUER).outcome is Outcome.DROPPED


def test_what_leaves_the_provider_under_another_type_is_marked_as_carried():
    found = through_provider(f'c:[Type == "{SERIAL}"] => issue(Type = "urn:tmp", Value = c.Value);', SERIAL)
    assert (found.outcome, found.carried) == (Outcome.DROPPED, True)
    assert "urn:tmp" in found.why


def test_on_a_trust_alone_claims_of_other_types_may_come_from_anywhere():
    text = f'c:[Type == "{SERIAL}"] && [Type == "http://contoso.com/role", Value == "x"] => issue(claim = c);'
    assert through_party(text, SERIAL).outcome is Outcome.CONDITIONAL
    assert reaching(PLAIN, text)[SERIAL].outcome is Outcome.DROPPED  # the provider's rules put no role out


def test_a_set_that_grows_with_every_rule_ends_and_says_that_it_can_not_tell():
    grows = 'c:[] => issue(Type = c.Type + "x", Value = c.Value + c.Value);\n' * 60
    assert reaching(grows, grows)[SERIAL].outcome is Outcome.CANNOT_TELL
    assert reaching(PLAIN + grows, PLAIN)[SERIAL].outcome is Outcome.UNCHANGED


def test_joins_of_everything_with_everything_end():
    joins = 'a:[] && b:[] && c:[] && d:[] => issue(Type = a.Type + "x", Value = b.Value + c.Value + d.Value);\n' * 20
    assert reaching(ALL + joins, joins)[SERIAL].outcome is Outcome.CANNOT_TELL


def test_a_large_rule_set_beside_the_two_rules_does_not_matter():
    other = "".join(
        f'c:[Type == "http://x/{n}"] => issue(Type = "http://y/{n}", Value = c.Value);\n' for n in range(800)
    )
    assert reaching(other + PLAIN, PLAIN + other)[SERIAL].outcome is Outcome.UNCHANGED


TYPES = st.sampled_from([SERIAL, ISSUER, "urn:a", "urn:b", SERIAL.replace("http:", "https:")])
COMPARISONS = st.one_of(
    TYPES.map(lambda t: f'Type == "{t}"'),
    st.sampled_from(['Value =~ "^4"', 'Issuer == "AD AUTHORITY"', 'Value != "x"', 'Type =~ "serial"', 'Value =~ "("']),
)
CONDITIONS = st.lists(COMPARISONS, max_size=2).map(lambda made: f"[{', '.join(made)}]")
TESTS = st.builds(
    lambda how, c: how.format(c), st.sampled_from(["exists({})", "not exists({})", "count({}) > 1"]), CONDITIONS
)
STATEMENTS = st.one_of(
    st.sampled_from(["issue(claim = c)", "add(claim = c)"]),
    st.builds(
        lambda verb, t, value: f'{verb}(Type = "{t}", Value = {value})',
        st.sampled_from(["issue", "add"]),
        TYPES,
        st.sampled_from(["c.Value", '"1"', '"x" + c.Value', 'regexreplace(c.Value, "^0", "")', "odd(c.Value)"]),
    ),
)
RULES = st.builds(
    lambda c, tests, statement: f"c:{c}{''.join(' && ' + test for test in tests)} => {statement};",
    CONDITIONS,
    st.lists(TESTS, max_size=2),
    STATEMENTS,
)
SETS = st.lists(RULES, max_size=4).map("\n".join)


@settings(deadline=None, max_examples=25)
@given(SETS, SETS)
def test_an_unreadable_rule_makes_nothing_certain_that_was_not(provider, party):
    """What fails for certain may no longer be certain; what passes for certain stays so; nothing turns round."""
    plain, doubted = reaching(provider, party), reaching(provider, party + "\nc:[Type ~~ 1];")
    for claim_type, found in plain.items():
        other = doubted[claim_type].outcome
        if found.outcome is Outcome.UNCHANGED:
            assert other is Outcome.UNCHANGED
        elif found.outcome in (Outcome.DROPPED, Outcome.MISTYPED) and found.trust != "provider":
            assert other in (Outcome.CANNOT_TELL, Outcome.REWRITTEN, found.outcome)
        assert other is not Outcome.UNCHANGED or found.outcome is Outcome.UNCHANGED


@settings(deadline=None, max_examples=25)
@given(SETS)
def test_a_rule_that_passes_everything_makes_certain_that_the_claims_pass_or_stand_beside_another(party):
    found = reaching(ALL, party + "\n" + ALL)
    assert {answer.outcome for answer in found.values()} <= {
        Outcome.UNCHANGED,
        Outcome.CANNOT_TELL,
        Outcome.CONDITIONAL,
    }


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_gets_an_answer(provider, party):
    assert set(reaching(provider, party)) == {SERIAL, ISSUER}
