"""What is sealed is opened by its holder alone, for ten minutes, by any collector with the same CA."""

from pathlib import Path

import pytest

from farmsight_collector.identity import sealing

NOW = 1_795_000_000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "ca.key").write_bytes(b"a key")
    return tmp_path


def test_the_holder_opens_it_for_ten_minutes(data: Path) -> None:
    sealed = sealing.seal(data, "secret", "alice", NOW)

    assert "secret" not in sealed
    assert sealing.opened(data, sealed, "alice", NOW + 600) == "secret"
    assert sealing.opened(data, sealed, "alice", NOW + 601) is None


def test_nobody_else_opens_it(data: Path) -> None:
    assert sealing.opened(data, sealing.seal(data, "secret", "alice", NOW), "bob", NOW) is None


def test_a_collector_with_another_ca_does_not_open_it(data: Path, tmp_path: Path) -> None:
    sealed = sealing.seal(data, "secret", "alice", NOW)
    (tmp_path / "ca.key").write_bytes(b"another key")

    assert sealing.opened(tmp_path, sealed, "alice", NOW) is None


@pytest.mark.parametrize("text", ["", "x", "gAAAAA" * 3, "\N{SNOWMAN}", "a" * 5000])
def test_what_was_never_sealed_is_nothing(data: Path, text: str) -> None:
    assert sealing.opened(data, text, "alice", NOW) is None
