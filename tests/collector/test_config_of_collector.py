"""The collector's settings: what is wrong is said all at once, by name."""

from pathlib import Path

import pytest

from farmsight_collector.config import ConfigError, listening, load


def written(folder: Path, text: str) -> Path:
    (folder / "collector.toml").write_text(text)
    return folder


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    config = load(written(tmp_path, ""))

    assert config.listen.query.startswith("127.0.0.1:"), "people reach it from this machine only"
    assert config.database_url == f"sqlite:///{tmp_path / 'store.db'}"
    assert config.lifetimes.agent_days == 7


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        """
        names = ["ok.contoso.com", "not ok"]
        farms = "sts.contoso.com"
        colour = "blue"
        log_level = "loud"
        bounds = 7
        [listen]
        telemetry = "7443"
        quary = "127.0.0.1:1"
        [watching]
        every_s = 0
        [retention]
        facts_days = true
        """,
    )

    with pytest.raises(ConfigError) as refused:
        load(folder)

    text = str(refused.value)
    for word in (
        "names: 'not ok'",
        "farms: a list",
        "colour: there is no such setting",
        "log_level: one of",
        "bounds: a table",
        "listen.telemetry: written as",
        "listen.quary: there is no such setting",
        "watching.every_s: a whole number above 0",
        "retention.facts_days: a whole number above 0",
    ):
        assert word in text
    assert len(refused.value.problems) == 9


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"collector\.toml"):
        load(written(tmp_path, "names = ["))


def test_an_address_on_the_command_line_wins(tmp_path: Path) -> None:
    config = load(written(tmp_path, ""))

    assert listening(config, telemetry="[::1]:1", query=None).listen.telemetry == "[::1]:1"
    with pytest.raises(ConfigError, match="query"):
        listening(config, query="nowhere")
