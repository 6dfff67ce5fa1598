"""What servers and certificates say can't become a command of its own."""

import pytest

from farmsight_collector.rules.commands import as_account, powershell, quoted


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("plain", "'plain'"),
        ("it's", "'it''s'"),
        ("it\u2019s", "'it\u2019\u2019s'"),
        ("two\nlines", "'two lines'"),
        ("$(Stop-Computer)", "'$(Stop-Computer)'"),
    ],
)
def test_one_argument_stays_one_argument(text: str, argument: str) -> None:
    assert quoted(text) == argument


def test_one_line_stays_one_line() -> None:
    assert powershell("S", "# a comment\nStop-Computer", "second").command == "# a comment Stop-Computer\nsecond"


@pytest.mark.parametrize(
    ("context", "start"), [("system", "psexec.exe -s"), ("network-service", "psexec.exe -u"), ("adfs-service", "#")]
)
def test_a_fetch_is_repeated_as_the_account(context: str, start: str) -> None:
    assert as_account("S", context, "http://x/").command.startswith(start)
