"""Who people are: tokens that let them in, and the session that follows.

A token is `fsw1.` and 32 random bytes as base64url. The collector keeps its
SHA-256 only; 256 random bits need no slow hash.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from farmsight_collector.clock import Clock
from farmsight_collector.errors import TokenError
from farmsight_collector.store import audit, people
from farmsight_collector.store.engine import Store
from farmsight_collector.store.people import Session, WebToken

ROLES: Final = ("viewer", "operator", "admin")  # each may do what those before it may
PREFIX: Final = "fsw1."
TOUCH_EVERY: Final = timedelta(minutes=1)
KEPT_AFTER: Final = timedelta(days=90)  # what became of a token can be looked up for so long


def may(role: str, needed: str) -> bool:
    """Tell whether a role includes another."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


def digest(secret: str) -> bytes:
    """Return what the store keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def make_token(
    store: Store, *, kind: str, name: str, role: str, life: timedelta, at: datetime, actor: str
) -> tuple[str, WebToken]:
    """Make a token and return its text, which is not kept, and what is."""
    text = PREFIX + secrets.token_urlsafe(32)
    token = WebToken(
        token_id=secrets.token_hex(4),
        kind=kind,
        name=name,
        role=role,
        made=at,
        expires=at + life,
        used=None,
        revoked=None,
    )
    with store.write() as connection:
        people.forget(connection, at - KEPT_AFTER)
        people.add_token(connection, token, digest(text))
        detail = f"{kind} for {name} as {role} until {token.expires:%Y-%m-%d %H:%MZ}"
        audit.note(connection, at=at, actor=actor, action="web.token.create", target=token.token_id, detail=detail)
    return text, token


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """Lets people in by one-time tokens or by what another service vouches for, and knows them afterwards."""

    store: Store
    clock: Clock
    idle: timedelta
    longest: timedelta

    def by_token(self, text: str, address: str) -> tuple[str, Session]:
        """Exchange a token for a session; returns the session's secret, too. Raises TokenError; both are audited."""
        at = self.clock.now()
        try:
            with self.store.write() as connection:
                token = people.use_token(connection, digest(text.strip()), at)
        except TokenError as error:
            self.refused(f"token {error.kind}", address)
            raise
        return self.open(name=token.name, role=token.role, came_by=token.token_id, address=address)

    def open(self, *, name: str, role: str, came_by: str, address: str) -> tuple[str, Session]:
        """Open a session, always with a fresh secret: nobody can have planted it before."""
        at, secret = self.clock.now(), secrets.token_urlsafe(32)
        session = Session(
            session_id=secrets.token_hex(4),
            name=name,
            role=role,
            came_by=came_by,
            made=at,
            seen=at,
            expires=at + self.longest,
        )
        with self.store.write() as connection:
            people.add_session(connection, session, digest(secret))
            detail = f"as {role} by {came_by} from {address}, session {session.session_id}"
            audit.note(connection, at=at, actor=name, action="web.sign-in", target=name, detail=detail)
        return secret, session

    def find(self, secret: str, *, used: bool) -> Session | None:
        """Return the session of a secret, or None; `used` when a person did something, not a page by itself."""
        if not secret or len(secret) > 200:
            return None
        at = self.clock.now()
        with self.store.read() as connection:
            session = people.session(connection, digest(secret), at, self.idle)
        if session is not None and used and at - session.seen >= TOUCH_EVERY:
            with self.store.write() as connection:
                people.touch(connection, session.session_id, at)
        return session

    def end(self, session: Session) -> None:
        """Sign somebody out."""
        with self.store.write() as connection:
            people.end_session(connection, session.session_id)
            audit.note(
                connection,
                at=self.clock.now(),
                actor=session.name,
                action="web.sign-out",
                target=session.name,
                detail=f"session {session.session_id}",
            )

    def refused(self, why: str, address: str, actor: str = "") -> None:
        """Write down that somebody was not let in, or was not let do something."""
        with self.store.write() as connection:
            audit.note(
                connection,
                at=self.clock.now(),
                actor=actor or "nobody",
                action="web.refused",
                target=address,
                detail=why,
            )


def csrf_token(secret: str) -> str:
    """Return what a form must carry beside the session's cookie: no other site can read or guess it."""
    return hmac.new(secret.encode(), b"farmsight csrf", hashlib.sha256).hexdigest()
