"""`[replicas]` in collector.toml: what only matters where several collectors stand on one PostgreSQL."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Replicas:
    """How soon others take over what a collector did that is gone."""

    lease_s: int = 6  # so long after its last sign a replica counts as dead
    beat_s: int = 2  # how often it gives one; a third of the lease, so that one may be lost
    name: str = ""  # what people call it; empty: the machine's name
    direct: str = ""  # the database past its pooler, which passes no notifications on; empty: as `database`
