"""What a page is asked and an action is told, with the parts of the collector that they use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.web.evaluations import Evaluations
from farmsight_collector.web.page import Desk, Parameters, Person


@dataclass(kw_only=True)
class Question:
    """One question of one person to a page: `Asked`."""

    person: Person
    desk: Desk
    connection: Connection
    path: Mapping[str, str]
    parameters: Parameters
    farm: str
    at: datetime
    live: bool
    evaluations: Evaluations

    def evaluated(self) -> Evaluated:
        """Return the farm and its findings as of `at`; worked out once for equal questions about an equal store."""
        return self.evaluations.get(self.connection, self.farm, self.at)

    def evaluated_at(self, at: datetime) -> Evaluated:
        """Return the same for another instant."""
        return self.evaluations.get(self.connection, self.farm, at)


@dataclass(kw_only=True)
class Wish:
    """One wish of one person to change something: `Acting`."""

    person: Person
    desk: Desk
    path: Mapping[str, str]
    farm: str
    form: Parameters
    files: Mapping[str, bytes]
