"""Whether claims of a type pass a rule set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.claimrules.parser import read
from farmsight_collector.claimrules.passing import Passing, passing

T = "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"
U = "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuername"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'c:[Type == "{T}"] => issue(claim = c);', Passing.PLAIN),
        ("c:[] => issue(claim = c);", Passing.PLAIN),
        (f'@RuleName="x" x:[Type == "{T}"] => issue(Type = x.Type, Value = x.Value);', Passing.PLAIN),
        ('c:[Type =~ "^http://schemas\\.microsoft\\.com/2012"] => issue(claim = c);', Passing.PLAIN),
        ('c:[Type != "urn:other"] => issue(claim = c);', Passing.PLAIN),
        (f'c:[Type == "{T}", Value =~ "Contoso"] => issue(claim = c);', Passing.CONDITIONAL),
        (f'c:[Type == "{T}"] && [Type == "urn:vip"] => issue(claim = c);', Passing.CONDITIONAL),
        (f'c:[Type == "urn:own"] => issue(Type = "{T}", Value = c.Value);', Passing.CONDITIONAL),
        (f'c:[Type == "u"] => issue(store = "s", types = ("{T}"), query = "q");', Passing.CONDITIONAL),
        ('c:[Type =~ "(a*)*b"] => issue(claim = c);', Passing.CONDITIONAL),  # not tried: it may never end
        (f'c:[Type == "{T}"] => add(claim = c);', Passing.NO),
        (f'c:[Type == "{U}"] => issue(claim = c);', Passing.NO),
        (f"c:[Type == {T}] => issue(claim = c);", Passing.PLAIN),  # as the article prints every rule
        (f'c:[Type == {T}] => issue(claim = c); c:[Type == "{U}"] => issue(claim = c);', Passing.NO),
        (f'exists([Type == "{T}"]) => issue(Type = "urn:has", Value = "1");', Passing.NO),
        (f'c:[Type == "{T}"] => issue(Type = c.Value, Value = c.Type);', Passing.NO),
        ("", Passing.NO),
        (f'c:[Type = "{T}"] => issue(claim = c);', Passing.UNREADABLE),
        (f'x ; c:[Type == "{T}"] => issue(claim = c);', Passing.PLAIN),
    ],
)
def test_how_claims_of_a_type_fare(text, expected):
    assert passing(read(text), T).passing is expected


def test_the_unreadable_place_comes_with_the_answer():
    place = passing(read("c:[Type == ]\n => issue(claim = c);"), T).place
    assert place is not None
    assert (place.line, place.column) == (1, 12)


@given(st.text(max_size=80))
def test_any_pattern_gets_an_answer(pattern):
    quoted = pattern.replace("\\", "").replace('"', "")
    passing(read(f'c:[Type =~ "{quoted}"] => issue(claim = c);'), T)
