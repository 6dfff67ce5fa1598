"""None is lost and none is sent twice: over failures, restarts, kill -9 and several senders on one outbox."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from farmsight_collector.alerts import delivery, operations
from farmsight_collector.alerts.channel_settings import Channel, Webhook
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.errors import NotFoundError
from farmsight_collector.store import outbox
from farmsight_collector.store.engine import Store
from tests.fakes import receivers
from tests.fakes.alert_farm import AlertFarm, holds
from tests.fakes.farms import FARM


@pytest.fixture
def hook(monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "of the tests")
    with receivers.webhook() as receiver:
        yield receiver


def settings(*channels: Channel, **more) -> Alerts:
    return replace(Alerts(), channels=channels, **more)


def to(hook, name: str = "ops", **more) -> Webhook:
    return Webhook(name=name, url=hook.url, secret_env="HOOK_SECRET", **more)


def events(hook) -> list[str]:
    return [request.json["event"] for request in hook.requests]


@pytest.fixture
def farm(store: Store, tmp_path, hook) -> AlertFarm:
    return AlertFarm(store, tmp_path, settings(to(hook)))


async def test_what_is_told_arrives_once_with_links_and_the_answer_is_kept(farm: AlertFarm, hook) -> None:
    farm.finds(holds())
    farm.finds(after=60)
    for _ in range(3):
        await farm.service.send()
    assert events(hook) == ["opened", "closed"]
    assert (
        hook.requests[0]
        .json["alerts"][0]["link"]
        .startswith("https://farmsight.contoso.com/farms/sts.contoso.com/findings/")
    )
    assert farm.deliveries() == [("ops", "sent", 1), ("ops", "sent", 1)]
    assert farm.messages[0].deliveries[0].answer == "200 OK: thank you"


async def test_what_a_receiver_does_not_take_is_tried_again_with_the_same_key_and_in_order(
    farm: AlertFarm, hook
) -> None:
    hook.answers += [(503, {}, b""), (500, {}, b"")]
    farm.finds(holds())
    farm.finds(after=1)
    for _ in range(30):
        await farm.service.send()
        farm.clock.go(1)
    assert events(hook) == ["opened", "opened", "opened", "closed"]
    assert len({request.headers["idempotency-key"] for request in hook.requests}) == 2
    assert len({request.headers["farmsight-timestamp"] for request in hook.requests[:3]}) == 3
    assert farm.deliveries() == [("ops", "sent", 3), ("ops", "sent", 1)]


async def test_one_channel_that_is_down_holds_up_no_other(store: Store, tmp_path, hook) -> None:
    down = Webhook(name="down", url="http://127.0.0.1:1/", secret_env="HOOK_SECRET")
    farm = AlertFarm(store, tmp_path, settings(down, to(hook)))
    farm.finds(holds())
    farm.finds(after=1)
    await farm.service.send()
    assert events(hook) == ["opened", "closed"]
    assert farm.deliveries() == [("down", "waiting", 1), ("ops", "sent", 1), ("down", "waiting", 0), ("ops", "sent", 1)]


async def test_a_dead_letter_is_seen_and_can_be_put_back_on_its_way(farm: AlertFarm, hook) -> None:
    hook.answers += [(404, {}, b"moved")] * delivery.MOST_REFUSALS
    farm.finds(holds())
    for _ in range(delivery.MOST_REFUSALS):
        await farm.service.send()
        farm.clock.go(1000)
    assert farm.deliveries() == [("ops", "dead", 5)]
    message = farm.messages[0]
    with farm.store.read() as connection:
        (row,) = outbox.given_up(connection, FARM)
        assert row.deliveries[0].answer == "404 Not Found: moved"
    now = farm.clock.now()
    operations.try_again(farm.store, FARM, message.id, "ops", actor="ana", now=now)
    with pytest.raises(NotFoundError):
        operations.try_again(farm.store, FARM, message.id, "ops", actor="ana", now=now)
    await farm.service.send()
    assert farm.deliveries() == [("ops", "sent", 1)]


async def test_after_a_day_a_delivery_is_given_up(store: Store, tmp_path) -> None:
    down = Webhook(name="down", url="http://127.0.0.1:1/", secret_env="PATH")
    farm = AlertFarm(store, tmp_path, settings(down))
    farm.finds(holds())
    for _ in range(150):
        await farm.service.send()
        farm.clock.go(900)
        if farm.deliveries()[0][1] == "dead":
            break
    assert farm.clock.monotonic() == pytest.approx(86400, abs=2000)


def test_waits_grow_to_a_bound_and_are_never_in_step() -> None:
    longest = [delivery.pause_s(attempt, lambda _low, high: high) for attempt in range(1, 30)]
    assert longest[:4] == [5, 10, 20, 40]
    assert max(longest) == 900
    assert len({delivery.pause_s(5) for _ in range(20)}) > 10


async def test_a_message_whose_answer_was_lost_comes_again_with_its_key(farm: AlertFarm, hook) -> None:
    hook.cut = True
    farm.finds(holds())
    await farm.service.send()
    hook.cut = False
    farm.clock.go(10)
    await farm.service.send()
    first, second = hook.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert farm.deliveries() == [("ops", "sent", 2)]


async def test_several_senders_on_one_outbox_send_each_once(store_url: str, store: Store, tmp_path, hook) -> None:
    from farmsight_collector.store.engine import open_store

    channels = settings(to(hook, "a"), to(hook, "b"), digest_above=1000)
    farm = AlertFarm(store, tmp_path, channels)
    for number in range(15):
        farm.finds(holds(f"CN=CA {number}"))
    others = [open_store(store_url) for _ in range(2)]
    farms = [farm, *(AlertFarm(each, tmp_path, channels, clock=farm.clock) for each in others)]
    await asyncio.gather(*(each.service.send() for each in farms for _ in range(2)))
    for _ in range(20):
        await asyncio.gather(*(each.service.send() for each in farms))
    for each in others:
        each.close()
    keys = Counter(request.headers["idempotency-key"] for request in hook.requests)
    assert set(keys.values()) == {2}, "once for each channel"
    assert {state for _, state, _ in farm.deliveries()} == {"sent"}
    assert {attempts for _, _, attempts in farm.deliveries()} == {1}


async def test_a_sender_that_is_gone_is_followed_by_another_when_its_lease_runs_out(farm: AlertFarm, hook) -> None:
    farm.finds(holds())
    now = farm.clock.now()
    with farm.store.write() as connection:
        (taken,) = outbox.claim(connection, ["ops"], now, timedelta(seconds=120))
    await farm.service.send()
    assert hook.requests == []
    farm.clock.go(121)
    await farm.service.send()
    assert events(hook) == ["opened"]
    with farm.store.write() as connection:
        assert not outbox.settle(connection, taken, "dead", due=now, answer=""), "the first one is too late"
    assert farm.deliveries() == [("ops", "sent", 2)]


async def test_a_sender_that_stood_still_beyond_its_lease_leaves_it_to_whoever_has_it_now(
    farm: AlertFarm, hook, monkeypatch
) -> None:
    farm.finds(holds())
    works_out = delivery.Courier._told

    def stands_still(courier: delivery.Courier, taken: outbox.Claimed):
        monkeypatch.setattr(delivery.Courier, "_told", works_out)
        told = works_out(courier, taken)
        farm.clock.go(121)  # as under SIGSTOP
        return told

    monkeypatch.setattr(delivery.Courier, "_told", stands_still)
    await farm.service.send()
    assert events(hook) == ["opened"], "by the second one alone"
    assert farm.deliveries() == [("ops", "sent", 2)]


CRASHING = """
import asyncio, os, signal, sys
from dataclasses import replace
from pathlib import Path
from farmsight_collector.alerts import delivery
from farmsight_collector.alerts.channel_settings import Webhook
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.store.engine import open_store
from tests.fakes.alert_farm import AlertFarm, holds

url, folder, hook, where = sys.argv[1:]
channel = Webhook(name="ops", url=hook, secret_env="HOOK_SECRET")
farm = AlertFarm(open_store(url), Path(folder), replace(Alerts(), channels=(channel,)))
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if where == "before the answer is noted":
    delivery.Courier._settle = die
elif where == "before it is sent":
    delivery.Courier._told = die
farm.finds(holds())
if where == "after the commit":
    die()
asyncio.run(farm.service.send())
"""


@pytest.mark.parametrize(
    ("where", "arrived"), [("after the commit", 1), ("before it is sent", 1), ("before the answer is noted", 2)]
)
async def test_a_kill_loses_nothing(where: str, arrived: int, store_url: str, store: Store, tmp_path, hook) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", CRASHING, store_url, str(tmp_path), hook.url, where],
        cwd=Path.cwd(),
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    farm = AlertFarm(store, tmp_path, settings(to(hook)))
    farm.clock.go(3600)
    await farm.service.send()
    assert len(hook.requests) == arrived
    assert len({request.headers["idempotency-key"] for request in hook.requests}) == 1
    assert [state for _, state, _ in farm.deliveries()] == ["sent"]


async def test_what_waits_for_a_channel_that_is_gone_becomes_a_dead_letter(store: Store, tmp_path, hook) -> None:
    AlertFarm(store, tmp_path, settings(to(hook))).finds(holds())
    farm = AlertFarm(store, tmp_path, settings())
    await farm.waits(8000, step=700)
    assert farm.deliveries() == [("ops", "dead", 0)]


async def test_the_record_is_kept_for_its_days_and_what_is_under_way_for_longer(store: Store, tmp_path, hook) -> None:
    farm = AlertFarm(store, tmp_path, settings(to(hook), keep_days=1))
    farm.finds(holds())
    await farm.service.send()
    farm.finds(after=1)
    await farm.waits(2 * 86400, step=3600)
    assert farm.told == ["closed"]


async def test_a_test_of_a_channel_goes_by_it_alone(store: Store, tmp_path, hook) -> None:
    farm = AlertFarm(store, tmp_path, settings(to(hook), to(hook, "other", codes=("crl.",))))
    farm.finds()
    operations.send_test(store, farm.settings, FARM, "other", actor="ana", now=farm.clock.now())
    with pytest.raises(NotFoundError, match="ops, other"):
        operations.send_test(store, farm.settings, FARM, "nobody", actor="ana", now=farm.clock.now())
    await farm.service.send()
    assert events(hook) == ["test"]
    assert farm.deliveries() == [("other", "sent", 1)]
