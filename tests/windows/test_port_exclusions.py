"""Excluded port ranges, through a netsh that prints what it prints in several languages."""

import pytest

from tests.fakes import netsh
from tests.windows.bed.wine_host import WineHost
from tests.windows.told import told

NETSH = r"C:\windows\system32\netsh.exe"
CALL = "port_exclusions:exclusions"


def prints(host: WineHost, four: bytes, six: bytes, *, six_exits: int = 0) -> None:
    rules = (
        "0 | 0 | four.out | - | interface ipv4 show excludedportrange protocol=tcp\n"
        f"{six_exits} | 0 | six.out | - | interface ipv6 show excludedportrange protocol=tcp\n"
    )
    host.stand_in(NETSH, rules, {"four.out": four, "six.out": six})


@pytest.mark.parametrize(
    ("language", "page"),
    [(netsh.ENGLISH, "cp437"), (netsh.GERMAN, "cp850"), (netsh.JAPANESE, "cp932"), (netsh.RUSSIAN, "cp866")],
    ids=lambda one: getattr(one, "code", one),
)
def test_ranges_of_both_versions_of_ip(shared_windows: WineHost, language: netsh.Language, page: str) -> None:
    prints(
        shared_windows,
        netsh.excluded_ports(language, (5357, 5357, False), (49400, 49499, False)).encode(page, "replace"),
        netsh.excluded_ports(language, (5357, 5357, False), (50000, 50059, True)).encode(page, "replace"),
    )

    answer = told(shared_windows, CALL)

    assert answer["source"] == "netsh"
    assert [(one["first"], one["last"], one.get("administered", False)) for one in answer["values"]] == [
        (5357, 5357, False),
        (49400, 49499, False),
        (50000, 50059, True),
    ]


def test_without_ranges_there_are_none(shared_windows: WineHost) -> None:
    none = netsh.excluded_ports(netsh.ENGLISH).encode()
    prints(shared_windows, none, none)

    assert told(shared_windows, CALL) == {"source": "netsh", "values": []}


@pytest.mark.parametrize("printed", [b"", b"Access is denied.\r\n", None])
def test_what_is_no_list_is_not_taken_for_none(shared_windows: WineHost, printed: bytes | None) -> None:
    whole = netsh.excluded_ports(netsh.ENGLISH, (5357, 5357, False)).encode()
    prints(shared_windows, whole, whole[: whole.index(b"5357") + 2] if printed is None else printed)

    answer = told(shared_windows, CALL)

    assert answer["error"] == "FailedError"


def test_the_ranges_of_one_version_alone_are_not_all(shared_windows: WineHost) -> None:
    whole = netsh.excluded_ports(netsh.ENGLISH, (5357, 5357, False)).encode()
    prints(shared_windows, whole, b"The system cannot find the file specified.\r\n", six_exits=1)

    answer = told(shared_windows, CALL)

    assert (answer["error"], answer["reason"]) == ("FailedError", "netsh-failed")
