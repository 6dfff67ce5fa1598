"""Files that list URLs to fetch."""

from pathlib import Path

import pytest

from farmsight_agent.config import parse
from farmsight_agent.config_reading import ConfigError
from farmsight_agent.retrieve.url_files import MOST_BYTES, MOST_LINES, listed


def test_each_line_is_a_url_and_comments_are_none(tmp_path: Path):
    file = tmp_path / "urls.txt"
    file.write_bytes(
        b"\xef\xbb\xbf# of the tenant\r\ncrl http://a/1.crl\r\n\r\n  delta http://a/1+.crl  \r\ncrl http://a/1.crl\r\n"
    )

    assert listed([file]) == (["crl http://a/1.crl", "delta http://a/1+.crl"], [])


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b"x" * (MOST_BYTES + 1), b"http://a/\n" * (MOST_LINES + 1)],
    ids=["no text", "too large", "too many"],
)
def test_a_file_that_is_no_list_gives_nothing_and_is_told(tmp_path: Path, content: bytes):
    bad, good = tmp_path / "bad.txt", tmp_path / "good.txt"
    bad.write_bytes(content)
    good.write_text("crl http://a/1.crl")

    urls, troubles = listed([bad, good])

    assert urls == ["crl http://a/1.crl"]
    assert len(troubles) == 1
    assert "bad.txt" in troubles[0]


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    urls, troubles = listed([tmp_path / "none.txt", tmp_path])
    assert urls == []
    assert len(troubles) == 2


def test_files_are_named_beside_the_configuration(tmp_path: Path):
    config = parse('[retrieval]\nurls_from = ["entra-urls.txt"]\n', folder=tmp_path)
    assert config.retrieval.urls_from == (tmp_path / "entra-urls.txt",)
    with pytest.raises(ConfigError, match="urls_from"):
        parse('[retrieval]\nurls_from = "entra-urls.txt"\n', folder=tmp_path)
