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


def test_a_listing_without_quotes_is_read_and_marked():
    rule = parse("c:[Type ==\nhttp://schemas.microsoft.com/x]\n => issue(claim = c);")[0]
    value = rule.conditions[0].comparisons[0].value
    assert isinstance(value, Literal)
    assert (value.bare, value.line) == (True, 2)


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
    rules = read('c:[] => issue(claim = c); c:[Type ~~ "x"] => issue(claim = c); [] => issue(claim = d);')
    assert not rules.rules  # a character that is no word of the language hides the words
    rules = read('c:[] => issue(claim = c); c:[Type = "x"] => issue(claim = c); d:[] => issue(claim = d);')
    assert len(rules.rules) == 2
    assert [u.line for u in rules.unreadable] == [1]


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
