"""Reading typed values out of TOML, noting what is wrong instead of stopping at the first."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, PROBE_NAMES

_CONTEXTS: Final = tuple(sorted(name for name in CONTEXT_BY_NAME if name))


class ConfigError(Exception):
    """A configuration that can't be used; `errors` holds one sentence for each fault."""

    def __init__(self, name: str, errors: Sequence[str]) -> None:
        """Keep the file's name and its faults."""
        super().__init__("\n".join(f"{name}: {error}" for error in errors))
        self.name = name
        self.errors = tuple(errors)


def split_address(value: str) -> tuple[str, int] | None:
    """Return host and port of "host:port" or "[v6]:port", or None when it is neither."""
    host, colon, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not host or (":" in host and not value.startswith("[")):
        return None
    if not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536 or any(c.isspace() for c in host):
        return None
    return host, int(port)


class Section:
    """One table of the file. Every reader returns the default where the value is wrong or missing."""

    def __init__(self, values: Mapping[str, object], prefix: str, errors: list[str], folder: Path) -> None:
        """Read from `values`; add faults to `errors`; relative paths start at `folder`."""
        self._values = values
        self._prefix = prefix
        self._seen: set[str] = set()
        self._folder = folder
        self.errors = errors

    def wrong(self, key: str, sentence: str) -> None:
        """Note a fault of one key."""
        self.errors.append(f"{self._prefix}{key} {sentence}")

    def nothing_else(self) -> None:
        """Note every key that nobody asked for: a misspelt key must not be silently ignored."""
        for key in self._values:
            if key not in self._seen:
                self.wrong(key, f"is not a setting; the settings here are {', '.join(sorted(self._seen))}")

    def _get(self, key: str) -> object:
        self._seen.add(key)
        return self._values.get(key)

    def section(self, key: str) -> "Section":
        """Return the table under a key."""
        return Section(self._table(key), f"{self._prefix}{key}.", self.errors, self._folder)

    def _table(self, key: str) -> Mapping[str, object]:
        value = self._get(key)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self.wrong(key, "must be a table")
        return {}

    def text(self, key: str, default: str | None) -> str | None:
        """Return a text that is not empty."""
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.wrong(key, "must be a text that is not empty")
        return default

    def choice(self, key: str, allowed: Sequence[str], default: str) -> str:
        """Return one of the allowed words."""
        value = self.text(key, default)
        if value in allowed:
            return str(value)
        self.wrong(key, f"is {value!r}; it must be one of {', '.join(allowed)}")
        return default

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(value)
        self.wrong(key, "must be a list of texts that are not empty")
        return default

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._get(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.wrong(key, "must be true or false")
        return default

    def number(self, key: str, default: float, *, low: float, high: float) -> float:
        """Return a number within bounds."""
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.wrong(key, f"is {value!r}; it must be a number from {low:g} to {high:g}")
        return default

    def whole(self, key: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.wrong(key, f"is {value!r}; it must be a whole number from {low} to {high}")
        return default

    def ports(self, key: str) -> tuple[int, ...]:
        """Return a list of TCP ports."""
        value = self._get(key)
        if value is None:
            return ()
        if isinstance(value, list) and all(type(item) is int and 0 < item < 65536 for item in value):
            return tuple(value)
        self.wrong(key, "must be a list of TCP ports (1 to 65535)")
        return ()

    def path(self, key: str, default: Path) -> Path:
        """Return a path; a relative one starts at the file's folder."""
        value = self.text(key, None)
        return default if value is None else self.beside(value)

    def beside(self, name: str) -> Path:
        """Return the path of a name that starts at the file's folder."""
        return self._folder / name

    def addresses(self, key: str) -> tuple[str, ...]:
        """Return a list of host:port."""
        values = self.texts(key)
        for value in values:
            if split_address(value) is None:
                self.wrong(key, f"holds {value!r}; it must be HOST:PORT, for example collector.contoso.com:7443")
        return values

    def address(self, key: str) -> str:
        """Return one host:port, or an empty text when it is not set."""
        value = self.text(key, "") or ""
        if value and split_address(value) is None:
            self.wrong(key, f"is {value!r}; it must be HOST:PORT, for example collector.contoso.com:7444")
        return value

    def probes(self, key: str) -> tuple[str, ...]:
        """Return a list of probe names."""
        values = self.texts(key)
        for value in values:
            if value not in PROBE_NAMES:
                self.wrong(key, f"names the probe {value!r}; the probes are {', '.join(PROBE_NAMES)}")
        return values

    def contexts(self, key: str) -> Mapping[str, str]:
        """Return a table of context name to account name."""
        accounts: dict[str, str] = {}
        for name, account in self._table(key).items():
            if name not in _CONTEXTS:
                self.wrong(f"{key}.{name}", f"is not a context; the contexts are {', '.join(_CONTEXTS)}")
            elif not isinstance(account, str) or not account.strip():
                self.wrong(f"{key}.{name}", "must name an account")
            else:
                accounts[name] = account.strip()
        return accounts

    def connections(self, key: str) -> Mapping[str, str]:
        """Return a table of host:port to address:port."""
        connections: dict[str, str] = {}
        for asked, reached in self._table(key).items():
            if split_address(asked) is None or not isinstance(reached, str) or split_address(reached) is None:
                self.wrong(f'{key}."{asked}"', 'must read "HOST:PORT" = "ADDRESS:PORT"')
            else:
                connections[asked.lower()] = reached
        return connections

    def cadence(self, key: str, low: int, high: int) -> Mapping[str, int]:
        """Return a table of probe name to seconds."""
        seconds: dict[str, int] = {}
        for name, value in self._table(key).items():
            if name not in PROBE_NAMES:
                self.wrong(f"{key}.{name}", f"is not a probe; the probes are {', '.join(PROBE_NAMES)}")
            elif type(value) is not int or not low <= value <= high:
                self.wrong(f"{key}.{name}", f"is {value!r}; it must be whole seconds from {low} to {high}")
            else:
                seconds[name] = value
        return seconds
