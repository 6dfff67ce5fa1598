"""Evidence as it lies in folders: the lab's captured files, and small outputs written by hand."""

import io
import json
import os
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

from farmsight_agent.evidence import Evidence, open_evidence
from farmsight_lab.captured.folder import Files, farm_files
from farmsight_lab.captured.plan import Plan, Style
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, OUTCOME_NAMES
from tests.lab.captured_farms import farm_of

Content = TypeVar("Content", bytes, str)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SERVERS = ("STS01", "STS02", "WAP01", "WAP02")
URLACL = (
    "\r\nURL Reservations:\r\n-----------------\r\n\r\n"
    "    Reserved URL            : https://+:443/adfs/ \r\n        User: NT SERVICE\\adfssrv\r\n"
    "            Listen: Yes\r\n            Delegate: Yes\r\n"
    "            SDDL: D:(A;;GA;;;S-1-5-80-2246541699-21809830-3603976364-117610243-975697593) \r\n\r\n\r\n"
)
WINHTTP = "\r\nCurrent WinHTTP proxy settings:\r\n\r\n    Direct access (no proxy server).\r\n\r\n"
IPLISTEN = "\r\nIP addresses present in the IP listen list:\r\n-------------------------------------------\r\n\r\n"
PLAIN = {"urlacl.txt": URLACL, "winhttp.txt": WINHTTP, "iplisten.txt": IPLISTEN}


@cache
def lab(scenario: str = "healthy", form: str = "both", **style: str) -> Mapping[str, Files]:
    """Return the files of the lab's farm by server, as `farmsight lab evidence` writes them."""
    return farm_files(farm_of(scenario), Plan(form=form, style=Style(**style)))


def texts(server: str, *endings: str, **style: str) -> dict[str, bytes]:
    """Return what commands printed on a server, by the files' names; of these endings where any are given."""
    held = lab(form="article", **style)[server]
    return {name: data for name, data in held.items() if name.endswith(endings or ".txt")}


def everything() -> dict[str, bytes]:
    """Return the files of all the lab's servers, each server's in a folder of its own."""
    return {name: data for server in SERVERS for name, data in below(server, lab()[server]).items()}


def below(folder: str, files: Mapping[str, Content]) -> dict[str, Content]:
    """Return the files with a folder in front of their names."""
    return {f"{folder}/{name}": data for name, data in files.items()}


def host(computer: str, at: str = "2026-11-23T10:00:00Z") -> str:
    """Return a host's JSON that says no more than whose it is and when it was written."""
    return json.dumps({"CollectedAt": at, "ComputerSystem": {"Name": computer}, "Services": [], "Stores": []})


def written(folder: Path, files: Mapping[str, bytes | str], at: datetime = NOW) -> Path:
    """Write files, whose names may hold folders, with a date; return the folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        os.utime(path, (at.timestamp(), at.timestamp()))
    return folder


def zipped(files: Mapping[str, bytes | str], at: datetime = NOW) -> bytes:
    """Return a zip file of these."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), data)
    return buffer.getvalue()


def opened(folder: Path, files: Mapping[str, bytes | str], taken: datetime = NOW, /, **given: object) -> Evidence:
    """Write files and look at the folder."""
    return open_evidence([written(folder, files, taken)], **given)


def whose(evidence: Evidence) -> dict[str, set[str]]:
    """Return the files by server, without their folders."""
    return {one.name: {name.rpartition("/")[2] for name in one.files} for one in evidence.servers}


def reasons(evidence: Evidence) -> dict[str, str]:
    """Return why files were left over, by name."""
    return {one.file: one.reason for one in evidence.leftovers}


def states(evidence: Evidence, server: str, go: int = -1) -> dict[str, tuple[str, str]]:
    """Return outcome and reason of each part of a server's round by "probe/part/context"."""
    one = next(found for found in evidence.servers if found.name == server)
    return {
        "/".join(filter(None, (report.probe, report.part, CONTEXT_NAMES[report.context]))): (
            OUTCOME_NAMES[report.outcome],
            report.reason,
        )
        for report in evidence.reported(one, one.rounds[go]).reports
    }
