"""The comparisons of the language, on texts of which only a part may be known.

Whether == minds the case is not settled: "View Rule Language Dialog Box" says
that comparisons of custom rules are case sensitive, "Edit Rule Template - Custom
Rule" that AD FS is not. Texts that differ in case alone are therefore an open
question, both ways. Regular expressions mind the case unless they say (?i).
"""

from collections.abc import Mapping
from typing import Final

from farmsight_collector.claimrules.dotnet import matches_anything, searched
from farmsight_collector.claimrules.texts import Text, Unknown, in_words
from farmsight_collector.claimrules.worlds import Question, Test, World


def same(left: str, right: str) -> bool | None:
    """Tell whether two strings are equal to AD FS; None where it hangs on the case."""
    if left == right:
        return True
    return None if left.lower() == right.lower() else False


def found(text: str, pattern: str) -> bool | None:
    """Tell whether a regular expression is found in a string; None when that can't be told."""
    return searched(pattern, text)


_TESTS: Final[Mapping[str, tuple[Test, str, str]]] = {
    "==": (same, "is", "is not"),
    "=~": (found, "matches", "does not match"),
}
_NEGATIVE: Final = {"!=": "==", "!~": "=~"}


def compared(left: Text, operator: str, right: Text, world: World) -> bool:
    """Return whether a comparison holds in this world; what is open, the world decides."""
    if operator in _NEGATIVE:
        return not compared(left, _NEGATIVE[operator], right, world)
    test, word, negative = _TESTS[operator]
    told = _told(left, operator, right, test)
    if told is not None:
        return told
    named = in_words(left), in_words(right)
    question = Question(
        key=(operator, left, right),
        yes=f"{named[0]} {word} {named[1]}",
        no=f"{named[0]} {negative} {named[1]}",
        left=left,
        right=right,
        test=test,
    )
    return world.decide(question)


def _told(left: Text, operator: str, right: Text, test: Test) -> bool | None:
    if isinstance(left, str) and isinstance(right, str):
        return test(left, right)
    if operator == "==" and left == right:
        return True
    if operator == "=~" and isinstance(right, str) and matches_anything(right):
        return True  # AD FS makes no claim with an empty value
    for text, other in ((left, right), (right, left)):
        if isinstance(text, Unknown) and text.believed and isinstance(other, str):
            values = (text.samples[0], other) if text is left else (other, text.samples[0])
            if test(*values):
                return True
    return None
