"""`farmsight lab`: a farm in a box, with real agents and faults at will."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from farmsight_collector.cli import exit_codes
from farmsight_lab import layout, orders, scenario
from farmsight_lab.captured import command
from farmsight_lab.faults.catalogue import KINDS
from farmsight_lab.faults.fault import REQUIRED, FaultError
from farmsight_lab.layout import Layout
from farmsight_lab.story import command as telling

if TYPE_CHECKING:
    from collections.abc import Callable

INPUT_AT_FAULT: Final = exit_codes.FAULT
INTERRUPTED: Final = exit_codes.INTERRUPTED
_EPILOG: Final = """\
A scenario is a small TOML file; --scenario takes the name of one that comes with the lab, or a path.
Exit codes: 0 nothing at or above --fail-on, 1 findings at or above it, 2 the input or the lab was at
fault, 130 interrupted.
"""


class EndedError(Exception):
    """The lab was asked to end by SIGTERM."""


def add_verbs(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs of the lab; each sets `run`."""
    up = subparsers.add_parser("up", help="start the lab", epilog=_EPILOG)
    _folder(up)
    up.add_argument("--scenario", default="healthy", metavar="NAME", help="which faults (healthy: none)")
    up.add_argument("--once", action="store_true", help="every agent reports once, print findings, stop")
    up.add_argument("--json", action="store_true", help="print findings as JSON")
    up.add_argument("--fail-on", choices=("critical", "error", "warning", "info", "never"), default="error")
    up.add_argument("--outside", action="store_true", help="also an agent that looks from outside (namespaces only)")
    up.add_argument("--network", choices=("auto", "namespaces", "loopback"), default="auto")
    up.add_argument("--timeout", type=float, default=90.0, metavar="SECONDS", help="for the first reports")
    up.set_defaults(run=_up)
    down = subparsers.add_parser("down", help="stop the lab that is up in the folder")
    _folder(down)
    down.set_defaults(run=_down)
    plant = subparsers.add_parser("plant", help="plant a fault in the lab that is up")
    _folder(plant)
    plant.add_argument("fault", help="see: farmsight lab fault list")
    plant.add_argument("setting", nargs="*", metavar="NAME=VALUE", help="its parameters")
    plant.add_argument("--on", action="append", default=[], metavar="SERVER", help="where (repeatable)")
    plant.set_defaults(run=_plant)
    lift = subparsers.add_parser("lift", help="lift a fault that was planted")
    _folder(lift)
    lift.add_argument("name", help='as plant said it, the name of a fault, or "all"')
    lift.set_defaults(run=_lift)
    command.add_verb(subparsers)
    telling.add_verb(subparsers)
    for noun, run in (("scenario", _scenarios), ("fault", _faults)):
        group = subparsers.add_parser(noun, help=f"what {noun}s there are")
        listing = group.add_subparsers(required=True, metavar="VERB").add_parser("list", help=f"list {noun}s")
        listing.add_argument("--json", action="store_true")
        listing.set_defaults(run=run)


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=layout.DEFAULT, metavar="DIR", help="%(default)s")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb of `farmsight lab`; returns the exit code."""
    top = argparse.ArgumentParser(prog="farmsight lab", description=__doc__, epilog=_EPILOG)
    add_verbs(top.add_subparsers(title="verbs", metavar="VERB", required=True))
    arguments = top.parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (scenario.ScenarioError, FaultError) as error:
        print(f"farmsight lab: {error}", file=sys.stderr)
        return INPUT_AT_FAULT


def _up(arguments: argparse.Namespace) -> int:
    from farmsight_lab import session  # noqa: PLC0415 - listing scenarios needs no collector

    def ended(_number: int, _frame: FrameType | None) -> None:
        raise EndedError

    chosen = scenario.load(arguments.scenario)
    before = signal.signal(signal.SIGTERM, ended)
    try:
        return session.run(chosen, arguments)
    except EndedError:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)


def _down(arguments: argparse.Namespace) -> int:
    lock = Layout(arguments.folder).lock
    held = lock.read_text(encoding="ascii").strip() if lock.is_file() else ""
    if not held.isdigit() or not _is_a_lab(int(held)):
        print("no lab is up here", file=sys.stderr)
        return 0
    os.kill(int(held), signal.SIGTERM)
    deadline = time.monotonic() + 30
    while _is_a_lab(int(held)):
        if time.monotonic() > deadline:
            print(f"farmsight lab: process {held} does not end", file=sys.stderr)
            return INPUT_AT_FAULT
        time.sleep(0.1)
    return 0


def _is_a_lab(process: int) -> bool:
    """Tell whether this process is a lab: process ids are used again."""
    import psutil  # noqa: PLC0415

    try:
        found = psutil.Process(process)
        return found.status() != psutil.STATUS_ZOMBIE and any("lab" in word for word in found.cmdline())
    except psutil.Error:
        return False


def _plant(arguments: argparse.Namespace) -> int:
    table = orders.table_of(arguments.fault, arguments.on, arguments.setting)
    print(orders.plant(Layout(arguments.folder).orders, table))
    return 0


def _lift(arguments: argparse.Namespace) -> int:
    lifted = orders.lift(Layout(arguments.folder).orders, arguments.name)
    print("\n".join(lifted) or "nothing to lift")
    return 0


def _scenarios(arguments: argparse.Namespace) -> int:
    found = [scenario.load(name) for name in scenario.packaged()]
    if arguments.json:
        rows = [
            {
                "name": each.name,
                "description": each.description,
                "mode": each.mode,
                "expected": [expected.code for expected in each.expected],
            }
            for each in found
        ]
        print(json.dumps({"schema": "farmsight.scenarios/1", "scenarios": rows}, indent=2))
        return 0
    width = max(len(each.name) for each in found)
    for each in found:
        print(f"{each.name:<{width}}  {each.description}")
    return 0


def _faults(arguments: argparse.Namespace) -> int:
    if arguments.json:
        rows = [
            {
                "name": kind.name,
                "what": kind.what,
                "servers": kind.on,
                "roles": list(kind.roles),
                "parameters": {one.name: None if one.default is REQUIRED else one.default for one in kind.parameters},
            }
            for kind in KINDS.values()
        ]
        print(json.dumps({"schema": "farmsight.faults/1", "faults": rows}, indent=2))
        return 0
    for kind in KINDS.values():
        print(f"{kind.name}: {kind.what}" + ("" if kind.on == "farm" else f"  (--on {'|'.join(kind.roles)})"))
        for one in kind.parameters:
            given = "must be given" if one.default is REQUIRED else f"default {one.default!r}"
            choices = f"; one of {', '.join(one.choices)}" if one.choices else ""
            print(f"    {one.name}: {one.what} ({given}{choices})")
    return 0
