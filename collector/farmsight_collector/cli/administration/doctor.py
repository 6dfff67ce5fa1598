"""`doctor`: is this collector well, and what to do where it is not."""

import logging
from collections import Counter
from typing import Final

from farmsight_collector.cli import exit_codes
from farmsight_collector.cli.administration.verb import Call, Subparsers, add
from farmsight_collector.model.words import plain

_WIDTH: Final = 8


def register(verbs: Subparsers) -> None:
    """Add the verb."""
    add(
        verbs,
        "doctor",
        _doctor,
        "look at everything that this collector stands on, and say what to do",
        "Settings, files, certificates, listeners, database, room, agents, replicas, alerts, tenants: each\n"
        "comes out as ok, failed, unknown (with the reason) or skipped (it does not apply). It reads only,\n"
        "beside a collector that serves or without one; alerts are not sent. Run it as the collector's account.\n\n"
        "Exit code 0 when nothing failed, 1 when something did.",
    )


def _doctor(call: Call) -> int:
    from farmsight_collector.doctor.examination import Examination  # noqa: PLC0415 - other verbs need none of it

    logging.getLogger("alembic").setLevel(logging.WARNING)
    steps = []
    for step in Examination(call.data, call.clock.now()).steps():
        steps.append(step)
        if not call.arguments.json:
            print(plain(f"{step.state:<{_WIDTH}} {step.step}: {step.says}"), flush=True)
            if step.remedy:
                print(plain(f"{'':<{_WIDTH}} -> {step.remedy}"), flush=True)
    counts = Counter(step.state for step in steps)
    failed = [step.step for step in steps if step.state == "failed"]
    content = {
        "data": str(call.data.resolve()),
        "state": "failed" if failed else "ok",
        "steps": [step.to_json() for step in steps],
    }
    last = f"failed: {', '.join(failed)}" if failed else f"nothing failed; {counts['unknown']} not known"
    call.show("collector-doctor", content, ("", last))
    return exit_codes.FOUND if failed else exit_codes.DONE
