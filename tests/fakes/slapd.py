"""A real directory (OpenLDAP's slapd) on loopback, with the entries that a CA publishes."""

import base64
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SUFFIX = "dc=contoso,dc=com"
PUBLIC = f"cn=Public Key Services,{SUFFIX}"
SLAPD = shutil.which("slapd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
MISSING = "slapd is not installed (package slapd)"
_RULES = f"""
access to dn.subtree="cn=Hidden,{SUFFIX}" by * none
access to dn.subtree="cn=Shut,{SUFFIX}" by * disclose
access to dn.subtree="cn=Half,{SUFFIX}" attrs=certificateRevocationList by * none
access to * by * read
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry below the suffix: its name, classes, and attributes as bytes or text."""

    name: str
    classes: Sequence[str]
    attributes: Mapping[str, Sequence[bytes | str]]

    def ldif(self) -> str:
        rows = [f"dn: {self.name}", *(f"objectClass: {one}" for one in self.classes)]
        for attribute, values in self.attributes.items():
            for value in values:
                plain = isinstance(value, str)
                shown = f": {value}" if plain else f":: {base64.b64encode(value).decode()}"
                rows.append(f"{attribute}{shown}")
        return "\n".join(rows) + "\n"


def point(name: str, **attributes: Sequence[bytes]) -> Entry:
    """Return a cRLDistributionPoint as AD CS makes one, with CRLs and deltas in binary."""
    return Entry(
        name=name,
        classes=("cRLDistributionPoint", *(("deltaCRL",) if "deltaRevocationList" in attributes else ())),
        attributes={f"{one};binary": values for one, values in attributes.items()},
    )


def authority(name: str, *certificates: bytes, pairs: Sequence[bytes] = ()) -> Entry:
    """Return an entry with a CA's certificates, all of them, and its cross certificates."""
    found: dict[str, Sequence[bytes | str]] = {}
    if certificates:
        found["cACertificate;binary"] = certificates
    if pairs:
        found["crossCertificatePair;binary"] = pairs
    return Entry(name=name, classes=("applicationProcess", "pkiCA"), attributes=found)


def referral(name: str, url: str) -> Entry:
    """Return an entry that only points to another directory."""
    return Entry(name=name, classes=("referral", "extensibleObject"), attributes={"ref": (url,)})


@contextmanager
def directory(folder: Path, entries: Sequence[Entry], *, anonymous: bool = True) -> Iterator[str]:
    """Run a directory and yield its "host:port"; what lies above an entry is made too."""
    assert SLAPD is not None, MISSING
    (folder / "data").mkdir(parents=True)
    settings = folder / "slapd.conf"
    settings.write_text(_settings(folder, anonymous=anonymous))
    (folder / "all.ldif").write_text("\n".join(one.ldif() for one in _with_parents(entries)))
    tool = str(Path(SLAPD).with_name("slapadd"))
    subprocess.run([tool, "-q", "-f", settings, "-l", folder / "all.ldif"], check=True, capture_output=True, timeout=60)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [SLAPD, "-d", "0", "-f", settings, "-h", f"ldap://127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            _wait(port, running)
            yield f"127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(20)


def _settings(folder: Path, *, anonymous: bool) -> str:
    lines = [
        "include /etc/ldap/schema/core.schema",
        "modulepath /usr/lib/ldap",
        "moduleload back_mdb",
        f"pidfile {folder}/slapd.pid",
        *([] if anonymous else ["disallow bind_anon", "require authc"]),
        "database mdb",
        "maxsize 268435456",
        f'suffix "{SUFFIX}"',
        f"directory {folder}/data",
    ]
    return "\n".join(lines) + _RULES


def _with_parents(entries: Sequence[Entry]) -> list[Entry]:
    top = Entry(name=SUFFIX, classes=("organization", "dcObject"), attributes={"o": ("Contoso",), "dc": ("contoso",)})
    made = {SUFFIX.lower(): top}
    for one in entries:
        below = one.name.removesuffix(f",{SUFFIX}").split(",")
        for at in range(len(below) - 1, 0, -1):
            name = ",".join([*below[at:], SUFFIX])
            parent = Entry(name=name, classes=("applicationProcess",), attributes={})
            made.setdefault(name.lower(), parent)
        made[one.name.lower()] = one
    return list(made.values())


def _wait(port: int, running: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert running.poll() is None, f"slapd ended with {running.returncode}"
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("slapd does not listen")
