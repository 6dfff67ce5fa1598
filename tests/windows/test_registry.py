"""The registry, through the agent's one reader: what is there by type, what is absent, and what is odd."""

import json
from typing import Any, Final

import pytest

from tests.windows.bed.wine_host import WineHost

KEY: Final = r"SOFTWARE\Contoso\Read"
_READ: Final = """
import json, sys
from farmsight_agent.hosts.windows.api import registry as r
key = sys.argv[1]
plain = lambda v: {"bytes": v.hex()} if isinstance(v, bytes) else {"texts": v} if isinstance(v, tuple) else v
print(json.dumps([{name: plain(v) for name, v in r.values(r.LOCAL_MACHINE, key).items()},
  r.subkeys(r.LOCAL_MACHINE, key), r.exists(r.LOCAL_MACHINE, key)]))
"""
_WRITE: Final = """
import sys, winreg
key = winreg.CreateKeyEx(winreg.HKEY_LOCAL_MACHINE, sys.argv[1], 0, winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_64KEY)
for n in range(int(sys.argv[2])):
    winreg.SetValueEx(key, f"v{n}", 0, winreg.REG_DWORD, n)
"""


def read(host: WineHost, key: str = KEY) -> Any:
    return json.loads(host.code(_READ, key))


def seed(host: WineHost, *lines: str, key: str = KEY) -> None:
    head = f"Windows Registry Editor Version 5.00\n\n[-HKEY_LOCAL_MACHINE\\{key}]\n\n[HKEY_LOCAL_MACHINE\\{key}]\n"
    host.registry(head + "\n".join(lines) + "\n")


def test_values_come_by_type_and_numbers_unsigned(shared_windows: WineHost) -> None:
    seed(
        shared_windows,
        '@="default"',
        '"number"=dword:ffffffff',
        '"big"=hex(b):ff,ff,ff,ff,ff,ff,ff,ff',
        '"expand"=hex(2):25,00,50,00,25,00,00,00',
        '"list"=hex(7):61,00,00,00,00,00,62,00,00,00,00,00',
        '"bytes"=hex:01,02',
        '"none"=hex(0):',
        '"text"="Grün"',
    )

    values, below, there = read(shared_windows)

    assert values == {
        "": "default",
        "number": 0xFFFFFFFF,
        "big": (1 << 64) - 1,
        "expand": "%P%",
        "list": {"texts": ["a", "", "b"]},
        "bytes": {"bytes": "0102"},
        "none": {"bytes": ""},
        "text": "Grün",
    }
    assert (below, there) == ([], True)


def test_what_is_absent_is_empty_and_not_there(shared_windows: WineHost) -> None:
    assert read(shared_windows, r"SOFTWARE\Contoso\Absent\Below") == [{}, [], False]


def test_keys_below_are_named(shared_windows: WineHost) -> None:
    seed(shared_windows, "", rf"[HKEY_LOCAL_MACHINE\{KEY}\one]", "", rf"[HKEY_LOCAL_MACHINE\{KEY}\two]")

    assert sorted(read(shared_windows)[1]) == ["one", "two"]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('"odd"=hex(1):61,00,00,d8', "a\N{REPLACEMENT CHARACTER}"),  # half a character, and no end mark
        ('"odd"=hex(1):61,00,00,00,62,00', "a"),
        ('"odd"=hex(1):', ""),
        ('"odd"=hex(4):', 0),
        ('"odd"=hex(63):01', {"bytes": "01"}),
    ],
)
def test_odd_values_are_read_and_can_be_told(shared_windows: WineHost, line: str, value: object) -> None:
    seed(shared_windows, line)

    assert read(shared_windows)[0] == {"odd": value}


def test_a_key_with_more_values_than_any_has_is_refused_not_cut(shared_windows: WineHost) -> None:
    key = r"SOFTWARE\Contoso\Many"
    shared_windows.code(_WRITE, key, "60")
    code = (
        "from farmsight_agent.hosts.windows.api import registry as r; r.MAX_VALUES = {limit}\n"
        "try: print(len(r.values(r.LOCAL_MACHINE, r'{key}')))\n"
        "except Exception as error: print(type(error).__name__, error.reason)"
    )

    assert shared_windows.code(code.format(limit=60, key=key)).strip() == "60"
    assert shared_windows.code(code.format(limit=59, key=key)).strip() == "FailedError too-many-values"


def test_denied_is_not_absent(shared_windows: WineHost) -> None:
    code = (
        "import winreg\n"
        "from farmsight_agent.hosts.windows.api import registry as r\n"
        "def refuse(*_): raise PermissionError(13, 'denied', None, 5)\n"  # Wine keeps no access lists
        "winreg.OpenKeyEx = refuse\n"
        "for call in (r.values, r.subkeys, r.exists):\n"
        "    try: print(call(r.LOCAL_MACHINE, 'SOFTWARE'))\n"
        "    except Exception as error: print(type(error).__name__, error.reason)"
    )

    assert set(shared_windows.code(code).splitlines()) == {"DeniedError registry-key-not-readable"}
