"""What a hop's own function says, before it is put in its place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Held, UnknownFactError
from farmsight_collector.pki.paths.judgement import Judgement


@dataclass(frozen=True, kw_only=True)
class Said:
    """A verdict with its reason.

    `why` is a verb phrase where the hop stands on a server ("does not listen
    on port 49443"), so that servers that fail alike read as one sentence;
    elsewhere it is a sentence of its own.
    """

    verdict: Verdict
    why: str
    catalogue: tuple[str, ...] = ()
    evidence: tuple[Held, ...] = ()
    judgement: Judgement | None = None
    matters: bool = True


def passes(why: str, *evidence: Held) -> Said:
    """Return that it is proven to work."""
    return Said(verdict=Verdict.PASSES, why=why, evidence=evidence)


def fails(why: str, *evidence: Held, entries: Iterable[str] = ()) -> Said:
    """Return that it is proven not to work, as which entries of the catalogue."""
    return Said(verdict=Verdict.FAILS, why=why, evidence=evidence, catalogue=tuple(entries))


def unknown(why: str, *evidence: Held, entries: Iterable[str] = ()) -> Said:
    """Return that it can't be told, and because of what."""
    return Said(verdict=Verdict.UNKNOWN, why=why, evidence=evidence, catalogue=tuple(entries))


def not_known(error: UnknownFactError) -> Said:
    """Return that a fact is missing; whose and why stands in the error."""
    part = f"/{error.part}" if error.part else ""
    account = f" as {error.context}" if error.context else ""
    return unknown(f"not known: {error.probe}{part} of {error.server}{account}: {error.reason}")


def worst(said: Iterable[Said]) -> Said:
    """Return what several conditions come to that must all hold: a failing one, else an unknown one, else all.

    What passes is told together. Raises ValueError for none.
    """
    everything = tuple(said)
    for verdict in (Verdict.FAILS, Verdict.UNKNOWN):
        found = [one for one in everything if one.verdict is verdict and one.matters]
        if found:
            entries = tuple(dict.fromkeys(entry for one in found for entry in one.catalogue))
            return replace(
                found[0],
                why="; ".join(dict.fromkeys(one.why for one in found)),
                catalogue=entries,
                evidence=tuple({id(held): held for one in found for held in one.evidence}.values()),
            )
    if not everything:
        raise ValueError("nothing was said")
    told = "; ".join(dict.fromkeys(one.why for one in everything))
    return replace(everything[0], why=told, evidence=tuple(held for one in everything for held in one.evidence))
