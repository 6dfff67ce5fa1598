"""Each way to people, against a real server on loopback: what arrives, what is refused, what no name can break."""

import asyncio
import hashlib
import hmac
import json
import logging
import re
import time
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from farmsight_collector.alerts import words
from farmsight_collector.alerts.channel_settings import EventLog, Mail, Syslog, Webhook
from farmsight_collector.alerts.channels import event_log, mail, syslog
from farmsight_collector.alerts.channels.channel import SendError
from farmsight_collector.alerts.channels.making import sender
from farmsight_collector.alerts.message import linked, message
from farmsight_collector.alerts.operations import trial
from tests.fakes.alert_farm import HOSTILE, AlertFarm, holds
from tests.fakes.farms import FARM, NOW
from tests.fakes.receivers import mail_server, syslog_receiver, webhook

SECRET = "a secret of this receiver"


def send(settings, folder: Path, told) -> "object":
    return sender(settings, folder, lambda: datetime.now(UTC)).send(told)


@pytest.fixture
def farm(postgres_free_store, tmp_path) -> AlertFarm:
    return AlertFarm(postgres_free_store, tmp_path)


@pytest.fixture
def postgres_free_store(tmp_path):
    from farmsight_collector.store.engine import open_store

    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


@pytest.fixture
def told(farm: AlertFarm):
    farm.finds(holds(HOSTILE))
    return linked(farm.messages[0].payload, "https://farmsight.contoso.com")


async def test_a_webhook_gets_json_whose_signature_it_can_check(told, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    with webhook(tmp_path) as receiver:
        settings = Webhook(name="ops", url=receiver.url, secret_env="HOOK_SECRET", ca_file="receiver-ca.pem")
        assert await send(settings, tmp_path, told) == "200 OK: thank you"
    (request,) = receiver.requests
    timestamp = request.headers["farmsight-timestamp"]
    signed = timestamp.encode() + b"." + request.body
    expected = "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(request.headers["farmsight-signature"], expected)
    assert abs(time.time() - int(timestamp)) < 60
    assert request.headers["idempotency-key"] == told["id"] == request.json["id"]
    assert request.json == json.loads(json.dumps(told))


def test_the_snippet_in_the_documentation_accepts_what_is_sent_and_refuses_all_else() -> None:
    page = (Path(__file__).parents[3] / "docs/alerts.md").read_text(encoding="utf-8")
    snippet = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert snippet
    names: dict[str, object] = {}
    exec(snippet[1], names)
    genuine = names["genuine"]
    from farmsight_collector.alerts.channels.webhook import signature

    now = int(time.time())

    def shown(body: bytes, at: int = now, secret: str = SECRET) -> dict[str, str]:
        return {"farmsight-timestamp": str(at), "farmsight-signature": signature(secret, at, body)}

    first = b'{"id": "1"}'
    assert genuine(shown(first), first, SECRET)
    assert not genuine(shown(first), first, SECRET), "sent a second time"
    assert not genuine(shown(b"other"), b'{"id": "2"}', SECRET)
    assert not genuine(shown(b'{"id": "3"}', secret="other"), b'{"id": "3"}', SECRET)
    assert not genuine(shown(b'{"id": "4"}', at=now - 600), b'{"id": "4"}', SECRET), "played back later"
    assert not genuine({}, b'{"id": "5"}', SECRET)


@pytest.mark.parametrize(
    ("answer", "final", "says"),
    [
        ((503, {"retry-after": "7"}, b"later"), False, "503 Service Unavailable: later"),
        ((404, {}, b"nobody here"), True, "404 Not Found"),
        ((429, {}, b""), False, "429"),
        ((302, {"location": "http://127.0.0.1:1/"}, b""), True, "redirects are not followed"),
    ],
)
async def test_what_a_webhook_answers_says_whether_to_try_again(told, tmp_path, answer, final, says) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    with webhook() as receiver:
        receiver.answers.append(answer)
        with pytest.raises(SendError, match=re.escape(says)) as error:
            await send(Webhook(name="ops", url=receiver.url, secret_file="secret"), tmp_path, told)
    assert error.value.final is final
    assert error.value.retry_after_s == (7 if answer[0] == 503 else 0)
    assert len(receiver.requests) == 1, "where a redirect leads to was not asked"


async def test_an_answer_of_any_length_is_read_to_a_bound(told, tmp_path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with webhook() as receiver:
        receiver.answers.append((200, {}, b"x" * 50_000_000))
        said = await send(Webhook(name="ops", url=receiver.url, secret_file="secret"), tmp_path, told)
    assert len(said) < 400


async def test_a_receiver_whose_certificate_is_not_trusted_gets_nothing(told, tmp_path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with webhook(tmp_path) as receiver, pytest.raises(SendError, match="certificate is not trusted"):
        await send(Webhook(name="ops", url=receiver.url, secret_file="secret"), tmp_path, told)
    assert receiver.requests == []


async def test_a_secret_that_is_missing_is_said_and_none_is_in_the_log(told, tmp_path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    for settings in (
        Webhook(name="ops", url="http://127.0.0.1:1/", secret_file="nowhere"),
        Webhook(name="ops", url="http://127.0.0.1:1/", secret_env="NOT_SET_HERE"),
    ):
        with pytest.raises(SendError, match=r"nowhere can't be read|NOT_SET_HERE is not set"):
            await send(settings, tmp_path, told)
    (tmp_path / "secret").write_text(SECRET)
    with pytest.raises(SendError):
        await send(Webhook(name="ops", url="http://127.0.0.1:1/", secret_file="secret"), tmp_path, told)
    assert SECRET not in caplog.text


@pytest.mark.parametrize("how", ["starttls", "tls", "none"])
async def test_mail_arrives_as_text_and_html_and_no_name_becomes_a_header(told, tmp_path, how) -> None:
    (tmp_path / "password").write_text("pass word")
    async with mail_server(tmp_path, how, password="" if how == "none" else "pass word") as box:
        settings = Mail(
            name="mail",
            server=box.address,
            tls=how,
            sender="farmsight@contoso.com",
            to=("ops@contoso.com", "night@contoso.com"),
            user="" if how == "none" else "farmsight",
            password_file="password",
            ca_file="receiver-ca.pem",
        )
        assert await send(settings, tmp_path, told) == "taken for 2 of 2"
    (arrived,) = box.mails
    assert box.secured == [how != "none"]
    assert box.recipients == [["ops@contoso.com", "night@contoso.com"]]
    assert arrived["Bcc"] is None
    assert "\n" not in arrived["Subject"]
    assert arrived["Subject"].startswith("[critical] open: WAP01 lacks CN=<script>")
    assert arrived["In-Reply-To"] == arrived["References"]
    assert re.fullmatch(r"<[0-9a-f]{16}\.\d{14}@contoso\.com>", arrived["References"])
    text, page = (part.get_content() for part in arrived.iter_parts())
    assert "Import-Certificate ca.cer" in text
    assert "Check first:  Get-ChildItem" in text
    assert "\x1b" not in text + page
    assert _tags(page).isdisjoint({"script", "img", "iframe"})
    assert "https://farmsight.contoso.com/farms/sts.contoso.com/findings/" in page


def _tags(page: str) -> set[str]:
    found: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.add(tag)

    Reader().feed(page)
    return found


async def test_a_mail_server_without_starttls_gets_nothing(told, tmp_path) -> None:
    async with mail_server(tmp_path, "none") as box:
        settings = Mail(name="mail", server=box.address, sender="a@contoso.com", to=("b@contoso.com",))
        with pytest.raises(SendError, match="offers no STARTTLS"):
            await send(settings, tmp_path, told)
    assert box.mails == []


async def test_what_a_mail_server_refuses_says_whether_to_try_again(told, tmp_path) -> None:
    async with mail_server(tmp_path, "none") as box:
        settings = Mail(name="mail", server=box.address, tls="none", sender="a@contoso.com", to=("b@contoso.com",))
        box.answers += ["451 greylisted", "554 no"]
        for final in (False, True):
            with pytest.raises(SendError) as error:
                await send(settings, tmp_path, told)
            assert error.value.final is final
        several = Mail(
            name="m", server=box.address, tls="none", sender="a@contoso.com", to=("nobody@contoso.com", "b@contoso.com")
        )
        assert (await send(several, tmp_path, told)).startswith("taken for 1 of 2; refused: nobody@contoso.com: 550")


def test_mail_of_one_finding_is_a_thread_and_the_same_mail_has_the_same_name(farm: AlertFarm) -> None:
    farm.finds(holds())
    farm.finds(after=60)
    first, second = (mail.compose(one.payload, "a@contoso.com", ("b@contoso.com",)) for one in farm.messages)
    again = mail.compose(farm.messages[0].payload, "a@contoso.com", ("b@contoso.com",))
    assert first["References"] == second["References"]
    assert first["Message-ID"] == again["Message-ID"] != second["Message-ID"]


RECORD = re.compile(
    rb'^<(\d+)>1 (\S+Z) (\S+) farmsight \d+ opened \[farmsight@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")+)\] '
    rb"\xef\xbb\xbf(.*)$",
    re.DOTALL,
)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_a_syslog_record_arrives_whole_and_no_name_ends_it(told, tmp_path, transport) -> None:
    with syslog_receiver(transport, tmp_path) as (address, got):
        settings = Syslog(
            name="log", server=address, transport=transport, ca_file="receiver-ca.pem", host_name="collector"
        )
        assert (await send(settings, tmp_path, told)).startswith("sent ")
        for _ in range(100):
            if got:
                break
            await asyncio.sleep(0.05)
    (data,) = got
    if transport != "udp":
        length, _, data = data.partition(b" ")
        assert int(length) == len(data), "octets are counted"
    found = RECORD.match(data)
    assert found, data
    assert int(found[1]) == 16 * 8 + 2, "local0, critical"
    assert all(byte >= 0x20 for byte in data), "no control character"
    assert rb"\"\]\\" in found[4], "what ends a value is escaped"
    assert b"WAP01 lacks CN=<script>" in found[5]


async def test_a_syslog_receiver_that_is_not_there_is_an_error(told, tmp_path) -> None:
    with pytest.raises(SendError, match="ConnectionRefusedError"):
        await send(Syslog(name="log", server="127.0.0.1:1", transport="tcp"), tmp_path, told)
    refused = pytest.raises(SendError, match="certificate is not trusted")
    with syslog_receiver("tls", tmp_path) as (address, got), refused:
        await send(Syslog(name="log", server=address), tmp_path, told)
    assert got in ([], [b""])


def test_a_record_over_the_bound_is_cut_between_characters(told) -> None:
    long = {**told, "summary": "ü" * 5000, "alerts": [{**told["alerts"][0], "subject": "ü" * 5000}]}
    for transport, bound in syslog.LONGEST.items():
        data = syslog.record(long, Syslog(name="s", server="a:1", transport=transport), "host")
        assert len(data) <= bound
        data.decode()


async def test_the_event_log_is_of_windows_and_its_records_are_told_apart(farm: AlertFarm, told, tmp_path) -> None:
    with pytest.raises(SendError, match="does not run on Windows"):
        await send(EventLog(name="events"), tmp_path, told)
    farm.finds(after=60)
    assert event_log.kind_of(told) == "error"
    assert event_log.kind_of(farm.messages[-1].payload) == "information"
    assert len(set(event_log.EVENTS.values())) == len(event_log.EVENTS)
    assert set(event_log.EVENTS) == {*words.WORDS}


def test_a_message_of_many_says_what_is_left_out() -> None:
    one = trial(FARM, NOW, "ana")["alerts"][0]  # type: ignore[index]
    told = {**message("digest", FARM, NOW, [one] * 150, ""), "id": "1"}
    assert (len(told["alerts"]), told["left_out"]) == (100, 50)
    assert words.whole_text(told).endswith("and 125 more\n")
    assert "125 more" in mail.compose(told, "a@contoso.com", ("b@contoso.com",)).as_string()
