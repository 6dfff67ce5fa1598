"""What is open about a sign-in, decided one way or the other: each way is a world in which rules can be run.

Whether the user is in a group, or inside the network, is not known here. Where a
rule hangs on it, the rules are run twice: once with yes, once with no. What holds
in every world holds; what holds in some holds under the conditions in which they
differ. The number of worlds and of steps is bounded, and running out is said.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from farmsight_collector.claimrules.texts import Text, Unknown, unknowns, with_values

MAX_WORLDS: Final = 128
MAX_STEPS: Final = 60_000
MAX_STEPS_OF_A_SET: Final = 15_000

T = TypeVar("T")
Test = Callable[[str, str], bool | None]


class ExhaustedError(Exception):
    """The rules take more steps than are taken here, over all worlds."""


class SetExhaustedError(Exception):
    """One run of a rule set takes more steps than are taken here."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something that is open: what it asks, and, for a comparison, of which texts."""

    key: Hashable
    yes: str  # the answer in words
    no: str
    left: Text = ""
    right: Text = ""
    test: Test | None = field(default=None, compare=False)


@dataclass(kw_only=True)
class Steps:
    """How many steps are left, over all worlds and for the rule set that runs."""

    left: int = MAX_STEPS
    left_of_set: int = MAX_STEPS_OF_A_SET

    def take(self) -> None:
        """Take one; raises ExhaustedError or SetExhaustedError when there is none."""
        self.left -= 1
        self.left_of_set -= 1
        if self.left < 0:
            raise ExhaustedError
        if self.left_of_set < 0:
            raise SetExhaustedError


class World:
    """One way in which what is open may be; questions past the script are answered with no."""

    def __init__(self, script: Sequence[bool], steps: Steps) -> None:
        """Start a world whose first answers are given."""
        self.script = script
        self.steps = steps
        self.answers: dict[Hashable, tuple[Question, bool]] = {}
        self.forced: dict[Hashable, bool] = {}

    def decide(self, question: Question) -> bool:
        """Return the answer in this world, always the same to the same question."""
        known = self.answers.get(question.key)
        if known is not None:
            return known[1]
        if question.key in self.forced:
            return self.forced[question.key]
        forced = self._follows(question)
        if forced is not None:
            self.forced[question.key] = forced
            return forced
        at = len(self.answers)
        answer = self.script[at] if at < len(self.script) else False
        self.answers[question.key] = (question, answer)
        return answer

    def _follows(self, question: Question) -> bool | None:
        """Return the answer that earlier ones leave open alone, for a text that is one of a few."""
        asked = unknowns(question.left) | unknowns(question.right)
        if len(asked) != 1 or question.test is None:
            return None
        (text,) = asked
        if not text.closed:
            return None
        about = [one for one in self.answers.values() if unknowns(one[0].left) | unknowns(one[0].right) == asked]
        left = [value for value in text.samples if all(_fits(one, text, value) for one in about)]
        outcomes = {_tested(question, {text: value}) for value in left}
        return outcomes.pop() if len(outcomes) == 1 else None

    @property
    def proven(self) -> bool:
        """Tell whether samples show that this world can be: that its answers go together."""
        by_text: dict[frozenset[Unknown], list[tuple[Question, bool]]] = {}
        for question, answer in self.answers.values():
            asked = unknowns(question.left) | unknowns(question.right)
            if question.test is None and question.left != "":
                return False
            if any(text.several for text in asked):
                continue
            if asked:
                by_text.setdefault(asked, []).append((question, answer))
            elif question.test is not None:
                return False  # two plain texts, and yet it could not be told
        return all(len(asked) == 1 and _possible(next(iter(asked)), about) for asked, about in by_text.items())


def explore(run: Callable[[World], T], steps: Steps | None = None) -> "Explored[T]":
    """Run in every world that the run itself asks for, as far as the bounds allow."""
    steps = steps or Steps()
    scripts: list[list[bool]] = [[]]
    found: list[tuple[World, T]] = []
    while scripts and len(found) < MAX_WORLDS:
        script = scripts.pop()
        world = World(script, steps)
        try:
            found.append((world, run(world)))
        except ExhaustedError:
            return Explored(worlds=tuple(found), complete=False)
        answers = [answer for _, answer in world.answers.values()]
        scripts += [[*answers[:at], not answers[at]] for at in range(len(script), len(answers))]
    return Explored(worlds=tuple(found), complete=not scripts)


@dataclass(frozen=True, kw_only=True)
class Explored(Generic[T]):
    """What came out in each world, and whether these are all."""

    worlds: tuple[tuple[World, T], ...]
    complete: bool


def differing(one: World, other: World) -> list[Question]:
    """Return what is answered in one world and not, or otherwise, in the other."""
    same = {key for key, (_, answer) in other.answers.items() if key in one.answers and one.answers[key][1] is answer}
    return [question for key, (question, _) in one.answers.items() if key not in same]


def telling(one: World, other: World) -> list[str]:
    """Return in words what holds in one world: what does, and what does not and does in the other."""
    apart = differing(one, other)
    return [q.yes if answer else q.no for q, answer in one.answers.values() if answer or q in apart]


def _tested(question: Question, values: dict[Unknown, str]) -> bool | None:
    left, right = with_values(question.left, values), with_values(question.right, values)
    return None if left is None or right is None or question.test is None else question.test(left, right)


def _fits(answered: tuple[Question, bool], text: Unknown, value: str) -> bool:
    return _tested(answered[0], {text: value}) is answered[1]


def _possible(text: Unknown, about: list[tuple[Question, bool]]) -> bool:
    """Tell whether a sample, or a text that the rules name, fits all answers about an unknown text."""
    named = tuple(side for question, _ in about for side in (question.left, question.right) if isinstance(side, str))
    tried = text.samples if text.closed or text.believed else (*text.samples, *named, "something else")
    return any(all(_fits(one, text, value) for one in about) for value in tried)
