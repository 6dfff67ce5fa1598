"""`make deb-check`: both packages on a booted system, from install to purge, and what the agent sees in its sandbox.

python -m tests.packages.check [--suite bookworm] [--debs FOLDER]

FOLDER holds two versions of each package (`make deb-check` builds them, uncompressed, when it does not).
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.packages.booted import SUITES, Booted, BootError, missing

ROOT: Final = Path(__file__).parents[2]
BEFORE: Final = "0.1.0"
AFTER: Final = "0.2.0"
NAMES: Final = ("farmsight-collector", "farmsight-agent")
FARM: Final = "sts.contoso.com"
STATE: Final = "/var/lib/farmsight-agent"
# A web server of another account, as a reverse proxy would be, with a file to be fetched as that account.
WEB: Final = """\
[Service]
User=www-data
WorkingDirectory=/srv
ExecStart=/bin/sh -c 'exec "$(ls /usr/bin/python3.1? | head -1)" -m http.server --bind 127.0.0.1 8080'
"""
SETTINGS: Final = """
[contexts]
proxy-service = "www-data"
[retrieval]
urls = ["http://127.0.0.1:8080/ca.crl"]
"""


class CheckError(Exception):
    """Something is not as it must be; the text says what."""


def main() -> int:
    """Run every step; 1 where one is wrong, 2 where they can't be run here."""
    parser = argparse.ArgumentParser(prog="make deb-check", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--suite", default="bookworm", choices=sorted(SUITES))
    parser.add_argument("--debs", type=Path, default=ROOT / "build/deb-check")
    asked = parser.parse_args()
    if why := missing():
        sys.stderr.write(f"make deb-check: not run here: {why}\n")
        return 2
    try:
        build(asked.debs)
        with Booted(asked.suite) as system:
            for step in (arrive, serve, enrol, observe, confine, upgrade, leave):
                began = time.monotonic()
                step(system, asked.debs)
                sys.stdout.write(f"{time.monotonic() - began:6.1f} s  {(step.__doc__ or '').splitlines()[0]}\n")
                sys.stdout.flush()
    except (BootError, CheckError) as error:
        sys.stderr.write(f"make deb-check: {error}\n")
        return 1
    return 0


def build(folder: Path) -> None:
    """Build both versions, unless they are there."""
    for version in (BEFORE, AFTER):
        if not all((folder / f"{name}_{version}_amd64.deb").exists() for name in NAMES):
            command = (sys.executable, "-m", "farmsight_deb", "--quick", "--out", str(folder), "--version", version)
            subprocess.run(command, check=True, timeout=1800)


def need(holds: object, says: str) -> None:
    """Raise CheckError with these words unless it holds."""
    if not holds:
        raise CheckError(says)


def install(system: Booted, debs: Path, version: str) -> None:
    """Install one version of both packages with dpkg alone: no mirror is asked."""
    for name in NAMES:
        file = system.put(debs / f"{name}_{version}_amd64.deb", "/srv")
        system.run("dpkg", "-i", file)
        system.run("rm", file)


def arrive(system: Booted, debs: Path) -> None:
    """Installed offline; nothing runs before it is set up; nobody else may look into the folders."""
    install(system, debs, BEFORE)
    for name in NAMES:
        state = system.shell(f"systemctl show -p ActiveState,ConditionResult,UnitFileState {name}")
        need("ActiveState=inactive" in state and "ConditionResult=no" in state, f"{name} at first: {state}")
        need("UnitFileState=enabled" in state, f"{name} would not start with the system: {state}")
    said = system.shell("stat -c '%a %U' /var/lib/farmsight-agent /var/lib/farmsight-collector").split("\n")
    need(said[:2] == ["700 root", "700 farmsight-collector"], f"the folders are {said}")
    need(not system.shell("dpkg --verify farmsight-agent farmsight-collector"), "dpkg finds files changed")
    strangers = system.shell("cd /usr/lib/farmsight-agent/lib/common; ls -d farmsight_* sqlalchemy 2>/dev/null || true")
    need(strangers.split() == ["farmsight_agent", "farmsight_wire"], f"the agent's package holds {strangers}")


def serve(system: Booted, _debs: Path) -> None:
    """The collector is initialised and started by systemd, and says when it is ready."""
    system.run("farmsight-collector", "init", "--name", "127.0.0.1", "--farm", FARM)
    system.run("systemctl", "start", "farmsight-collector")
    state = system.shell("systemctl show -p ActiveState,SubState,StatusText,Type,User farmsight-collector")
    need("ActiveState=active" in state and "Type=notify" in state, f"the collector: {state}")
    owners = system.shell("find /var/lib/farmsight-collector ! -user farmsight-collector").split()
    need(not owners, f"root owns {owners} of the collector's folder")
    need("token=" not in system.shell("journalctl -u farmsight-collector --no-pager"), "the journal tells the way in")


def enrol(system: Booted, _debs: Path) -> None:
    """A server is enrolled, its agent started by systemd, and its first report seen."""
    made = system.run("farmsight-collector", "token", "create", "--farm", FARM, "--role", "proxy", "--json").stdout
    token = json.loads(made)["token"]
    command = ("farmsight-agent", "enroll", "--token", "-", "--collector", "127.0.0.1:7443", "--name", "PROXY01")
    system.run(*command, given=token + "\n")
    (system.root / f"{STATE.lstrip('/')}/agent.toml").open("a").write(SETTINGS)
    (system.root / "etc/systemd/system/web.service").write_text(WEB)
    (system.root / "srv/ca.crl").write_bytes(b"\x30\x03\x02\x01\x00")
    system.shell("systemctl daemon-reload; systemctl start web farmsight-agent")
    server = _server(system, lambda one: one["agent_version"] == BEFORE and one["facts"] > 5)
    need(server["role"] == "proxy", f"the collector knows {server}")
    state = system.shell("systemctl show -p ActiveState,NRestarts farmsight-agent")
    need("ActiveState=active" in state and "NRestarts=0" in state, f"the agent: {state}")


def observe(system: Booted, _debs: Path) -> None:
    """In its sandbox the agent sees exactly what root sees outside of it, also as another account."""
    outside = _collected(system, "outside", sandboxed=False)
    inside = _collected(system, "inside", sandboxed=True)
    probes = [{(one["probe"], one["outcome"], one["reason"]) for one in each["probes"]} for each in (outside, inside)]
    need(probes[0] == probes[1], f"outcomes differ in the sandbox: {sorted(probes[0] ^ probes[1], key=str)}")
    wanted, seen = ({(one["kind"], one["context"], one["key"]) for one in each["facts"]} for each in (outside, inside))
    lost = {one for one in wanted - seen if one[0] != "event"}
    need(not lost, f"not seen in the sandbox: {sorted(lost, key=str)}")
    fetched = [one for one in inside["facts"] if one["kind"] == "retrieval" and one["context"] == "proxy-service"]
    need(fetched, "nothing was fetched as the proxy's account")
    web = [one for one in inside["facts"] if one["kind"] == "listener" and one["key"] == "127.0.0.1:8080"]
    need(web and "python" in json.dumps(web[0]), f"the process behind another account's listener is not told: {web}")
    sys.stdout.write(f"          {len(seen)} facts; as www-data: {[one['key'] for one in fetched]}\n")


def confine(system: Booted, _debs: Path) -> None:
    """systemd's own marks for both units, and the rights that they have left."""
    for name in NAMES:
        said = system.shell(f"systemd-analyze security --no-pager {name} | tail -1").strip()
        rights = system.shell(f"grep -E 'CapEff|Seccomp:' /proc/$(systemctl show -P MainPID {name})/status").split()
        sys.stdout.write(f"          {said.lstrip('→ ')}; {' '.join(rights)}\n")
        need("UNSAFE" not in said and "EXPOSED" not in said, said)


def upgrade(system: Booted, debs: Path) -> None:
    """A newer version takes over: restarted, the same identity, the same spool, nothing lost."""
    before = _kept(system)
    edited = "/etc/default/farmsight-agent"
    system.shell(f"echo '# mine' >> {edited}")
    install(system, debs, AFTER)
    _server(system, lambda one: one["agent_version"] == AFTER)
    need(_kept(system) == before, f"identity, spool or CA are not what they were: {before} {_kept(system)}")
    need("# mine" in system.shell(f"cat {edited}"), "a changed setting was lost")
    failed = system.shell("systemctl list-units --failed --no-legend --plain 'farmsight*'")
    need(not failed, f"a unit failed: {failed}")
    stale = system.shell("find /usr/lib/farmsight-* -name 'farmsight-0.1.0*'")
    need(not stale, f"left of the older version: {stale}")


def leave(system: Booted, _debs: Path) -> None:
    """Removal stops the services and keeps identity and store; purge takes all of it."""
    system.run("dpkg", "-r", *NAMES)
    need(not system.shell("pgrep -f 'farmsight_(agent|collector)' || true"), "something still runs")
    system.shell(f"test -s {STATE}/spool.db && test -s /var/lib/farmsight-collector/store.db")
    need(not system.shell("ls -d /usr/lib/farmsight-* 2>/dev/null || true"), "files are left below /usr/lib")
    system.run("dpkg", "-P", *NAMES)
    left = system.shell("find / -xdev -name '*farmsight*' ! -path '/proc/*' ! -path '/var/log/journal/*' 2>/dev/null")
    need(not left.strip(), f"left after the purge: {left}")


def _server(system: Booted, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    until = time.monotonic() + 240
    servers: list[dict[str, Any]] = []
    while time.monotonic() < until:
        done = system.run("farmsight", "status", "--json", check=False)
        if done.returncode in {0, 1}:
            told = json.loads(done.stdout)
            servers = [server for farm in told.get("farms", [told]) for server in farm.get("servers", [])]
            for server in servers:
                if fits(server):
                    return server
        time.sleep(1.0)
    log = system.run("journalctl", "-u", "farmsight-agent", "-n", "40", "--no-pager", check=False).stdout
    raise CheckError(f"the server was not seen as it should be: {servers} {done.stderr}\n{log}")


def _collected(system: Booted, name: str, *, sandboxed: bool) -> dict[str, Any]:
    collect = f"/usr/bin/farmsight-agent collect --config {STATE}/agent.toml --output {STATE}/{name}.json"
    if sandboxed:
        unit = system.root / "usr/lib/systemd/system/farmsight-agent.service"
        lines = []
        for line in unit.read_text().splitlines():
            key = line.partition("=")[0]
            if key == "ExecStart":
                lines.append(f"ExecStart={collect}")
            elif key == "Type":
                lines.append("Type=oneshot")
            elif key not in {"Restart", "WatchdogSec"}:
                lines.append(line)
        (system.root / "etc/systemd/system/inside.service").write_text("\n".join(lines))
        system.shell("systemctl daemon-reload; systemctl start inside; rm /etc/systemd/system/inside.service")
    else:
        system.shell(collect)
    found: dict[str, Any] = json.loads(system.shell(f"cat {STATE}/{name}.json"))
    return found


def _kept(system: Booted) -> str:
    return system.shell(
        f"cd {STATE}/identity; sha256sum $(ls | grep -v '\\.new$' | grep -i key);"
        " sha256sum /var/lib/farmsight-collector/ca.key;"
        ' P=$(ls /usr/bin/python3.1? | head -1); $P -c "import sqlite3;'
        f"print(sqlite3.connect('file:{STATE}/spool.db?mode=ro', uri=True).execute("
        '\'select value from meta where key like \\"%epoch%\\"\').fetchall())" 2>/dev/null || true'
    )


if __name__ == "__main__":
    sys.exit(main())
