"""The way CryptoAPI goes to a URL in one account: its settings in the order that Windows takes them.

1. the machine's static WinHTTP proxy; 2. the WinINET settings of the account:
its automatic detection (WPAD), its script (PAC), its own static proxy;
3. directly. Source: Microsoft KB 2623724, "Description of the Cryptography API
proxy detection mechanism when downloading a CRL". Where a script can't be had
or run, the next setting is taken, and a remark says so; that Windows goes on
directly in this case too is belief: platform_wire shows what it did. Of
several proxies each is tried until one takes the connection, as WinHTTP does
since Windows 8.1 (WinHttpOpen, WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY).
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from farmsight_agent.retrieve.proxy import Route
from farmsight_agent.retrieve.proxy_lists import bypassed, ways
from farmsight_agent.retrieve.url import HttpUrl, printable_text
from farmsight_wire.v1 import facts_pb2


@dataclass(frozen=True, kw_only=True)
class AccountSettings:
    """What WinHTTP shows to a process of the account; texts are lists as Windows writes them."""

    machine_proxy: str = ""
    machine_bypass: str = ""
    auto_detect: bool = False
    pac_url: str = ""
    proxy: str = ""
    bypass: str = ""
    remarks: tuple[str, ...] = ()  # settings that could not be read


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a script says of a URL: a proxy list, "" for direct."""

    proxies: str = ""
    bypass: str = ""


class ScriptError(Exception):
    """The script gave no verdict; `lasting` when it will give none for other URLs either.

    The text completes "the proxy script URL ..."; it is the same in each run
    that ends so. `silent` when there just is no such script.
    """

    def __init__(self, text: str, *, lasting: bool = True, silent: bool = False) -> None:
        """Keep what happened."""
        super().__init__(text)
        self.lasting = lasting
        self.silent = silent


# Asks the script for a URL: the script's own URL, or "" for the one to be detected. Raises ScriptError.
Evaluate = Callable[[str, HttpUrl], Verdict]


class WindowsRules:
    """Chooses as Windows does; one verdict of a script is kept for each scheme and host, as WinHTTP keeps it."""

    def __init__(self, settings: AccountSettings, evaluate: Evaluate, close: Callable[[], None] = lambda: None) -> None:
        """Go by the settings; `evaluate` runs scripts."""
        self._settings = settings
        self._evaluate = evaluate
        self._close = close
        self._lock = Lock()  # a slow script is waited for once, not by each thread
        self._verdicts: dict[tuple[str, str, str], Verdict | ScriptError] = {}
        self._useless: dict[str, ScriptError] = {}

    def close(self) -> None:
        """End what runs scripts."""
        self._close()

    def choose(self, url: HttpUrl) -> Route:
        """Return the route for a URL; raises ValueError for a setting that names no HTTP proxy."""
        own = self._settings
        if own.machine_proxy:
            return _static(own.machine_proxy, own.machine_bypass, url, facts_pb2.PROXY_SOURCE_WINHTTP, own.remarks)
        remarks = list(own.remarks)
        for script in ([""] if own.auto_detect else []) + ([own.pac_url] if own.pac_url else []):
            verdict = self._verdict(script, url)
            if isinstance(verdict, Verdict):
                return _scripted(verdict, url, tuple(remarks))
            if not verdict.silent:
                remarks.append(printable_text(f"the proxy script {_shown(script)} {verdict}"))
        if own.proxy:
            return _static(own.proxy, own.bypass, url, facts_pb2.PROXY_SOURCE_WININET, tuple(remarks))
        return Route(remarks=tuple(remarks))

    def _verdict(self, script: str, url: HttpUrl) -> Verdict | ScriptError:
        key = (script, url.scheme, url.host)
        with self._lock:
            found = self._useless.get(script) or self._verdicts.get(key)
            if found is None:
                try:
                    found = self._evaluate(script, url)
                except ScriptError as error:
                    found = error
                    if error.lasting:
                        self._useless[script] = error
                self._verdicts[key] = found
            return found


def _shown(script: str) -> str:
    """Return a script's URL without the credentials that it may carry."""
    scheme, mark, rest = script.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"[:300] if script else "found by WPAD"


def _static(
    proxy: str, bypass: str, url: HttpUrl, source: facts_pb2.ProxySource.ValueType, remarks: tuple[str, ...]
) -> Route:
    if bypassed(bypass, url):
        return Route(chosen_by=source, remarks=remarks)
    return Route(ways=ways(proxy, url) or (None,), chosen_by=source, remarks=remarks)


def _scripted(verdict: Verdict, url: HttpUrl, remarks: tuple[str, ...]) -> Route:
    source = facts_pb2.PROXY_SOURCE_PAC
    if not verdict.proxies or bypassed(verdict.bypass, url):
        return Route(chosen_by=source, remarks=remarks)
    return Route(ways=ways(verdict.proxies, url) or (None,), chosen_by=source, remarks=remarks)
