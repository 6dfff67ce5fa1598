"""docs/exit-codes.md: one table, from where the programs have their numbers."""

from docs.tools.markdown import code, table
from farmsight_agent import exit_codes as of_agent
from farmsight_collector.cli import exit_codes as of_collector

_HEAD = """\
# Exit codes

Made by `make reference` from the two tables that the programs end by. They are the same everywhere, so that a script or
a scheduler needs to know four numbers: 0 and 1 are answers, 2 says that there was none.

"""
_TAIL = """\
`--fail-on` is an option of `findings`, `analyze`, `lab up` (a severity, or `never`) and of `trace` (`fails`, `unknown`,
`never`): see [commands.md](commands.md). A reader that closes its end of a pipe early (`| head`) is no fault: 0. As a
Windows service the agent reports 0 to the service manager when it was asked to stop, and else 2, upon which the
recovery actions start it again; as a systemd unit likewise.
"""


def meanings() -> dict[str, dict[int, str]]:
    """Return what each program's numbers mean."""
    return {
        **{name: dict(told) for name, told in of_collector.MEANINGS.items()},
        "farmsight-agent": dict(of_agent.MEANINGS),
    }


def page() -> str:
    """Return the page."""
    rows = ((code(name), code(str(number)), text) for name, told in meanings().items() for number, text in told.items())
    return _HEAD + "\n".join(table(("program", "code", "means"), rows)) + "\n" + _TAIL
