"""What a Windows package is made of, as its bill of materials tells it."""

import json
from datetime import datetime
from typing import Any

from farmsight_msi.product import Product
from farmsight_msi.tree import Tree
from farmsight_msi.wheels import Wheel
from farmsight_packaging.sbom import application, document


def sbom(product: Product, tree: Tree, at: datetime) -> str:
    """Return the document for a package's parts."""
    reference = f"pkg:generic/farmsight-agent@{product.version}"
    own = application("farmsight-agent", product.version, reference)
    parts = [_cpython(tree), *_libraries(tree), *(_wheel(wheel) for wheel in tree.wheels)]
    serial = product.code("sbom", json.dumps(parts)).strip("{}").lower()
    return document(own, parts, serial, at)


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
