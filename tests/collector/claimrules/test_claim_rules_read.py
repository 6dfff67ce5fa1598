"""Claim rules are read as administrators write them, and what can't be read is named by its place."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.claimrules.parser import parse, read
from farmsight_collector.claimrules.rules import Computed, Literal, Quantifier, Reference
from farmsight_collector.claimrules.tokens import ClaimRuleError, tokenise

UPN = "http://schemas.xmlsoap.org/claims/UPN"
ENTRA_CONNECT = """
@RuleName = "Issue UPN"
c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname"]
 => issue(store = "Active Directory", types = ("http://schemas.xmlsoap.org/claims/UPN"),
          query = "samAccountName={0};userPrincipalName;{1}",
          param = regexreplace(c.Value, "(?<domain>[^\\\\]+)\\\\(?<user>.+)", "${user}"), param = c.Value);

@RuleName = "Issue immutable id"
NOT EXISTS([Type == "http://contoso.com/ws/msdsccg"]) && c:[Type == "urn:objectguid", Value =~ "^[0-9a-f]{2}"]
 => issue(Type = "urn:immutable", Issuer = c.Issuer, Value = "x" + c.Value, ValueType = c.ValueType,
          Properties["http://schemas.xmlsoap.org/ws/2005/05/identity/claimproperties/format"] = "f");
COUNT([Type == "urn:a"]) >= 2 => add(Type = "urn:many", Value = "yes");
exists([Type == "urn:b", Issuer != "X"]) => issue(Type = "urn:has", Value = "b");
=> issue(Type = "urn:always", Value = "1");
[] => add(Type = "urn:anything", Value = "1");
"""


def test_the_rules_of_entra_connect_are_read():
    rules = parse(ENTRA_CONNECT)
    assert [rule.name for rule in rules] == ["Issue UPN", "Issue immutable id", "", "", "", ""]
    upn, immutable, many, has, always, anything = rules
    assert upn.statement.store == "Active Directory"
    assert [t.text for t in upn.statement.types] == [UPN]
    assert isinstance(dict(upn.statement.fields)["param"], Reference)
    assert [c.quantifier for c in immutable.conditions] == [Quantifier.NOT_EXISTS, Quantifier.EACH]
    assert isinstance(dict(immutable.statement.fields)["value"], Computed)
    assert (many.conditions[0].operator, many.conditions[0].number) == (">=", 2)
    assert not many.statement.issues
    assert has.conditions[0].comparisons[1].operator == "!="
    assert always.conditions == ()
    assert anything.conditions[0].comparisons == ()


ARTICLE = """@RuleTemplate = "PassThroughClaims"
@RuleName = "<serialnumber AD for cert based auth>"
c:[Type ==
http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber]
  => issue(claim = c);
"""


def value_of(rule):
    value = rule.conditions[0].comparisons[0].value
    assert isinstance(value, Literal)
    return value


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_listing_that_lost_the_quotes_of_its_uris_is_read_as_if_it_had_them(line_end):
    [rule] = parse(ARTICLE.replace("\n", line_end))
    value = value_of(rule)
    assert rule.name == "<serialnumber AD for cert based auth>"
    assert value.text == "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"
    assert (value.bare, value.line) == (False, 4)


def test_a_uri_without_quotes_among_others_with_quotes_is_marked():
    first, second = parse(ARTICLE + f'c:[Type == "{UPN}"] => issue(claim = c);')
    assert (value_of(first).bare, value_of(second).bare) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "c:[Type == urn:oasis:names:tc:x] => issue(claim = c);",
        f'c:[Type == {UPN}, Value =~ "^a"] => issue(Type = {UPN}, Value = c.Value);',
        f'c:[Properties[{UPN}] == "x"] => issue(claim = c);',
        f'c:[Type == {UPN}] => issue(store = "Active Directory", types = ({UPN}), query = ";mail;{{0}}");',
    ],
)
def test_a_lost_quote_is_restored_wherever_a_text_must_stand(text):
    assert not read(text).unreadable
    assert not any(literal.bare for literal in read(text).literals)


def test_a_claim_may_be_called_urn():
    [rule] = parse('urn:[Type == "a"] => issue(claim = urn);')
    assert rule.conditions[0].identifier == "urn"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('c:[Type == "a"] => issue(claim = c)', 1, 36),
        ('c:[Type = "a"] => issue(claim = c);', 1, 9),
        ('\n\nc:[Type == "a] => issue(claim = c);', 3, 12),
        ("c:[] => permit();", 1, 9),
        ('c:[Colour == "red"] => issue(claim = c);', 1, 4),
    ],
)
def test_the_place_of_what_is_wrong_is_named(text, line, column):
    with pytest.raises(ClaimRuleError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_rules_around_an_unreadable_one_are_read_all_the_same():
    rules = read('c:[] => issue(claim = c); c:[Type ~~ "x"] => issue(claim = c); d:[] => issue(claim = d);')
    assert [rule.column for rule in rules.rules] == [1, 64]
    assert [(u.message, u.column) for u in rules.unreadable] == [("unexpected '~'", 35)]
    rules = read('c:[] => issue(claim = c); c:[Type = "x"] => issue(claim = c); d:[] => issue(claim = d);')
    assert len(rules.rules) == 2
    assert [u.line for u in rules.unreadable] == [1]


def test_a_quote_that_is_not_closed_hides_what_follows_and_nothing_before():
    rules = read('c:[] => issue(claim = c);\nd:[Type == "x] => issue(claim = d);\ne:[] => issue(claim = e);')
    assert [rule.line for rule in rules.rules] == [1]
    assert [(u.message, u.line, u.column) for u in rules.unreadable] == [("a string that does not end", 2, 12)]


def test_a_backslash_is_a_letter_like_others():
    [rule] = parse('c:[Type == "a"] => issue(Type = "a", Value = "CONTOSO\\" + c.Value);')
    value = dict(rule.statement.fields)["value"]
    assert isinstance(value, Computed)
    assert isinstance(value.arguments[0], Literal)
    assert value.arguments[0].text == "CONTOSO\\"


def test_a_uri_that_the_edge_of_a_window_broke_is_one_uri():
    [rule] = parse(f'c:[Type == "{UPN[:20]}\r\n                       {UPN[20:]}"] => issue(claim = c);')
    assert value_of(rule).text == UPN


def test_comments_are_passed_over():
    assert len(parse("/* a ; */ c:[] => issue(claim = c); // b ;\n# c ;\nd:[] => issue(claim = d);")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("c:[] && C:[] => issue(claim = c);", "names a claim already"),
        ("c:[] => issue(claim = d);", "no condition names a claim 'd'"),
        ("c:[Value == c.Type] => issue(claim = c);", "no condition names a claim 'c'"),
        ('c:[] => issue(Type = "a", Value = d.Value);', "no condition names a claim 'd'"),
        ('=> issue(Value = "a");', "expected a type for the claim"),
        ('=> issue(Type = "a", Type = "b");', "expected the value of another property"),
        ('=> issue(Type = "a", Colour = "b");', "expected the value of another property"),
    ],
)
def test_what_is_written_and_means_nothing_is_named(text, message):
    [unreadable] = read(text).unreadable
    assert message in unreadable.message


def test_nesting_has_an_end():
    deep = 'issue(Type = "a", Value = ' + "f(" * 5000 + '"x"' + ")" * 5000 + ");"
    assert read("=> " + deep).unreadable


WORDS = st.sampled_from(
    ["c", ":", "[", "]", "Type", "==", '"x"', "=>", "issue", "(", ")", "claim", "=", ";", "&&", "exists", "not",
     "count", ",", "Value", "=~", "http://a/b", "store", "types", "+", ".", "@RuleName", "1", "add", "Properties"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=60).map(" ".join)))
def test_no_text_raises_anything_but_the_readers_own_error(text):
    assert read(text) == read(text)
    with suppress(ClaimRuleError):
        assert tokenise(text)[-1].text == ""
        parse(text)
