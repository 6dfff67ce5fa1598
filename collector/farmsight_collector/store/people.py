"""Tokens and sessions of people. Only hashes of what they show are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Connection, Row

from farmsight_collector.clock import micros, moment
from farmsight_collector.errors import TokenError
from farmsight_collector.store import schema
from farmsight_collector.store.rows import storable

SIGN_IN: Final = "sign-in"
API: Final = "api"
_tokens = schema.web_tokens.c
_sessions = schema.web_sessions.c


@dataclass(frozen=True, kw_only=True)
class WebToken:
    """What lets one person in; `kind` is SIGN_IN (once) or API."""

    token_id: str
    kind: str
    name: str
    role: str
    made: datetime
    expires: datetime
    used: datetime | None
    revoked: datetime | None


@dataclass(frozen=True, kw_only=True)
class Session:
    """One person who signed in on the web page."""

    session_id: str
    name: str
    role: str
    came_by: str
    made: datetime
    seen: datetime
    expires: datetime


def add_token(connection: Connection, token: WebToken, secret_sha256: bytes) -> None:
    """Add a token."""
    connection.execute(
        schema.web_tokens.insert().values(
            token_id=token.token_id,
            secret_sha256=secret_sha256,
            kind=token.kind,
            name=storable(token.name),
            role=token.role,
            made=micros(token.made),
            expires=micros(token.expires),
        )
    )


def use_token(connection: Connection, secret_sha256: bytes, at: datetime) -> WebToken:
    """Use a sign-in token up and return it; of two at the same time, one succeeds.

    Raises TokenError: "unknown" also for a token that is for programs.
    """
    query = select(schema.web_tokens).where(_tokens.secret_sha256 == secret_sha256, _tokens.kind == SIGN_IN)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise TokenError("unknown")
    for reason, wrong in (
        ("revoked", row.revoked is not None),
        ("used", row.used is not None),
        ("expired", row.expires <= micros(at)),
    ):
        if wrong:
            raise TokenError(reason)
    taken = connection.execute(
        update(schema.web_tokens)
        .where(_tokens.token_id == row.token_id, _tokens.used.is_(None), _tokens.revoked.is_(None))
        .values(used=micros(at))
    )
    if taken.rowcount != 1:  # another transaction was faster
        raise TokenError("used")
    return _token(row)


def api_token(connection: Connection, secret_sha256: bytes, at: datetime) -> WebToken | None:
    """Return the token for programs with this hash, if it is in force."""
    query = select(schema.web_tokens).where(
        _tokens.secret_sha256 == secret_sha256,
        _tokens.kind == API,
        _tokens.revoked.is_(None),
        _tokens.expires > micros(at),
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _token(row)


def revoke(connection: Connection, wanted: str, at: datetime) -> bool:
    """Revoke a token with the sessions that it opened, or end a session; False when there is neither."""
    done = connection.execute(
        update(schema.web_tokens)
        .where(_tokens.token_id == wanted, _tokens.revoked.is_(None))
        .values(revoked=micros(at))
    )
    gone = connection.execute(
        delete(schema.web_sessions).where((_sessions.session_id == wanted) | (_sessions.came_by == wanted))
    )
    return done.rowcount + gone.rowcount > 0


def tokens(connection: Connection) -> list[WebToken]:
    """Return all tokens, newest first."""
    return [_token(row) for row in connection.execute(select(schema.web_tokens).order_by(_tokens.made.desc()))]


def anyone_came(connection: Connection) -> bool:
    """Tell whether a token was ever used or made for a program: whether somebody knows the way in."""
    query = select(func.count()).where((_tokens.used.is_not(None)) | (_tokens.kind == API))
    return bool(connection.execute(query).scalar_one())


def add_session(connection: Connection, session: Session, secret_sha256: bytes) -> None:
    """Open a session."""
    connection.execute(
        schema.web_sessions.insert().values(
            session_id=session.session_id,
            secret_sha256=secret_sha256,
            name=storable(session.name),
            role=session.role,
            came_by=session.came_by,
            made=micros(session.made),
            seen=micros(session.seen),
            expires=micros(session.expires),
        )
    )


def session(connection: Connection, secret_sha256: bytes, at: datetime, idle: timedelta) -> Session | None:
    """Return the session with this hash; None when there is none, it is over, or it was idle for too long."""
    query = select(schema.web_sessions).where(
        _sessions.secret_sha256 == secret_sha256,
        _sessions.expires > micros(at),
        _sessions.seen > micros(at - idle),
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _session(row)


def sessions(connection: Connection, at: datetime, idle: timedelta) -> list[Session]:
    """Return the sessions that are open, the last one seen first."""
    query = (
        select(schema.web_sessions)
        .where(_sessions.expires > micros(at), _sessions.seen > micros(at - idle))
        .order_by(_sessions.seen.desc())
    )
    return [_session(row) for row in connection.execute(query)]


def touch(connection: Connection, session_id: str, at: datetime) -> None:
    """Note that somebody used a session."""
    connection.execute(update(schema.web_sessions).where(_sessions.session_id == session_id).values(seen=micros(at)))


def end_session(connection: Connection, session_id: str) -> None:
    """End a session."""
    connection.execute(delete(schema.web_sessions).where(_sessions.session_id == session_id))


def forget(connection: Connection, before: datetime) -> None:
    """Remove sessions that ended and tokens that ran out before an instant."""
    connection.execute(delete(schema.web_sessions).where(_sessions.expires <= micros(before)))
    connection.execute(delete(schema.web_tokens).where(_tokens.expires <= micros(before)))


def _token(row: Row[Any]) -> WebToken:
    return WebToken(
        token_id=row.token_id,
        kind=row.kind,
        name=row.name,
        role=row.role,
        made=moment(row.made),
        expires=moment(row.expires),
        used=None if row.used is None else moment(row.used),
        revoked=None if row.revoked is None else moment(row.revoked),
    )


def _session(row: Row[Any]) -> Session:
    return Session(
        session_id=row.session_id,
        name=row.name,
        role=row.role,
        came_by=row.came_by,
        made=moment(row.made),
        seen=moment(row.seen),
        expires=moment(row.expires),
    )
