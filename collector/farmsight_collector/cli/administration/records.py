"""`record audit`, `record quarantine`: what was done by whom, and which frames could not be taken."""

from pathlib import Path

from farmsight_collector.cli.administration.verb import Call, Subparsers, UsageError, add, instant, table
from farmsight_collector.store import agents, audit, quarantine

DEFAULT_ROWS = 50


def register(verbs: Subparsers) -> None:
    """Add the verbs."""
    parser = add(verbs, "audit", _audit, "who changed what, when; newest first")
    parser.add_argument("--limit", metavar="N", type=int, default=DEFAULT_ROWS, help=f"rows (default: {DEFAULT_ROWS})")
    parser = add(
        verbs,
        "quarantine",
        _quarantine,
        "frames that broke the contract, kept for inspection; newest first",
        "Each was refused and counted, and its stream went on. --save writes the bytes of all of them.",
    )
    parser.add_argument("--save", metavar="DIR", help="write the bytes of each frame to a file in this folder")


def _audit(call: Call) -> int:
    opened = call.open()
    with opened.store.read() as connection:
        rows = audit.entries(connection, max(1, call.arguments.limit))
    opened.store.close()
    told = [
        {"at": instant(r.at), "actor": r.actor, "action": r.action, "target": r.target, "detail": r.detail}
        for r in rows
    ]
    lines = [[str(value) for value in row.values()] for row in told]
    call.show("audit", {"entries": told}, table(("AT", "ACTOR", "ACTION", "TARGET", "DETAIL"), lines))
    return 0


def _quarantine(call: Call) -> int:
    opened = call.open()
    with opened.store.read() as connection:
        rows = quarantine.frames(connection)
        servers = {row.id: row.server for row in agents.agents(connection)}
    opened.store.close()
    if call.arguments.save:
        _save(Path(call.arguments.save), [row.data for row in rows])
    told = [
        {
            "at": instant(r.at),
            "server": servers.get(r.agent_id, ""),
            "agent": r.agent_id,
            "size": r.size,
            "why": r.reason,
        }
        for r in rows
    ]
    lines = [[str(row["at"]), str(row["server"]), str(row["size"]), str(row["why"])] for row in told]
    shown = table(("AT", "SERVER", "BYTES", "WHY"), lines) if lines else ("nothing was refused",)
    call.show("quarantine", {"frames": told}, shown)
    return 0


def _save(folder: Path, frames: list[bytes]) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number, data in enumerate(frames):
            (folder / f"frame-{number:04}.bin").write_bytes(data)
    except OSError as error:
        raise UsageError(f"{folder} can't be written: {error.strerror}") from error
