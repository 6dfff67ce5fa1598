"""What a rule leaves open that looks at many servers when one of them is not known.

A finding may rest on what only this one showed: it is then neither confirmed
nor gone. Where nobody ever looked there is nothing that could rest on it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.rules.rule import CannotTell
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

_KNOWN: Final = ("observed", "not_applicable")


def unseen(
    among: Farm | Iterable[Server],
    kind: str,
    *,
    part: str | None = None,
    context: str | None = None,
    besides: Iterable[str] = (),
    named: bool = False,
    about: str | None = None,
) -> Iterator[CannotTell]:
    """Yield a doubt for each place of this kind that was looked at before and is not known now.

    Without `part` or `context` every one counts. `besides` are the subjects that what is known decides all the same.
    `named`: the doubt is about that server alone; `about`: about this one;
    with neither it is about the farm.
    """
    described, sure = KIND_BY_NAME[kind], frozenset(besides)
    wanted = part if described.part == "*" else described.part
    for server in among.servers if isinstance(among, Farm) else among:
        for row in server.coverage:
            if row.probe != described.probe or wanted not in (None, row.part):
                continue
            if context not in (None, row.context):
                continue
            if row.outcome in _KNOWN and not row.stale:
                continue
            why = f"last seen {row.covered_until.isoformat()}" if row.stale else f"{row.outcome}: {row.reason}"
            yield CannotTell(
                server=server.name if named else about,
                besides=sure,
                reason=f"{server.name}: {row.probe}{'/' + row.part if row.part else ''}: {why}",
                probe=row.probe,
                part=row.part,
                context=row.context,
            )


def unread(farm: Farm, server: Server) -> Iterator[CannotTell]:
    """Yield a doubt, for this server, about each CA of users' chains whose bytes were reported and are not here."""
    for authority in user_chains(farm).authorities:
        valid = authority.valid_at(farm.as_of)
        if any(known.certificate for known in valid) or not any(known.summary.blob_sha256 for known in valid):
            continue
        reason = "the certificate's bytes are not here"
        yield CannotTell(server=server.name, subject=authority.subject, reason=reason, probe="certificate-stores")
