"""Proxy scripts (PAC, WPAD) asked for a URL, each question within its time."""

from typing import Final

from farmsight_agent.retrieve.aside import Aside, AsideError
from farmsight_agent.retrieve.proxy_windows import ScriptError, Verdict
from farmsight_agent.retrieve.url import HttpUrl

# Windows lets a script run for 60 s; a retrieval that waits so long has failed long before.
PATIENCE_S: Final = 10.0

# learn.microsoft.com/windows/win32/winhttp/error-messages
_BAD_SCRIPT: Final = 12166
_NOT_FETCHED: Final = 12167
_NOT_DETECTED: Final = 12180
_WORDS: Final = {
    _BAD_SCRIPT: "is not one that WinHTTP can run",
    _NOT_FETCHED: "could not be fetched",
    12006: "is not at an http or https URL",
    12015: "is kept behind a login",
    12178: "was not asked: the proxy service of Windows failed",
}
# With these it is the script that is missing; any other error may be that of one host alone.
_LASTING: Final = frozenset({*_WORDS, _NOT_DETECTED} - {_BAD_SCRIPT})


class ScriptRunner:
    """Asks WinHTTP in a process aside, which ends when it is late."""

    def __init__(self, aside: Aside, patience_s: float = PATIENCE_S) -> None:
        """Take over the process."""
        self._aside = aside
        self._patience_s = patience_s

    def evaluate(self, script: str, url: HttpUrl) -> Verdict:
        """Return what the script says; raises ScriptError."""
        try:
            answer = self._aside.ask({"op": "proxy", "url": url.text, "script": script}, self._patience_s)
        except TimeoutError:
            raise ScriptError(f"did not answer within {self._patience_s:g} s") from None
        except AsideError as error:
            raise ScriptError(f"could not be asked: {error}") from error
        if "error" not in answer:
            return Verdict(proxies=str(answer["proxies"]), bypass=str(answer["bypass"]))
        code = int(answer["error"])
        text = f"{_WORDS.get(code, 'gave no answer')} (error {code})"
        raise ScriptError(text, lasting=code in _LASTING, silent=not script and code == _NOT_DETECTED)

    def close(self) -> None:
        """End the process."""
        self._aside.close()
