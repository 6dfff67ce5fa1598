"""Which schema a store has, and which ones this version knows."""

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from farmsight_collector.store.migrate import MIGRATIONS


def of(connection: Connection) -> str:
    """Return the revision of a store's schema, "" where it has none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def newest() -> str:
    """Return the revision that this version brings stores to."""
    return str(_script().get_current_head())


def known() -> frozenset[str]:
    """Return all revisions that this version can bring to the newest."""
    return frozenset(script.revision for script in _script().walk_revisions())


def _script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return ScriptDirectory.from_config(config)
