"""Brings a store's schema to the newest version, or back to an older one."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Engine

MIGRATIONS: Final = Path(__file__).parent / "migrations"
LOCK: Final = 4603816152  # PostgreSQL: held by whoever works on the whole of a store


def upgrade(engine: Engine, to: str = "head") -> None:
    """Apply every migration up to `to`, in one transaction."""
    _run(engine, command.upgrade, to)


def downgrade(engine: Engine, to: str = "base") -> None:
    """Take migrations back down to `to`; data of dropped columns and tables is lost."""
    _run(engine, command.downgrade, to)


def _run(engine: Engine, action: Callable[[Config, str], None], to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.connect() as connection:
        connection.execution_options(farmsight_begin="BEGIN IMMEDIATE")
        with connection.begin():
            if engine.dialect.name == "postgresql":  # several collectors may start at once
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            config.attributes["connection"] = connection
            action(config, to)
