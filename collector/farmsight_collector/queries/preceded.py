"""The first change before each cause of a picture, from the history that the store has of the farm."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.correlate.first_change import preceded
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.model.view import Farm
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.rules.engine import Evaluation, Finding, evaluate
from farmsight_collector.store.findings import findings_as_of, undecided_of
from farmsight_collector.store.turns import Asked, Turn, turns
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

# How far back is looked: from where a watched finding opened (a report may come late), else from the instant asked for.
WATCHED: Final = timedelta(days=1)
UNWATCHED: Final = timedelta(days=30)
_LATE: Final = timedelta(minutes=2)  # a fact is dated by its server's clock
_TURNS: Final = 500  # of one finding that are read
VIEWS: Final = 24  # of the past that one answer may build


def with_first_changes(connection: Connection, picture: Evaluated) -> Evaluated:
    """Return the picture with the first change of each cause, as of the picture's own instant."""
    farm = picture.farm
    opened = {row.id: row.opened for row in findings_as_of(connection, farm.name, farm.as_of)}
    looked = first_changes(
        connection,
        farm.name,
        picture.evaluation,
        lambda at: farm_as_of(connection, farm.name, at),
        opened,
    )
    return replace(picture, evaluation=looked)


def first_changes(
    connection: Connection,
    stored_as: str,
    evaluation: Evaluation,
    view: Callable[[datetime], Farm],
    opened: Mapping[str, datetime],
    reach: timedelta = UNWATCHED,
) -> Evaluation:
    """Return an evaluation with first changes.

    `view` gives the farm as of an instant; `opened` says when a finding that
    was watched opened; others are looked back for over `reach`.
    """
    at, past = evaluation.as_of, _Past(view)

    def history(finding: Finding, kinds: frozenset[str]) -> list[Turn]:
        bound = opened.get(finding.id)
        end = at if bound is None else min(at, bound + _LATE)
        begin = end - (reach if bound is None else WATCHED)
        return turns(connection, Asked(farm=stored_as, kinds=kinds, begin=begin, end=end), limit=_TURNS)

    return preceded(evaluation, history, past)


class _Past:
    """Asks one rule of farms as they were; each instant's farm is built once, and not more than a number of them."""

    def __init__(self, view: Callable[[datetime], Farm]) -> None:
        self._view = view
        self._farms: dict[datetime, Farm] = {}
        self._told: dict[tuple[str, datetime], Evaluation] = {}

    def held(self, finding: Finding, at: datetime) -> bool | None:
        """Tell whether a finding held; None when its rule could not tell, or when enough was looked at."""
        told = self._asked(finding, at)
        if told is None:
            return None
        if any(one.id == finding.id for one in told.findings):
            return True
        return None if undecided_of(finding, told.unknown) else False

    def seen(self, finding: Finding, at: datetime) -> datetime:
        """Return until when all that the rule reads of the finding's servers was looked at, of what was ever seen."""
        probes = {KIND_BY_NAME[kind].probe for kind in finding.rule.reads}
        farm = self._farm(at)
        return min(
            (
                row.covered_until
                for server in (() if farm is None else farm.servers)
                for row in server.coverage
                if row.stale and row.probe in probes and (not finding.servers or server.name in finding.servers)
            ),
            default=at,
        )

    def _asked(self, finding: Finding, at: datetime) -> Evaluation | None:
        name = (finding.rule.code, at)
        if name not in self._told:
            farm = self._farm(at)
            if farm is None:
                return None
            self._told[name] = evaluate(farm, (finding.rule,))
        return self._told[name]

    def _farm(self, at: datetime) -> Farm | None:
        if at not in self._farms and len(self._farms) < VIEWS:
            self._farms[at] = self._view(at)
        return self._farms.get(at)
