"""The software bill of materials: CycloneDX 1.6 (ECMA-424) as JSON, the same bytes for the same parts."""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from farmsight_packaging.wheels import Wheel


def sbom(name: str, version: str, purl: str, wheels: Iterable[Wheel], at: datetime) -> str:
    """Return the document of a package that is made of these wheels; one that comes in several files is one part."""
    parts = _parts(wheels)
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([purl, parts]))
    return document(application(name, version, purl), parts, str(serial), at)


def application(name: str, version: str, purl: str) -> dict[str, Any]:
    """Return the component that a package itself is."""
    return {
        "type": "application", "bom-ref": purl, "name": name, "version": version, "purl": purl,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }  # fmt: skip


def document(own: dict[str, Any], parts: list[dict[str, Any]], serial: str, at: datetime) -> str:
    """Return the document of a package and its parts; `serial` is a UUID that the same parts always get."""
    told = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": own},
        "components": parts,
        "dependencies": [{"ref": own["bom-ref"], "dependsOn": [part["bom-ref"] for part in parts]}],
    }
    return json.dumps(told, indent=1) + "\n"


def _parts(wheels: Iterable[Wheel]) -> list[dict[str, Any]]:
    together: dict[tuple[str, str], list[Wheel]] = {}
    for wheel in wheels:
        together.setdefault((wheel.name, wheel.version), []).append(wheel)
    return [_part(name, version, files) for (name, version), files in sorted(together.items())]


def _part(name: str, version: str, files: list[Wheel]) -> dict[str, Any]:
    reference, licence = f"pkg:pypi/{name}@{version}", files[0].licence
    return {
        "type": "library",
        "bom-ref": reference,
        "name": name,
        "version": version,
        "purl": reference,
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
        # A hash is of one file: where several serve several versions of Python, each is a part of this one.
        "components": [
            {
                "type": "file",
                "bom-ref": f"{reference}#{file}",
                "name": file,
                "hashes": [{"alg": "SHA-256", "content": sha256}],
            }
            for file, sha256 in sorted({one.file: one.sha256 for one in files}.items())
        ],
    }
