"""Where the programs start: an agent-only install is told what is missing instead of a traceback."""

import gc
import os
import sys
from importlib import import_module

from farmsight_collector.cli import exit_codes
from farmsight_collector.cli.interrupts import keep_interrupts


def farmsight() -> int:
    """Run `farmsight`."""
    return _run("farmsight", "farmsight_collector.cli.main")


def farmsight_collector() -> int:
    """Run `farmsight-collector`."""
    return _run("farmsight-collector", "farmsight_collector.cli.collector")


def _run(program: str, module: str) -> int:
    # What gRPC's core logs of failed handshakes and taken ports, the programs say in their own words.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    keep_interrupts()
    try:
        main = import_module(module).main
    except ModuleNotFoundError as error:
        if str(error.name).startswith("farmsight"):
            raise
        print(
            f"{program}: {error.name} is not installed: this is an agent's install. "
            "Install the collector's part beside it: pip install 'farmsight[collector]'",
            file=sys.stderr,
        )
        return exit_codes.FAULT
    except KeyboardInterrupt:  # while the libraries load
        return exit_codes.INTERRUPTED
    gc.freeze()  # what is loaded by now stays: it need not be looked through again and again
    code: int = main()
    return code
