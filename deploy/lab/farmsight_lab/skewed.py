"""Runs an agent whose clock is wrong.

    python -m farmsight_lab.skewed SECONDS run --config agent.toml

The agent reads time in one place; that place is put off here, so that what it
says of itself on the wire is as wrong as on a server with such a clock.
"""

import sys
from datetime import UTC, datetime, timedelta

from farmsight_agent import cli, clock


def main(arguments: list[str]) -> int:
    """Run the agent's command line with the clock so many seconds ahead (negative: behind)."""
    offset = timedelta(seconds=float(arguments[0]))

    def now(_self: clock.SystemClock) -> datetime:
        return datetime.now(UTC) + offset

    clock.SystemClock.now = now  # type: ignore[method-assign,assignment] # that is the point
    return cli.main(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
