"""`farmsight-collector`: what the operator of a collector types."""

import argparse
import sys
from collections.abc import Sequence

from farmsight_collector.cli import exit_codes
from farmsight_collector.cli.administration import (
    agents,
    alerts,
    backups,
    database,
    doctor,
    entra,
    health,
    records,
    running,
    tokens,
    web,
)
from farmsight_collector.cli.administration.verb import Call, UsageError
from farmsight_collector.cli.interrupts import keep_interrupts
from farmsight_collector.clock import SystemClock
from farmsight_collector.config import ConfigError
from farmsight_collector.errors import CollectorError
from farmsight_collector.folder import FolderError
from farmsight_collector.identity.authority import AuthorityError
from farmsight_collector.rpc.server import PortError
from farmsight_collector.version import VERSION

INPUT_AT_FAULT = exit_codes.FAULT
INTERRUPTED = exit_codes.INTERRUPTED

_DESCRIPTION = """\
Runs a farmsight collector, and says who may speak to it.

  farmsight-collector init --name collector.contoso.com --farm sts.contoso.com
  farmsight-collector serve
  farmsight-collector token create --role adfs      then run on the server what it prints
  farmsight-collector agent list

The verbs work on the data folder, also while serve runs. People ask questions with `farmsight`.
"""
_EPILOG = "Exit codes: 0 done, 2 the input, the folder or an address was at fault, 130 interrupted."


def parser() -> argparse.ArgumentParser:
    """Return the whole command line."""
    top = argparse.ArgumentParser(
        prog="farmsight-collector",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"farmsight-collector {VERSION}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    running.register(verbs)
    health.register(verbs)
    doctor.register(verbs)
    backups.register(verbs)
    groups = (
        ("token", "join tokens: who may come in", tokens.register),
        ("agent", "agents: who is in, who may come back, who goes", agents.register),
        ("web", "people: who may look at the page, and who is signed in", web.register),
        ("alerts", "alerts: what was told to whom, and whether the ways work", alerts.register),
        ("entra", "tenants: what Microsoft Graph says of the farm's other side", entra.register),
        ("db", "the store: schema, copies, old data", database.register),
        ("record", "what was done by whom, and what could not be taken", records.register),
    )
    for name, text, register in groups:
        group = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        register(group.add_subparsers(title="verbs", metavar="VERB", required=True))
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.run(Call(arguments=arguments, clock=SystemClock()))
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe had enough
        sys.stderr.close()
        return 0
    except (UsageError, ConfigError, FolderError, AuthorityError, PortError, CollectorError) as error:
        print(f"farmsight-collector: {error}", file=sys.stderr)
        return INPUT_AT_FAULT
    except OSError as error:  # a full disk, a data folder that may not be written
        print(f"farmsight-collector: {error}", file=sys.stderr)
        return INPUT_AT_FAULT


if __name__ == "__main__":
    keep_interrupts()
    sys.exit(main())
