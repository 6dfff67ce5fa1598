"""Expressions of .NET are tried where they mean the same here; where they may not, nobody says they match."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_collector.claimrules.dotnet import MAX_PATTERN, matches_anything, replaced, searched


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^4", "41", True),
        ("4$", "41", False),
        ("contoso", "CONTOSO", False),
        ("(?i)contoso", "CONTOSO", True),
        ("CON(?i)toso", "CONTOSO", True),
        ("con(?i)toso", "CONTOSO", False),
        ("a(?i)b|c", "C", True),  # an option holds until its group ends, over the bars in it too
        ("(a(?i)b)C", "aBc", False),
        ("(?i:con)toso", "CONtoso", True),
        (r"(?<domain>[^\\]+)\\(?<user>.+)", "CONTOSO\\anna", True),
        (r"(?'user'a)\d{2,3}", "a12", True),
        (r"^\w+@contoso\.com\z", "anna@contoso.com", True),
        (r"a\Z", "a\n", True),
        (r"a\z", "a\n", False),
        ("x{,3}", "x{,3}", True),  # no count in .NET: plain text
        ("[[]", "[", True),
        ("[]a]", "]", True),
        (r"[\d-]+", "4-2", True),
        (r"\x41\u0042", "AB", True),
        ("(?=a)(?!b)(?<=x)?a", "a", True),
        ("(a+)+$", "a" * 30 + "!", False),
    ],
)
def test_what_an_expression_finds(pattern, text, expected):
    assert searched(pattern, text) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "[a-z-[aeiou]]",  # subtraction
        "(?<open-close>a)",  # balancing groups
        "(?(a)b|c)",  # a condition
        r"\p{Lu}",
        r"(a)\1",
        r"\k<a>",
        "(?x) a b",
        "(?n)(a)",
        "a++",  # an error there, possessive here
        "a**",
        "(",
        ")",
        "[a",
        "a\\",
        "*a",
        "(?P<a>b)",
        "(a{1000}){1000}",  # would fill the memory
        "a" * (MAX_PATTERN + 1),
        r"\cA",
        "(?#a note)a",
    ],
)
def test_what_may_mean_something_else_here_is_not_tried(pattern):
    assert searched(pattern, "a") is None


@pytest.mark.parametrize("pattern", [r"\wnna", r"(?i)JÖRG", r"[\w]nna"])
def test_letters_beyond_ascii_are_not_judged_by_another_alphabet(pattern):
    assert searched(pattern, "Jörg Änna") is None


def test_an_expression_that_would_never_end_is_given_up_soon():
    began = time.monotonic()
    assert searched("(x+x+)+y", "x" * 2000) is None
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "expected"),
    [
        ("CONTOSO\\anna", r"(?<domain>[^\\]+)\\(?<user>.+)", "${user}", "anna"),
        ("anna@contoso.com", r"(?i)(^([^@]+)@)(?<domain>(contoso\.com))$", "http://${domain}/", "http://contoso.com/"),
        ("abc", "(b)", "[$1$0$&$$]", "a[bbb$]c"),
        ("abc", "b", "$1${name}", "a$1${name}c"),  # no such group: left as text
        ("aaa", "a", "b", "bbb"),
        ("abc", "x", "y", "abc"),
        ("abc", "(?<n>a)(b)", "$1", None),  # groups with names are numbered last there
        ("abc", "b", "$`", None),
        ("abc", "[a-z-[b]]", "x", None),
        ("a" * 2000, "a", "xxxx", None),  # too long
    ],
)
def test_replacements(text, pattern, replacement, expected):
    assert replaced(text, pattern, replacement) == expected


@pytest.mark.parametrize("pattern", ["", ".*", "^.*$", ".+", "^(.+)$", "(.*?)", "^", "$"])
def test_what_plainly_matches_every_value(pattern):
    assert matches_anything(pattern)


@pytest.mark.parametrize("pattern", ["a", "^.$", ".{2,}", "^(.+$", ".+@", "[^a]+", ".."])
def test_what_does_not(pattern):
    assert not matches_anything(pattern)


@settings(deadline=None)
@given(st.text(st.sampled_from("ab(){}[]?<>:=!|*+.^$\\1,-idwx'\n"), max_size=40), st.text("ab1x\n", max_size=20))
def test_any_expression_gets_an_answer(pattern, text):
    assert searched(pattern, text) in (True, False, None)
    replaced(text, pattern, "$1${a}$")
