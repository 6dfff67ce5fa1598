"""The process beside a retrieval: runs proxy scripts and asks CryptoAPI, a request a line (see retrieve/aside.py).

python -m farmsight_agent.hosts.windows.network.asked_aside

Requests: {"op": "proxy", "url", "script"} -> {"proxies", "bypass"};
{"op": "object", "url", "kind": "crl" | "certificates", "cached", "timeout_ms", "max_bytes", "large", "login"}
-> {"ok": true, "took_ms", "size", "sha256"}. Either may answer {"error": ...}.
"""

import contextlib
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from farmsight_agent.clock import SystemClock
from farmsight_agent.hosts.windows.api import cryptnet, winhttp
from farmsight_agent.retrieve.aside import LONGEST_LINE

assert sys.platform == "win32"  # what it stands on is there only


def main() -> int:
    """Answer until standard input ends."""
    requests: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        answer = _answer(json.loads(requests.get()))
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


def _listen(into: "queue.Queue[bytes]") -> None:
    """Take requests; with the end of standard input end the process, in the middle of a call too."""
    with contextlib.suppress(OSError):
        while line := sys.stdin.buffer.readline(LONGEST_LINE):
            into.put(line)
    os._exit(0)


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    return _OPERATIONS[request["op"]](request)


def _proxy(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = _scripts().ask(request["url"], request["script"])
    except winhttp.WinHttpError as error:
        return {"error": error.code}
    return {"proxies": found.proxy, "bypass": found.bypass}


@cache
def _scripts() -> winhttp.Scripts:
    return winhttp.Scripts()


def _object(request: Mapping[str, Any]) -> dict[str, Any]:
    limits = cryptnet.Limits(
        timeout_ms=int(request["timeout_ms"]), max_bytes=int(request["max_bytes"]), login=bool(request["login"])
    )
    clock = SystemClock()
    began = clock.monotonic()
    try:
        if request["kind"] == "crl":
            found = cryptnet.crl(request["url"], limits, cached=request["cached"], large=request["large"])
        else:
            found = cryptnet.certificates(request["url"], limits, cached=request["cached"])
    except cryptnet.CryptnetError as error:
        return {"error": error.code, "took_ms": (clock.monotonic() - began) * 1000}
    took_ms = (clock.monotonic() - began) * 1000
    return {"ok": True, "took_ms": took_ms, "size": found.size, "sha256": found.sha256.hex()}


_OPERATIONS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {"proxy": _proxy, "object": _object}

if __name__ == "__main__":
    sys.exit(main())
