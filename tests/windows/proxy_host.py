"""Proxy settings put on a pretend server, and pieces of Python that ask it about them."""

import json
import struct
from typing import Any, Final

from tests.windows.bed.wine_host import WineHost

USER: Final = "S-1-5-21-0-0-0-1000"  # the one account of a Wine prefix
SETTINGS: Final = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"

_CHOOSE: Final = """
import json, sys, time
from farmsight_agent.retrieve import proxy, url
chooser = proxy.of_this_process()
for text in sys.argv[1:]:
    began = time.monotonic()
    route = chooser.choose(url.parse(text))
    took = time.monotonic() - began
    ways = [way.text if way else "direct" for way in route.ways]
    print(json.dumps({"ways": ways, "by": route.chosen_by, "remarks": route.remarks, "took_s": took}), flush=True)
chooser.close()
"""


def blob(flags: int, *texts: str, head: tuple[int, int] = (0x46, 1)) -> bytes:
    """Return settings as Windows keeps them in one binary value; the head is mark and counter."""
    start = struct.pack("<III", *head, flags)
    return start + b"".join(struct.pack("<I", len(text)) + text.encode() for text in texts) + bytes(32)


def binary(key: str, name: str, data: bytes) -> str:
    """Return the text of a .reg file that sets one binary value."""
    return f'Windows Registry Editor Version 5.00\n\n[{key}]\n"{name}"=hex:{data.hex(",")}\n\n'


def of_account(host: WineHost, flags: int, proxy: str = "", bypass: str = "", pac_url: str = "") -> None:
    """Set the WinINET settings of the account that everything runs as here."""
    key = rf"HKEY_CURRENT_USER\{SETTINGS}\Connections"
    host.registry(binary(key, "DefaultConnectionSettings", blob(flags, proxy, bypass, pac_url)))


def of_machine(host: WineHost, proxy: str, bypass: str = "") -> None:
    """Set the machine's WinHTTP proxy, or with "" none."""
    key = rf"HKEY_LOCAL_MACHINE\{SETTINGS}\Connections"
    host.registry(binary(key, "WinHttpSettings", blob(3 if proxy else 1, proxy, bypass, head=(0x18, 0))))


def routes(host: WineHost, *urls: str) -> list[dict[str, Any]]:
    """Return how that host would go to URLs."""
    return [json.loads(line) for line in host.code(_CHOOSE, *urls, timeout=120).splitlines()]
