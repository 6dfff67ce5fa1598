"""What is to be said of a trace beside its hops."""

from collections.abc import Iterator, Sequence

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.trace import Path


def noted(scene: Scene, paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the notes, most telling first."""
    return tuple(dict.fromkeys((*_not_every_time(paths), *_until(paths), *_mapping(scene), *_stopped(paths))))


def _not_every_time(paths: Sequence[Path]) -> Iterator[str]:
    """Yield, for a path of which part of the pairs fail, through which servers: users meet it now and then."""
    for word in dict.fromkeys(path.path for path in paths):
        here = [path for path in paths if path.path == word]
        failing = [path for path in here if path.verdict is Verdict.FAILS]
        if failing and len(failing) < len(here):
            common = set(failing[0].via).intersection(*(path.via for path in failing))
            through = sorted(common - {name for path in here if path not in failing for name in path.via})
            by = f": through {', '.join(through)}" if through else ""
            yield f"{word}: {len(failing)} of {len(here)} pairs fail{by}; to users it fails now and then"


def _until(paths: Sequence[Path]) -> Iterator[str]:
    """Yield when the first thing runs out that chains and revocation pass by."""
    ends = [
        (hop.judgement.holds_until, hop.server)
        for path in paths
        for hop in path.hops
        if hop.judgement is not None and hop.verdict is Verdict.PASSES and hop.judgement.holds_until is not None
    ]
    if ends:
        when, server = min(ends)
        yield f"what this stands on runs out first on {server}, on {when:%Y-%m-%d %H:%M} UTC"


def _mapping(scene: Scene) -> Iterator[str]:
    """Yield that the certificate maps its account weakly (USER-08): whether AD FS asks a KDC is not shown."""
    if not scene.names.carries_sid:
        yield (
            "the certificate does not carry the account's SID: domain controllers that enforce strong mapping "
            "(KB5014754) refuse it unless altSecurityIdentities maps it (events 39, 40, 41 of the KDC)"
        )


def _stopped(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        for hop in path.hops:
            if hop.judgement is not None and hop.judgement.stopped:
                yield f"{hop.server}: {hop.judgement.stopped}"
