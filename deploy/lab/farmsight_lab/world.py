"""All servers of the lab that are not agents, in one process: web servers and TLS listeners.

    python -m farmsight_lab.world WORLD.json

    {"version": 1, "sites": [["main/site.json", ""]],
     "listeners": [["STS01/443.json", "fslab-sts01"]]}

WORLD.json is read again whenever it changes: what is new in it is started, what
is gone is stopped. The second word of a pair names the network namespace to
listen in. "ready VERSION" on standard output says that all of it is so.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from farmsight_lab.servers.cdp import CdpServer
from farmsight_lab.servers.site import load_site
from farmsight_lab.servers.tls import TlsListener, load_behaviour

CLONE_NEWNET: Final = 0x40000000
EVERY_S: Final = 0.1


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Make sockets in another network namespace: they stay there, this thread comes back."""
    if not namespace:
        yield
        return
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(own)
        os.close(own)
        os.close(there)


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class World:
    """What runs, by the files that describe it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._running: dict[tuple[str, str], CdpServer | TlsListener] = {}
        self._seen: dict[str, int] = {}
        self._version: object = None

    def follow(self) -> None:
        """Start, stop and reload what has changed; say when a new version is in force."""
        document = json.loads(self._path.read_text(encoding="utf-8"))
        wanted = {(str(file), str(space)): "site" for file, space in document["sites"]}
        wanted |= {(str(file), str(space)): "listener" for file, space in document["listeners"]}
        for gone in set(self._running) - set(wanted):
            self._running.pop(gone).stop()
        for key, kind in wanted.items():
            if key not in self._running:
                with inside(key[1]):
                    self._running[key] = _site(key[0]) if kind == "site" else _listener(key[0])
                self._running[key].start()
        self._reload()
        if self._version != document["version"]:
            self._version = document["version"]
            print(f"ready {self._version}", flush=True)

    def _reload(self) -> None:
        for (file, _), server in self._running.items():
            changed = Path(file).stat().st_mtime_ns
            if isinstance(server, CdpServer) and self._seen.get(file) != changed:
                self._seen[file] = changed
                site = load_site(Path(file))
                server.refuse_plus = site.refuse_plus
                server.replace(site.paths, site.responders)

    def stop(self) -> None:
        """Stop everything."""
        for server in self._running.values():
            server.stop()


def _site(file: str) -> CdpServer:
    return CdpServer(load_site(Path(file)).listen)


def _listener(file: str) -> TlsListener:
    path = Path(file)
    return TlsListener(lambda: load_behaviour(path)[1], load_behaviour(path)[0])


def main(arguments: list[str]) -> int:
    """Run until ended."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    world = World(Path(arguments[0]))
    world.follow()
    while not ended.wait(EVERY_S):
        try:
            world.follow()
        except (OSError, ValueError) as error:  # a file in the middle of a change: next time
            print(error, file=sys.stderr, flush=True)
    world.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
