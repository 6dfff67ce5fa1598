"""docs/settings.md: every setting of both programs, from what reads it, with its bounds and its default.

What a setting is for stands in settings.toml beside this file: a setting that
lacks its line there, or a line without a setting, is an error.
"""

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from docs.tools.markdown import code, table
from farmsight_agent import config as agent_config
from farmsight_agent.config_reading import Section
from farmsight_collector import config as collector_config
from farmsight_collector import settings as collector_settings
from farmsight_collector.alerts.channel_settings import KINDS, Channel
from farmsight_collector.alerts.settings import Alerts

ROOT: Final = Path(__file__).parents[2]
WORDS: Final = Path(__file__).with_name("settings.toml")
_SIZES: Final = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
# Where the default depends on the machine, or on other settings.
_SHOWN: Final[Mapping[str, str]] = {
    "agent state_dir": r"`/var/lib/farmsight-agent`; on Windows `C:\ProgramData\farmsight-agent`",
    "agent server_name": "the computer name",
    "agent federation_service_name": "what enrolment said",
}
_READERS: Final[Mapping[str, str]] = {
    "text": "text",
    "texts": "list of texts",
    "flag": "`true` or `false`",
    "path": "path; a relative one starts at the file's folder",
    "ports": "list of TCP ports",
    "address": "`HOST:PORT`",
    "addresses": "list of `HOST:PORT`",
    "probes": "list of [probes](probes.md)",
    "contexts": "table: context = account",
    "connections": 'table: `"HOST:PORT" = "ADDRESS:PORT"`',
    "cadence": "table: probe = seconds",
}
_VARIABLE: Final = re.compile(r"\bFARMSIGHT_[A-Z_]+\b")
_SOURCES: Final = ("agent", "collector", "deploy/compose", "deploy/container", "deploy/linux", "deploy/kubernetes")


class Setting(NamedTuple):
    """One setting: its name with the table's, what may stand there, its default."""

    name: str
    fits: str
    default: str


class UndocumentedError(Exception):
    """Settings and their descriptions don't match; the text names each that has no other side."""


class _Recording(Section):
    """Reads as Section does, and keeps what was asked for."""

    def __init__(self, values: Mapping[str, object], prefix: str, errors: list[str], folder: Path) -> None:
        super().__init__(values, prefix, errors, folder)
        self.asked: dict[str, str] = {}

    def section(self, key: str) -> Section:
        self._seen.add(key)
        inner = type(self)({}, f"{self._prefix}{key}.", self.errors, self._folder)
        inner.asked = self.asked
        return inner

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - of whatever kind the setting is
        found = super().__getattribute__(name)
        if name.startswith("_") or name in {"asked", "errors", "wrong", "nothing_else", "section", "beside"}:
            return found

        def read(key: str, *given: Any, **bounds: Any) -> Any:  # noqa: ANN401 - the same
            # A reader may stand on another; what was asked for is the first one.
            self.asked.setdefault(f"{self._prefix}{key}", _fits(name, given, bounds))
            return found(key, *given, **bounds)

        return read


def _fits(reader: str, given: tuple[Any, ...], bounds: Mapping[str, Any]) -> str:
    if reader == "choice":
        return "one of " + ", ".join(f"`{word}`" for word in given[0])
    if reader in {"number", "whole"}:
        kind = "number" if reader == "number" else "whole number"
        return f"{kind}, {_figure(bounds['low'])} to {_figure(bounds['high'])}"
    if reader == "cadence":
        return f"table: probe = whole seconds, {given[0]} to {given[1]}"
    return _READERS[reader]


def _figure(value: float, name: str = "bytes") -> str:
    for size, unit in _SIZES:
        if "bytes" in name and value >= size and value % size == 0:
            return f"{value // size:g} {unit}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _default(value: object, name: str) -> str:
    if value in ("", (), None, {}):
        return ""
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, int | float):
        return _figure(value, name)
    if isinstance(value, tuple | frozenset):
        return ", ".join(code(str(each)) for each in value)
    return code(str(value))


def of_agent() -> list[Setting]:
    """Return every setting of agent.toml, in the order in which they are read."""
    top = _Recording({}, "", [], Path("/"))
    agent_config._top(top)
    return [
        Setting(name, fits, _SHOWN.get(f"agent {name}") or _default(_value(agent_config.Config(), name), name))
        for name, fits in top.asked.items()
    ]


def _value(config: object, name: str) -> object:
    for part in name.split("."):
        config = getattr(config, part, None)  # what a file names may be kept as something else
    return config


def of_collector() -> list[Setting]:
    """Return every setting of collector.toml, table by table."""
    plain = {"names": "list of DNS names or addresses", "farms": "list of DNS names"}
    plain |= {"database": "URL, or `file:PATH`", "log_level": "one of `debug`, `info`, `warning`, `error`"}
    config = collector_config.Config(data=Path("DATA"))
    told = {each.name for each in dataclasses.fields(config)} - {"data", "alerts", *collector_config._TABLES}
    if told != set(plain):
        raise UndocumentedError(f"settings outside of tables: {sorted(told ^ set(plain))}")
    rows = [Setting(name, fits, _default(getattr(config, name), name)) for name, fits in plain.items()]
    for name, kind in collector_config._TABLES.items():
        rows += _of_table(name, kind)
    return rows + _of_table("alerts", Alerts, without=("channels",)) + _of_channels()


def _of_channels() -> list[Setting]:
    shared = tuple(each.name for each in dataclasses.fields(Channel))
    rows = [Setting("alerts.channel.type", "one of " + ", ".join(f"`{kind}`" for kind in KINDS), "")]
    rows += _of_table("alerts.channel", Channel)
    for word, kind in KINDS.items():
        rows += _of_table(f"alerts.channel ({word})", kind, without=shared)
    return rows


def _of_table(name: str, kind: type[Any], without: tuple[str, ...] = ()) -> list[Setting]:
    return [
        Setting(f"{name}.{each.name}", _checked(each), _default(each.default, each.name))
        for each in dataclasses.fields(kind)
        if each.name not in without
    ]


def _checked(one: "dataclasses.Field[Any]") -> str:
    """Return what may stand there, in the words in which anything else is refused."""
    check = one.metadata.get("check", collector_settings._like(one.default))
    return str(check("\x00") or check(object()))  # a text that fits nowhere; what takes any text wants another kind


def variables() -> set[str]:
    """Return every environment variable that programs, units and containers know."""
    suffixes = {".py", ".sh", ".yml", ".yaml", ".service", ".env", "", ".tpl"}
    found: set[str] = set()
    for folder in _SOURCES:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and file.suffix in suffixes and "__pycache__" not in file.parts:
                found |= set(_VARIABLE.findall(file.read_text(encoding="utf-8", errors="replace")))
    return found


def _described(title: str, names: Iterable[str], words: Mapping[str, str]) -> None:
    names = set(names)
    faults = [f"{title}: {name} has no line in {WORDS.name}" for name in sorted(names - set(words))]
    faults += [f"{title}: {WORDS.name} speaks of {name}, which there is not" for name in sorted(set(words) - names)]
    if faults:
        raise UndocumentedError("\n".join(faults))


def _page(words: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield "# Settings\n"
    yield "Made by `make reference` from what reads the files. A misspelt setting, a value out of its bounds or of"
    yield "another kind is refused at start, with every fault of the file at once; nothing is passed over.\n"
    yield "## agent.toml\n"
    yield "In the agent's state folder, written by `farmsight-agent enroll`; `farmsight-agent run --config FILE` takes"
    yield "another. Read once, at start. A dotted name stands in its table: `retrieval.timeout_s` is `timeout_s` below"
    yield "`[retrieval]`. Every setting may be left out.\n"
    yield from _rows(of_agent(), words["agent"])
    yield "## collector.toml\n"
    yield "In the data folder, written by `farmsight-collector init`. Read once, at start: restart `serve` after a"
    yield "change. Channels of alerts are written as `[[alerts.channel]]`, once for each; what they are for is in"
    yield "[alerts.md](alerts.md).\n"
    yield from _rows(of_collector(), words["collector"])
    yield "## Environment\n"
    yield from table(("variable", "for"), ((code(name), text) for name, text in sorted(words["environment"].items())))


def _rows(settings: list[Setting], words: Mapping[str, str]) -> Iterator[str]:
    head = ("setting", "takes", "default", "for")
    return table(head, ((code(each.name), each.fits, each.default, words[each.name]) for each in settings))


def page() -> str:
    """Return the page; raises UndocumentedError where settings and descriptions don't match."""
    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    _described("agent.toml", (each.name for each in of_agent()), words["agent"])
    _described("collector.toml", (each.name for each in of_collector()), words["collector"])
    _described("environment", variables(), words["environment"])
    return "\n".join(_page(words)).rstrip() + "\n"
