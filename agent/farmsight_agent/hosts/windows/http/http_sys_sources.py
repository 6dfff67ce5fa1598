"""Sources of one answer, the best first. Platform-free."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import DeniedError, NotObservedError

T = TypeVar("T")


def first_answer(*sources: tuple[str, Callable[[], Seen[T]]]) -> Seen[T]:
    """Return the answer of the first source that gives one; its name says why those before it gave none.

    Raises the refusal where one of them refused (more rights are what
    helps), else what was wrong with the first; the detail says all.
    """
    troubles: list[tuple[str, NotObservedError]] = []
    for name, look in sources:
        try:
            seen = look()
        except NotObservedError as error:
            troubles.append((name, error))
            continue
        said = "; ".join(f"{one}: {error.reason}" for one, error in troubles)
        return replace(seen, source=f"{name} ({said})" if said else name, lines=())
    told = next((error for _, error in troubles if isinstance(error, DeniedError)), troubles[0][1])
    detail = "; ".join(f"{name}: {error}" for name, error in troubles)
    raise _like(told)(told.reason, detail, source=", ".join(name for name, _ in sources))


def _like(error: NotObservedError) -> type[NotObservedError]:
    """Return the public kind of an error, which is the class that names the outcome."""
    return next(kind for kind in type(error).__mro__ if kind.__module__ == NotObservedError.__module__)
