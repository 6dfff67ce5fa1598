"""Authenticode: who signed a file, and signing what nobody has (osslsigncode does both)."""

import re
import shlex
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from farmsight_packaging.building import BuildError, run

PUBLISHERS: Final = ("Python Software Foundation", "Microsoft Corporation")
EXECUTABLE: Final = frozenset({".exe", ".dll", ".pyd"})
_DIGESTS: Final = re.compile(r"^(?:Current|Calculated) message digest\s*: ([0-9A-F]{40,})", re.MULTILINE)
_SIGNER: Final = re.compile(r"Signer #0:\s+Subject: (/.*)")
_ORGANISATION: Final = re.compile(r"/O=([^/]+)")


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What one file's signature says; `trusted` is None where its root is not among the known ones."""

    publisher: str
    intact: bool
    trusted: bool | None


def signature(file: Path, authorities: Path | None = None) -> Signature | None:
    """Return a file's signature, checked as of its timestamp; None where it has none. Raises BuildError.

    Nothing is asked of the network: revocation is not looked at, the pinned
    SHA-256 stands against a stolen key. `authorities` is a file of trusted
    roots (PEM) in place of this system's.
    """
    trusting = ("-CAfile", str(authorities), "-TSA-CAfile", str(authorities)) if authorities else ()
    command = ["osslsigncode", "verify", *_offline(), *trusting, "-in", str(file)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    signer = _SIGNER.search(said)
    if "No signature found" in said or signer is None:
        return None
    organisation = _ORGANISATION.search(signer.group(1))
    digests = _DIGESTS.findall(said)
    unknown_root = "unable to get local issuer certificate" in said or "self-signed certificate in" in said
    return Signature(
        publisher=organisation.group(1) if organisation else signer.group(1),
        intact=len(digests) >= 2 and digests[0] == digests[1],
        trusted=True if done.returncode == 0 else None if unknown_root else False,
    )


@cache
def _offline() -> tuple[str, ...]:
    """Return the options that keep it off the network; before 2.6 it never asks for a CRL, and has none."""
    try:
        known = subprocess.run(
            ["osslsigncode", "verify", "--help"], capture_output=True, timeout=60, check=False
        ).stdout
    except FileNotFoundError as error:
        raise BuildError("osslsigncode is not installed; `sh tests/setup.sh` installs what the build needs") from error
    return tuple(option for option in ("-ignore-cdp", "-ignore-crl") if option.encode() in known)


def sign(file: Path, arguments: str, about: str) -> None:
    """Sign a file in place, with these arguments of `osslsigncode sign`. Raises BuildError."""
    signed = file.with_name(file.name + ".signed")
    try:
        told = shlex.split(arguments)
    except ValueError as error:
        raise BuildError(f"SIGN can't be read: {error}") from error
    run("osslsigncode", "sign", *told, "-h", "sha256", "-n", about, "-in", file, "-out", signed)
    signed.replace(file)
