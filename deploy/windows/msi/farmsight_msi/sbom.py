"""The software bill of materials: CycloneDX 1.6 (ECMA-424) as JSON, the same bytes for the same parts."""

import json
from datetime import datetime
from typing import Any

from farmsight_msi.product import Product
from farmsight_msi.tree import Tree
from farmsight_msi.wheels import Wheel


def sbom(product: Product, tree: Tree, at: datetime) -> str:
    """Return the document for a package's parts."""
    own = _own(product)
    parts = [_cpython(tree), *_libraries(tree), *(_wheel(wheel) for wheel in tree.wheels)]
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{product.code('sbom', json.dumps(parts)).strip('{}').lower()}",
        "version": 1,
        "metadata": {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": own},
        "components": parts,
        "dependencies": [{"ref": own["bom-ref"], "dependsOn": [part["bom-ref"] for part in parts]}],
    }
    return json.dumps(document, indent=1) + "\n"


def _own(product: Product) -> dict[str, Any]:
    reference = f"pkg:generic/farmsight-agent@{product.version}"
    return {
        "type": "application",
        "bom-ref": reference,
        "name": "farmsight-agent",
        "version": product.version,
        "purl": reference,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }


def _cpython(tree: Tree) -> dict[str, Any]:
    found = tree.interpreter
    reference = f"pkg:generic/cpython@{found.version}"
    return {
        "type": "platform",
        "bom-ref": reference,
        "name": "CPython",
        "version": found.version,
        "description": f"embeddable package for Windows, from {found.source}",
        "hashes": [{"alg": "SHA-256", "content": found.sha256}],
        "licenses": [{"license": {"id": "PSF-2.0"}}],
        "purl": reference,
    }


def _libraries(tree: Tree) -> list[dict[str, Any]]:
    """Return what lies inside the interpreter and is attacked on its own account."""
    if not tree.interpreter.openssl:
        return []
    reference = f"pkg:generic/openssl@{tree.interpreter.openssl}"
    return [
        {
            "type": "library",
            "bom-ref": reference,
            "name": "OpenSSL",
            "version": tree.interpreter.openssl,
            "description": "inside the interpreter's package",
            "licenses": [{"license": {"id": "Apache-2.0"}}],
            "purl": reference,
        }
    ]


def _wheel(wheel: Wheel) -> dict[str, Any]:
    reference = f"pkg:pypi/{wheel.name}@{wheel.version}"
    licence = wheel.licence.splitlines()[0] if wheel.licence else ""
    return {
        "type": "library",
        "bom-ref": reference,
        "name": wheel.name,
        "version": wheel.version,
        "description": wheel.file,
        "hashes": [{"alg": "SHA-256", "content": wheel.sha256}],
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
        "purl": reference,
    }
