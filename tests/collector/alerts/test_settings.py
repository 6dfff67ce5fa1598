"""`[alerts]` in collector.toml: what is wrong is said at once, and no secret can stand there."""

from datetime import timedelta
from pathlib import Path

import pytest

from farmsight_collector import config
from farmsight_collector.alerts.channel_settings import Webhook
from farmsight_collector.rules.rule import Severity

GOOD = """
[alerts]
hold_error_s = 0
remind_hours = 12

[[alerts.channel]]
name = "ops"
type = "webhook"
url = "https://hooks.contoso.com/a?token=t"
secret_env = "HOOK_SECRET"
codes = ["crl.", "store.issuing-ca-missing"]
at_least = "error"
farms = ["STS.contoso.com"]
"""
BAD = """
[alerts]
at_least = "loud"
hold_error_s = -1
channels = []

[[alerts.channel]]
name = "ops"
type = "webhook"
url = "https://user:pw@hooks.contoso.com/"
secret = "in the clear"

[[alerts.channel]]
name = "ops"
type = "smtp"
codes = ["CRL"]
tls = "perhaps"
password_file = "a"
password_env = "B"

[[alerts.channel]]
type = "pigeon"

[[alerts.channel]]
name = "am"
type = "alertmanager"
url = "http://am.contoso.com"
token_file = "token"
timeout_s = 600
"""


def load(folder: Path, text: str) -> config.Config:
    (folder / "collector.toml").write_text(text)
    return config.load(folder)


def test_what_is_written_counts_and_all_else_is_as_documented(tmp_path: Path) -> None:
    alerts = load(tmp_path, GOOD).alerts
    assert alerts.policy.hold == {
        Severity.INFO: timedelta(minutes=10),
        Severity.WARNING: timedelta(minutes=5),
        Severity.ERROR: timedelta(0),
        Severity.CRITICAL: timedelta(0),
    }
    assert alerts.policy.remind_every == timedelta(hours=12)
    channel = alerts.channel("ops")
    assert isinstance(channel, Webhook)
    assert channel.target == "https://hooks.contoso.com/a?…", "others keep tokens in a query"
    assert channel.wants("sts.contoso.com", "crl.expired", "critical")
    assert channel.wants("sts.contoso.com", "store.issuing-ca-missing", "error")
    assert not channel.wants("sts.contoso.com", "store.issuing-ca-missing", "warning")
    assert not channel.wants("sts.contoso.com", "store.other", "error")
    assert not channel.wants("sts.fabrikam.com", "crl.expired", "critical")
    assert load(tmp_path, "").alerts.channels == ()


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError) as error:
        load(tmp_path, BAD)
    for says in (
        "alerts.at_least: one of info, warning, error, critical",
        "alerts.hold_error_s: a whole number from 0",
        "alerts.channels: written as [[alerts.channel]]",
        "alerts.channel 'ops'.url: no user and password in an address",
        "alerts.channel 'ops'.secret: there is no such setting",
        "alerts.channel 'ops'.secret_file: the file (or secret_env: the variable)",
        "alerts.channel 'ops'.codes: a list of codes",
        "alerts.channel 'ops'.tls: one of starttls, tls, none",
        "alerts.channel 'ops'.password_file: this or password_env, not both",
        "alerts.channel 'ops'.to: it is needed",
        "alerts.channel 3: type: one of webhook, smtp, syslog, eventlog, alertmanager",
        "alerts.channel 'am'.url: a password or token is not sent in the clear",
        "alerts.channel 'am'.timeout_s: 1 to 60",
        "alerts.channel 'ops': there is another of this name",
    ):
        assert says in str(error.value), says
    assert 'in the clear"' not in str(error.value)
    assert "user:pw" not in str(error.value)


def test_the_example_in_the_documentation_is_one_that_a_collector_takes(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/alerts.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    assert [one.kind for one in load(tmp_path, example).alerts.channels] == [
        "webhook",
        "smtp",
        "syslog",
        "alertmanager",
        "eventlog",
    ]
