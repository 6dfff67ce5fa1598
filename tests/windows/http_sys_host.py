"""A pretend server whose http.sys, registry and netsh each say what a test wants."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.windows.bed import prefix
from tests.windows.bed.compile import library
from tests.windows.bed.wine_host import WineHost
from tests.windows.told import told

ADFS: Final = "{5d89a20c-beab-4389-9447-324788eb944a}"
HASH: Final = "00112233445566778899aabbccddeeff00112233"
NETSH: Final = r"C:\windows\system32\netsh.exe"
PARAMETERS: Final = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\HTTP\Parameters"
_PROBE: Final = """
import json, types
from farmsight_agent.hosts.windows import http_sys as h
from farmsight_agent.probes import http_sys as probe
host = types.SimpleNamespace(
    url_reservations=h.url_reservations, tls_bindings=h.tls_bindings, ip_listen=h.ip_listen,
    url_registrations=h.url_registrations, http_timeouts=h.timeouts)
parts = probe.collect(types.SimpleNamespace(host=host))
print(json.dumps({one.part: [one.reason or one.source, [fact.key for fact in one.facts]] for one in parts}))
"""
_DESCRIPTOR: Final = """
import json, sys, win32security as w
from farmsight_agent.hosts.windows.http.http_sys_descriptor import to_sddl
made = w.ConvertStringSecurityDescriptorToSecurityDescriptor(sys.argv[1], 1)
told = w.ConvertSecurityDescriptorToStringSecurityDescriptor(made, 1, w.DACL_SECURITY_INFORMATION)
print(json.dumps([told, to_sddl(bytes(memoryview(made)))]))
"""
EDITOR: Final = "Windows Registry Editor Version 5.00\n\n"
IP_LISTEN, SSL, URL_ACL, SNI, SCOPED, INITIALIZE = 0, 1, 2, 5, 11, 32  # as the stand-in's orders name them


class HttpSys:
    """A host with the stand-in for httpapi.dll, which reads anew in each process what it holds."""

    def __init__(self, host: WineHost) -> None:
        """Take a host that the stand-in is installed on."""
        self._host = host

    def tells(self, function: str, *lines: str) -> Any:
        """Return what the agent tells when http.sys holds these records."""
        self._host.put(r"C:\standins\httpapi.txt", "".join(f"{line}\r\n" for line in lines).encode())
        return told(self._host, f"http_sys:{function}")

    def reports(self, *lines: str) -> Any:
        """Return what the probe makes of these records: by part its source, or why there is none, and its keys."""
        self._host.put(r"C:\standins\httpapi.txt", "".join(f"{line}\r\n" for line in lines).encode())
        return json.loads(self._host.code(_PROBE))

    def keeps(self, **keys: str) -> None:
        r"""Replace what the registry keeps below HTTP\Parameters: by name of the key its lines, as in a .reg file.

        A key "Values" stands for HTTP\Parameters itself, "[.\NAME]" for a key below the one named.
        """
        self.forgets()
        lines = [EDITOR, f"[{PARAMETERS}]", keys.pop("Values", "")]
        for name, held in keys.items():
            lines += [f"[{PARAMETERS}\\{name}]", held.replace("[.\\", f"[{PARAMETERS}\\{name}\\")]
        self._host.registry("\n".join(lines) + "\n")

    def descriptor(self, sddl: str) -> tuple[str, str]:
        """Return a descriptor as SDDL after its bytes were read by Windows, and by the agent."""
        return tuple(json.loads(self._host.code(_DESCRIPTOR, sddl)))

    def forgets(self) -> None:
        """Remove all that the registry keeps of http.sys."""
        self._host.registry(f"{EDITOR}[-{PARAMETERS}]\n")

    def prints(self, output: bytes, *, exit_code: int = 0, delay_ms: int = 0, command: str = "*") -> None:
        """Let netsh print these bytes for a command."""
        self._host.stand_in(NETSH, f"{exit_code} | {delay_ms} | netsh.out | - | {command}\n", {"netsh.out": output})

    def calls(self) -> list[str]:
        """Return the command lines that netsh was called with."""
        return [line for _name, line in self._host.calls()]


@contextmanager
def booted() -> Iterator[HttpSys]:
    """Yield a running host of one's own with the stand-in for httpapi.dll."""
    host = WineHost(prefix.clone())
    host.put_file(r"C:\windows\system32\httpapi.dll", library("httpapi.c", "ws2_32"))
    host.override("httpapi")
    try:
        with host:
            yield HttpSys(host)
    finally:
        host.remove()


def bound(kind: str, place: str, *, certificate: str = HASH, ctl_store: str = "", flags: int = 0) -> str:
    return f"{kind}|{place}|{certificate}|{ADFS}|MY|0|0|0||{ctl_store}|{flags}"
