"""Faults planted and lifted while a lab is up: files in its folder, one a fault."""

import json
import time
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from farmsight_lab.faults.catalogue import KINDS
from farmsight_lab.faults.fault import Fault, read_fault
from farmsight_lab.scenario import Scenario


def table_of(name: str, servers: list[str], settings: list[str]) -> dict[str, Any]:
    """Return a fault as its table, from words of a command line (`ca=issuing-1 hours=3`).

    A value that TOML reads as a number or a truth value is one, anything else is a text.
    """
    table: dict[str, Any] = {"fault": name}
    if servers:
        table["servers"] = servers
    for setting in settings:
        key, _, text = setting.partition("=")
        table[key.strip()] = _value(text)
    return table


def _value(text: str) -> Any:  # noqa: ANN401 - a TOML value
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def plant(folder: Path, table: Mapping[str, Any]) -> str:
    """Leave an order to plant a fault; returns its name. Raises FaultError when it is none."""
    read_fault(KINDS, table)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{table['fault']}-{time.time_ns() // 1_000_000 % 100_000:05d}"
    fresh = folder / f".{name}"
    fresh.write_text(json.dumps(dict(table)), encoding="utf-8")
    fresh.replace(folder / f"{name}.json")
    return name


def lift(folder: Path, name: str) -> list[str]:
    """Take back orders by name, by the fault's name, or "all"; returns what was lifted."""
    lifted = []
    for path in sorted(folder.glob("*.json")):
        if name in ("all", path.stem, path.stem.rpartition("-")[0]):
            path.unlink(missing_ok=True)
            lifted.append(path.stem)
    return lifted


def pending(folder: Path) -> dict[str, Fault]:
    """Return the faults that are ordered now, by the name of the order. Raises FaultError."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            found[path.stem] = read_fault(KINDS, json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, json.JSONDecodeError):
            continue  # lifted in this moment, or not ours
    return found


def with_orders(base: Scenario, ordered: Mapping[str, Fault]) -> Scenario:
    """Return the scenario with the ordered faults beside its own."""
    return replace(base, faults=(*base.faults, *ordered.values()))
