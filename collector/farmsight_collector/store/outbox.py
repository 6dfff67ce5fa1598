"""Alerts on their way: written with the change that they tell of, claimed by one sender at a time, kept as a record.

Of one farm and channel, one delivery is under way at a time and none before
an earlier one has ended: what closes is never told before what opened.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros, moment
from farmsight_collector.store import schema
from farmsight_collector.store.rows import storable

_messages = schema.alert_messages.c
_deliveries = schema.alert_deliveries.c
_UNENDED: Final = ("waiting", "sending")
State = Literal["waiting", "sending", "sent", "dead"]


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """One delivery that this sender has for a while."""

    farm_id: int
    message_id: str
    channel: str
    items: tuple[int, ...]
    attempts: int  # this one too
    lease: str
    until: datetime  # when the lease runs out
    made: datetime
    complete: bool
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """One delivery, for people."""

    message_id: str
    channel: str
    state: State
    attempts: int
    due: datetime
    answer: str
    ended: datetime | None
    items: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One message with its deliveries, for people."""

    id: str
    farm: str
    made: datetime
    event: str
    payload: Mapping[str, Any]
    deliveries: tuple[DeliveryRow, ...] = ()


def add(
    connection: Connection,
    *,
    farm_id: int,
    at: datetime,
    event: str,
    payload: Mapping[str, Any],
    complete: bool,
    channels: Mapping[str, Sequence[int]],
) -> str:
    """Put a message into the outbox for these channels, each with the places of what it wants; returns its id.

    The caller's transaction has the farm locked: ids of one farm grow, also
    when the clock is set back.
    """
    last = connection.scalar(select(func.max(_messages.id)).where(_messages.farm_id == farm_id)) or ""
    stamp = max(micros(at), int(last[:16], 16) + 1 if last else 0)
    message_id = f"{stamp:016x}{secrets.token_hex(8)}"
    connection.execute(
        schema.alert_messages.insert().values(
            farm_id=farm_id,
            id=message_id,
            made=micros(at),
            event=event,
            complete=complete,
            payload=json.dumps({**payload, "id": message_id}, sort_keys=True),
        )
    )
    rows = [
        {
            "farm_id": farm_id,
            "message_id": message_id,
            "channel": channel,
            "wanted": json.dumps(list(items)),
            "state": "waiting",
            "attempts": 0,
            "due": micros(at),
            "lease": "",
            "answer": "",
        }
        for channel, items in channels.items()
    ]
    if rows:
        connection.execute(schema.alert_deliveries.insert(), rows)
    return message_id


def is_due(connection: Connection, channels: Sequence[str], at: datetime) -> bool:
    """Tell whether something may be sent now: asked often, and of the index alone."""
    query = select(_deliveries.message_id).where(
        _deliveries.state.in_(_UNENDED), _deliveries.due <= micros(at), _deliveries.channel.in_(channels)
    )
    return connection.execute(query.limit(1)).first() is not None


def claim(
    connection: Connection, channels: Sequence[str], at: datetime, lease: timedelta, limit: int = 8
) -> list[Claimed]:
    """Take deliveries that are due for so long; nobody else gets them meanwhile.

    Also takes over what a sender that is gone had: its lease has run out.
    """
    now = micros(at)
    earlier = schema.alert_deliveries.alias("earlier")
    blocked = (
        select(earlier.c.message_id)
        .where(
            earlier.c.farm_id == _deliveries.farm_id,
            earlier.c.channel == _deliveries.channel,
            earlier.c.message_id < _deliveries.message_id,
            earlier.c.state.in_(_UNENDED),
        )
        .exists()
    )
    query = (
        select(_deliveries.farm_id, _deliveries.message_id, _deliveries.channel)
        .where(_deliveries.state.in_(_UNENDED), _deliveries.due <= now, _deliveries.channel.in_(channels), ~blocked)
        .order_by(_deliveries.due)
        .limit(limit)
        .with_for_update(skip_locked=True, of=schema.alert_deliveries)  # SQLite has one writer anyway
    )
    rows: Any = connection.execute(query).all()
    return [_claim(connection, row, micros(at + lease)) for row in rows]


def _claim(connection: Connection, row: Row[Any], until: int) -> Claimed:
    lease = secrets.token_hex(8)
    connection.execute(
        update(schema.alert_deliveries)
        .where(*_is(row.farm_id, row.message_id, row.channel))
        .values(state="sending", due=until, lease=lease, attempts=_deliveries.attempts + 1)
    )
    found = connection.execute(
        select(_deliveries.wanted, _deliveries.attempts, _messages.made, _messages.complete, _messages.payload)
        .join(
            schema.alert_messages,
            (_messages.farm_id == _deliveries.farm_id) & (_messages.id == _deliveries.message_id),
        )
        .where(*_is(row.farm_id, row.message_id, row.channel))
    ).one()
    return Claimed(
        farm_id=row.farm_id,
        message_id=row.message_id,
        channel=row.channel,
        items=tuple(json.loads(found.wanted)),
        attempts=found.attempts,
        lease=lease,
        until=moment(until),
        made=moment(found.made),
        complete=found.complete,
        payload=json.loads(found.payload),
    )


def fill_in(connection: Connection, farm_id: int, message_id: str, payload: Mapping[str, Any]) -> bool:
    """Complete a message before it is first sent; False when another did, whose words then count."""
    done = connection.execute(
        update(schema.alert_messages)
        .where(_messages.farm_id == farm_id, _messages.id == message_id, ~_messages.complete)
        .values(payload=json.dumps(payload, sort_keys=True), complete=True)
    )
    return done.rowcount == 1


def payload_of(connection: Connection, farm_id: int, message_id: str) -> Mapping[str, Any]:
    """Return a message as it is told."""
    query = select(_messages.payload).where(_messages.farm_id == farm_id, _messages.id == message_id)
    found: Mapping[str, Any] = json.loads(connection.execute(query).scalar_one())
    return found


def settle(connection: Connection, taken: Claimed, state: State, *, due: datetime, answer: str) -> bool:
    """Note how an attempt ended; False when the lease had run out and another has it."""
    done = connection.execute(
        update(schema.alert_deliveries)
        .where(*_is(taken.farm_id, taken.message_id, taken.channel), _deliveries.lease == taken.lease)
        .values(
            state=state,
            due=micros(due),
            lease="",
            answer=storable(answer, 1000),
            ended=None if state == "waiting" else micros(due),
        )
    )
    return done.rowcount == 1


def try_again(connection: Connection, farm_id: int, message_id: str, channel: str, at: datetime) -> bool:
    """Put a dead letter back on its way; False when there is none such."""
    done = connection.execute(
        update(schema.alert_deliveries)
        .where(*_is(farm_id, message_id, channel), _deliveries.state == "dead")
        .values(state="waiting", due=micros(at), attempts=0, ended=None)
    )
    return done.rowcount == 1


def farm_of(connection: Connection, message_id: str) -> str | None:
    """Return the farm that a message is of, None when there is no such message."""
    query = select(schema.farms.c.name).join(schema.alert_messages, _messages.farm_id == schema.farms.c.id)
    return connection.scalar(query.where(_messages.id == message_id))


def made_since(connection: Connection, farm_id: int, since: datetime) -> list[datetime]:
    """Return when messages of a farm were made after an instant, oldest first."""
    query = select(_messages.made).where(_messages.farm_id == farm_id, _messages.made > micros(since))
    return [moment(made) for made in connection.scalars(query.order_by(_messages.made))]


def messages(
    connection: Connection, farm: str | None = None, limit: int = 100, *, until: datetime | None = None, skip: int = 0
) -> list[MessageRow]:
    """Return the newest messages with their deliveries, newest first; with `until` those made by then."""
    query = select(
        _messages.farm_id, schema.farms.c.name, _messages.id, _messages.made, _messages.event, _messages.payload
    ).join(schema.farms, schema.farms.c.id == _messages.farm_id)
    if farm is not None:
        query = query.where(schema.farms.c.name == farm)
    if until is not None:
        query = query.where(_messages.made <= micros(until))
    newest = query.order_by(_messages.made.desc(), _messages.id.desc())
    rows = connection.execute(newest.limit(limit).offset(skip)).all()
    found = connection.execute(
        select(schema.alert_deliveries)
        .where(_deliveries.message_id.in_([row.id for row in rows]))
        .order_by(_deliveries.channel)
    )
    by_message: dict[str, list[DeliveryRow]] = {}
    for row in found:
        by_message.setdefault(row.message_id, []).append(_delivery(row))
    return [
        MessageRow(
            id=row.id,
            farm=row.name,
            made=moment(row.made),
            event=row.event,
            payload=json.loads(row.payload),
            deliveries=tuple(by_message.get(row.id, ())),
        )
        for row in rows
    ]


def end_orphans(connection: Connection, channels: Sequence[str], before: datetime, at: datetime) -> int:
    """Make dead letters of what waits since before an instant for channels that are not there any more."""
    done = connection.execute(
        update(schema.alert_deliveries)
        .where(_deliveries.state.in_(_UNENDED), _deliveries.due < micros(before), _deliveries.channel.not_in(channels))
        .values(state="dead", ended=micros(at), answer="there is no channel of this name any more")
    )
    return done.rowcount


def given_up(connection: Connection, farm: str, limit: int = 100) -> list[MessageRow]:
    """Return the newest messages of a farm that some channel did not take, newest first, with those deliveries."""
    query = (
        select(schema.alert_deliveries, schema.farms.c.name, _messages.made, _messages.event, _messages.payload)
        .join(schema.farms, schema.farms.c.id == _deliveries.farm_id)
        .join(
            schema.alert_messages,
            (_messages.farm_id == _deliveries.farm_id) & (_messages.id == _deliveries.message_id),
        )
        .where(schema.farms.c.name == farm, _deliveries.state == "dead")
        .order_by(_deliveries.message_id.desc(), _deliveries.channel)
    )
    return [
        MessageRow(
            id=row.message_id,
            farm=row.name,
            made=moment(row.made),
            event=row.event,
            payload=json.loads(row.payload),
            deliveries=(_delivery(row),),
        )
        for row in connection.execute(query.limit(limit))
    ]


def tallies(connection: Connection, farm: str) -> dict[str, dict[str, int]]:
    """Return how many deliveries of a farm are in each state, by channel."""
    query = (
        select(_deliveries.channel, _deliveries.state, func.count().label("tally"))
        .join(schema.farms, schema.farms.c.id == _deliveries.farm_id)
        .where(schema.farms.c.name == farm)
        .group_by(_deliveries.channel, _deliveries.state)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.channel, {})[row.state] = row.tally
    return found


def counts(connection: Connection) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    query = select(_deliveries.state, func.count()).group_by(_deliveries.state)
    return {state: count for state, count in connection.execute(query)}  # noqa: C416 - rows to a dictionary


def take_turn(connection: Connection, name: str, at: datetime, every: timedelta) -> bool:
    """Tell whether what is done every so often is this collector's to do now; it is then done for that long."""
    turns = schema.alert_turns.c
    now, until = micros(at), micros(at + every)
    taken = connection.execute(
        update(schema.alert_turns).where(turns.name == name, turns.due <= now).values(due=until)
    ).rowcount
    if taken:
        return True
    # A clock that was set back must not keep it silent.
    query = select(turns.due).where(turns.name == name).with_for_update()
    due = connection.scalar(query)
    if due is None:
        connection.execute(schema.alert_turns.insert().values(name=name, due=until))
        return True
    if due > until:
        connection.execute(update(schema.alert_turns).where(turns.name == name).values(due=until))
        return True
    return False


def prune(connection: Connection, before: datetime, limit: int = 500) -> int:
    """Remove the oldest messages from before an instant whose deliveries have ended; return how many."""
    unended = (
        select(_deliveries.message_id)
        .where(
            _deliveries.farm_id == _messages.farm_id,
            _deliveries.message_id == _messages.id,
            _deliveries.state.in_(_UNENDED),
        )
        .exists()
    )
    query = select(_messages.farm_id, _messages.id).where(_messages.made < micros(before), ~unended)
    old = connection.execute(query.order_by(_messages.made).limit(limit)).all()
    for row in old:
        connection.execute(
            delete(schema.alert_deliveries).where(_deliveries.farm_id == row.farm_id, _deliveries.message_id == row.id)
        )
        connection.execute(
            delete(schema.alert_messages).where(_messages.farm_id == row.farm_id, _messages.id == row.id)
        )
    return len(old)


def _is(farm_id: int, message_id: str, channel: str) -> tuple[Any, ...]:
    return _deliveries.farm_id == farm_id, _deliveries.message_id == message_id, _deliveries.channel == channel


def _delivery(row: Row[Any]) -> DeliveryRow:
    return DeliveryRow(
        message_id=row.message_id,
        channel=row.channel,
        state=row.state,
        attempts=row.attempts,
        due=moment(row.due),
        answer=row.answer,
        ended=None if row.ended is None else moment(row.ended),
        items=tuple(json.loads(row.wanted)),
    )
