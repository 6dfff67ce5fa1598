"""`alerts list`, `alerts test`, `alerts again`: what was told and by which way, and whether the ways work."""

import asyncio
from datetime import datetime

from farmsight_collector import folder
from farmsight_collector.alerts import operations
from farmsight_collector.alerts.channels.channel import SendError
from farmsight_collector.alerts.channels.making import sender
from farmsight_collector.alerts.message import linked
from farmsight_collector.cli import exit_codes
from farmsight_collector.cli.administration.verb import Call, Subparsers, UsageError, add, instant, table
from farmsight_collector.config import Config
from farmsight_collector.store import audit, outbox
from farmsight_collector.store.outbox import DeliveryRow, MessageRow

DEFAULT_ROWS = 50


def register(verbs: Subparsers) -> None:
    """Add the verbs."""
    parser = add(verbs, "list", _list, "what was told, by which channel, with which answer; newest first")
    parser.add_argument("--farm", metavar="NAME", help="only this farm")
    parser.add_argument("--dead", action="store_true", help="only what was given up")
    parser.add_argument("--limit", metavar="N", type=int, default=DEFAULT_ROWS, help=f"messages ({DEFAULT_ROWS})")
    parser = add(
        verbs,
        "test",
        _test,
        "send a test by every channel, or by one, and print the answers",
        "Sends at once, from here, whether the collector runs or not. Exit code 1 when one failed.",
    )
    parser.add_argument("channel", nargs="?", help="its name, as in collector.toml")
    parser = add(verbs, "again", _again, "put what was given up back on its way")
    parser.add_argument("id", help="of the message, as in alerts list")
    parser.add_argument("channel", help="its name")


def _list(call: Call) -> int:
    opened = call.open()
    with opened.store.read() as connection:
        rows = outbox.messages(connection, call.arguments.farm, max(1, call.arguments.limit))
        counts = outbox.counts(connection)
    opened.store.close()
    if call.arguments.dead:
        rows = [row for row in rows if any(one.state == "dead" for one in row.deliveries)]
    lines = [line for row in rows for line in _lines(row)]
    head = ("MADE", "EVENT", "CHANNEL", "STATE", "TRIES", "ANSWER", "WHAT", "ID")
    channels = [_channel(one.name, one.kind, one.target) for one in opened.config.alerts.channels]
    shown = table(head, lines) if lines else ["nothing was told"]
    if not channels:
        shown.append("there is no channel: [[alerts.channel]] in collector.toml")
    call.show("alerts", {"channels": channels, "deliveries": counts, "messages": list(map(_json, rows))}, shown)
    return 0


def _lines(row: MessageRow) -> list[tuple[str, ...]]:
    made, summary = instant(row.made) or "", str(row.payload["summary"])
    if not row.deliveries:
        return [(made, row.event, "-", "no channel wants it", "", "", summary, row.id)]
    return [
        (made, row.event, one.channel, one.state, str(one.attempts), one.answer, summary, row.id)
        for one in row.deliveries
    ]


def _json(row: MessageRow) -> dict[str, object]:
    return {"message": dict(row.payload), "deliveries": list(map(_delivery, row.deliveries))}


def _delivery(one: DeliveryRow) -> dict[str, object]:
    next_try = instant(one.due) if one.state == "waiting" else None
    return {
        "channel": one.channel,
        "state": one.state,
        "attempts": one.attempts,
        "answer": one.answer,
        "next": next_try,
        "ended": instant(one.ended),
    }


def _channel(name: str, kind: str, target: str) -> dict[str, str]:
    return {"name": name, "type": kind, "target": target}


def _test(call: Call) -> int:
    opened = call.open()
    config, wanted = opened.config, call.arguments.channel
    names = [one.name for one in config.alerts.channels if wanted in (None, one.name)]
    if not names:
        known = ", ".join(one.name for one in config.alerts.channels) or "none; [[alerts.channel]] in collector.toml"
        opened.store.close()
        raise UsageError(f"there is no channel {wanted!r}; there is: {known}" if wanted else f"channels: {known}")
    now = call.clock.now()
    results = [asyncio.run(_send(call, config, name, now)) for name in names]
    with opened.store.write() as connection:
        for name, sent, answer in results:
            audit.note(
                connection,
                at=now,
                actor=call.operator,
                action="alert.test",
                target=name,
                detail=f"{'sent' if sent else 'failed'}: {answer}",
            )
    opened.store.close()
    told = [{"channel": name, "sent": sent, "answer": answer} for name, sent, answer in results]
    lines = [(name, "sent" if sent else "failed", answer) for name, sent, answer in results]
    call.show("alerts-test", {"channels": told}, table(("CHANNEL", "STATE", "ANSWER"), lines))
    return 0 if all(sent for _, sent, _ in results) else exit_codes.FOUND


async def _send(call: Call, config: Config, name: str, now: datetime) -> tuple[str, bool, str]:
    channel = config.alerts.channel(name)
    assert channel is not None  # the names are the channels' own
    farm = config.farms[0] if config.farms else "farmsight.test"
    trial = {**operations.trial(farm, now, call.operator), "id": f"test{now.timestamp():.0f}"}
    try:
        async with asyncio.timeout(3 * channel.timeout_s):
            way = sender(channel, config.data, call.clock.now)
            return name, True, await way.send(linked(trial, folder.web_address(config)))
    except TimeoutError:
        return name, False, "no answer in time"
    except SendError as error:
        return name, False, str(error)


def _again(call: Call) -> int:
    opened, given = call.open(), call.arguments
    with opened.store.read() as connection:
        farm = outbox.farm_of(connection, given.id)
    if farm is None:
        opened.store.close()
        raise UsageError(f"there is no message {given.id}; see: farmsight-collector alerts list --dead")
    try:
        operations.try_again(opened.store, farm, given.id, given.channel, actor=call.operator, now=call.clock.now())
    finally:
        opened.store.close()
    call.show("alert", {"id": given.id, "channel": given.channel, "state": "waiting"}, (f"{given.id} is on its way",))
    return 0
