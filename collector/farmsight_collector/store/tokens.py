"""Join tokens: one use, or so many, one farm, one role, for a while. Only the hash of the secret is kept."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.engine import Connection, Row

from farmsight_collector.clock import micros, moment
from farmsight_collector.errors import TokenError
from farmsight_collector.store import schema

_columns = schema.tokens.c


@dataclass(frozen=True, kw_only=True)
class TokenRow:
    """One join token; `host_name` None lets any server of the role use it. `used`: when its last use was taken."""

    token_id: str
    farm: str
    role: str
    host_name: str | None
    made: datetime
    expires: datetime
    used: datetime | None
    revoked: datetime | None
    uses: int = 1
    taken: int = 0


def add_token(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    *,
    token_id: str,
    secret_sha256: bytes,
    farm: str,
    role: str,
    host_name: str | None,
    expires: datetime,
    at: datetime,
    uses: int = 1,
) -> TokenRow:
    """Add a token that can be used once, or so often, until it expires."""
    connection.execute(
        schema.tokens.insert().values(
            token_id=token_id,
            secret_sha256=secret_sha256,
            farm=farm,
            role=role,
            host_name=host_name,
            made=micros(at),
            expires=micros(expires),
            uses=uses,
        )
    )
    return _token(connection.execute(_all().where(_columns.token_id == token_id)).one())


def use_token(connection: Connection, token_id: str, secret_sha256: bytes, at: datetime) -> TokenRow:
    """Take a use of a token and return it; of two at the same time that want the last, one succeeds.

    Raises TokenError. Who does not know the secret learns nothing but
    "unknown", whatever became of the token.
    """
    found = connection.execute(
        _all().add_columns(_columns.secret_sha256).where(_columns.token_id == token_id)
    ).one_or_none()
    if found is None or not hmac.compare_digest(bytes(found.secret_sha256), secret_sha256):
        raise TokenError("unknown")
    if found.revoked is not None:
        raise TokenError("revoked")
    if found.used is not None:
        raise TokenError("used")
    if found.expires <= micros(at):
        raise TokenError("expired")
    taken = connection.execute(
        update(schema.tokens)
        .where(
            _columns.token_id == token_id,
            _columns.used.is_(None),
            _columns.taken < _columns.uses,
            _columns.revoked.is_(None),
        )
        .values(
            taken=_columns.taken + 1, used=case((_columns.taken + 1 >= _columns.uses, micros(at)), else_=_columns.used)
        )
    )
    if taken.rowcount != 1:  # another transaction was faster
        raise TokenError("used")
    return _token(connection.execute(_all().where(_columns.token_id == token_id)).one())


def revoke_token(connection: Connection, token_id: str, at: datetime) -> bool:
    """Revoke a token; False when there is none or it was revoked before."""
    done = connection.execute(
        update(schema.tokens)
        .where(_columns.token_id == token_id, _columns.revoked.is_(None))
        .values(revoked=micros(at))
    )
    return done.rowcount == 1


def tokens(connection: Connection) -> list[TokenRow]:
    """Return all tokens, newest first."""
    return [_token(row) for row in connection.execute(_all().order_by(_columns.made.desc()))]


def _all() -> Any:  # noqa: ANN401 - a Select of ten columns
    return select(
        _columns.token_id,
        _columns.farm,
        _columns.role,
        _columns.host_name,
        _columns.made,
        _columns.expires,
        _columns.used,
        _columns.revoked,
        _columns.uses,
        _columns.taken,
    )


def _token(row: Row[Any]) -> TokenRow:
    return TokenRow(
        token_id=row.token_id,
        farm=row.farm,
        role=row.role,
        host_name=row.host_name,
        made=moment(row.made),
        expires=moment(row.expires),
        used=None if row.used is None else moment(row.used),
        revoked=None if row.revoked is None else moment(row.revoked),
        uses=row.uses,
        taken=row.taken,
    )
