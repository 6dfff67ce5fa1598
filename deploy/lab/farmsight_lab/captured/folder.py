"""The files of a whole farm: which there are, by whose name, and how they lie in a folder or in zips."""

import os
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from farmsight_lab.captured import script, tenant
from farmsight_lab.captured.encoding import encoded
from farmsight_lab.captured.outputs import outputs
from farmsight_lab.captured.plan import Plan
from farmsight_lab.farm.evidence import TENANT_SEEN_FROM
from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.names import DOMAIN

Files = Mapping[str, bytes]

# Who did not collect the one did not collect the others: they come from the same cmdlets.
_TOLD_ALIKE: Final = {
    "adfs.json": ("authprovider.txt", "claimstrust.txt", "rptrust.txt"),
    "entra.json": ("entra_trustedca.txt", f"entra_federation_{DOMAIN}.txt"),
}


def farm_files(farm: Farm, plan: Plan) -> dict[str, Files]:
    """Return the files of every server by server; the tenant's are with the server that it is seen from."""
    return {name: server_files(farm, server, plan) for name, server in farm.servers.items()}


def server_files(farm: Farm, server: Server, plan: Plan) -> Files:
    """Return a server's files by name, but for those that nobody collected."""
    style = plan.style_of(server.name)
    found: dict[str, bytes] = {}
    for output in outputs(farm, server, plan):
        found[f"{server.name}_{output.name}"] = encoded(output.text, style.encoding, style.words)
    if plan.script:
        for name, data in (script.documents(farm, server, style) | script.stores(farm, server)).items():
            found[f"{server.name}_{name}"] = data
        found |= script.given(farm, plan)
    if server.name == TENANT_SEEN_FROM:
        found |= tenant_files(farm, plan)
    missing = _missing(server)
    return {name: data for name, data in found.items() if name not in missing}


def tenant_files(farm: Farm, plan: Plan) -> dict[str, bytes]:
    """Return the tenant's files: Graph's answers, and what the older cmdlets print."""
    found: dict[str, bytes] = {}
    if farm.entra is None:
        return found
    if plan.script:
        found["entra.json"] = script.as_json(farm.entra)
    if plan.article:
        style = plan.style_of(TENANT_SEEN_FROM)
        texts = {
            "entra_trustedca.txt": tenant.trusted_cas(farm.entra, style.width),
            f"entra_federation_{DOMAIN}.txt": tenant.federation(farm.entra, DOMAIN, style.width),
        }
        found |= {n: encoded(t, style.encoding, style.words) for n, t in texts.items() if t is not None}
    return found


def _missing(server: Server) -> set[str]:
    missing = set(server.missing)
    for name, others in _TOLD_ALIKE.items():
        for own in (name, f"{server.name}_{name}"):
            if own in server.missing:
                missing |= {own.replace(name, other) for other in others}
    return missing


def write(files: Mapping[str, Files], to: Path, at: datetime, *, flat: bool = False, zipped: bool = False) -> None:
    """Write the files of servers: a folder each, or all in one; zipped: one zip each, or one for all.

    Files of the same names are replaced, others are left alone. All bear the time `at`.
    """
    to.mkdir(parents=True, exist_ok=True)
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    parts = {"": {name: data for held in files.values() for name, data in held.items()}} if flat else files
    for server, held in parts.items():
        if zipped:
            _write_zip(to / (f"farmsight-{server}-{stamp}.zip" if server else "evidence.zip"), held, at)
        else:
            _write_folder(to / server, held, at)


def _write_folder(folder: Path, files: Files, at: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / name
        path.write_bytes(data)
        os.utime(path, (at.timestamp(), at.timestamp()))


def _write_zip(path: Path, files: Files, at: datetime) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            moment = at.astimezone(UTC)
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    os.utime(path, (at.timestamp(), at.timestamp()))
