"""What all tables share: their collection, how their keys are named, and the end of what has none."""

from typing import Final

from sqlalchemy import BigInteger, Integer, MetaData

OPEN: Final = 2**63 - 1

# SQLite numbers rows only in a column that is exactly INTEGER.
ROW_ID: Final = BigInteger().with_variant(Integer(), "sqlite")

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
