"""What is put right in a store that was put back from a copy: what was used up or ended since may not work again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import audit, people, schema


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What was ended, and what an operator has to look at."""

    join_tokens: int  # revoked
    sign_ins: int  # links revoked, sessions ended
    agents: int  # that may come in
    api_tokens: int  # that are in force


def settle(connection: Connection, *, as_of: datetime, at: datetime, by: str) -> Settled:
    """End what may have been used up since the copy was made, and note that the store was put back.

    Join tokens and sign-in links are good once: which of them were used since, nobody knows here.
    """
    now = micros(at)
    tokens, web, sessions = schema.tokens.c, schema.web_tokens.c, schema.web_sessions
    unused = update(schema.tokens).where(tokens.used.is_(None), tokens.revoked.is_(None), tokens.expires > now)
    joins = connection.execute(unused.values(revoked=now)).rowcount
    links = update(schema.web_tokens).where(web.kind == people.SIGN_IN, web.used.is_(None), web.revoked.is_(None))
    ended = connection.execute(links.values(revoked=now)).rowcount + connection.execute(delete(sessions)).rowcount
    active = select(func.count()).select_from(schema.agents).where(schema.agents.c.state == "active")
    programs = select(func.count()).where(web.kind == people.API, web.revoked.is_(None), web.expires > now)
    settled = Settled(
        join_tokens=joins,
        sign_ins=ended,
        agents=int(connection.scalar(active) or 0),
        api_tokens=int(connection.scalar(programs) or 0),
    )
    detail = (
        f"from a copy of {as_of:%Y-%m-%d %H:%M:%S} UTC; {joins} join tokens revoked, {ended} sign-in links and "
        "sessions ended. Of what agents reported since, the store has nothing"
    )
    audit.note(connection, at=at, actor=by, action="collector.restore", target="store", detail=detail)
    return settled
