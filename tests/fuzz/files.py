"""Targets that take files: documents, exported stores, archives, and a whole folder of evidence."""

import tempfile
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from farmsight_agent import evidence
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.intake.files import EvidenceFile, IntakeLimits, walk
from farmsight_agent.hosts.evidence.intake.private_keys import private_key_line
from farmsight_agent.hosts.evidence.stores import exported
from farmsight_agent.normalise.certificates import certificate_summary
from farmsight_agent.normalise.crls import crl_summary
from farmsight_agent.outcome import NotObservedError
from farmsight_collector.offline.analysis import analysed
from farmsight_collector.offline.document import document
from farmsight_collector.offline.reading import EvidenceError, Request, key_in
from farmsight_collector.offline.user_certificate import UserCertificateError, found_in
from farmsight_collector.pki import certificates
from farmsight_wire.v1 import telemetry_pb2
from tests.fuzz.checks import expect, reasoned, sound, within

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DOCUMENTS = (
    "STS01_host.json", "STS01_adfs.json", "WAP01_wap.json", "entra.json", "collected.json", "STS01_export.json",
    "STS01_Get-AdfsProperties.json",
)  # fmt: skip
STORES = ("WAP01_store_root.pem", "WAP01_store_ca.p7b", "WAP01_store_my.sst", "usercert.cer")
LONGEST_REFUSAL = 3000
BUGS = frozenset({"probe-failed", "not-reportable", "reader-failed"})
SMALL = IntakeLimits(max_file_bytes=1 << 20, max_unpacked_bytes=8 << 20, ratio_from=1 << 16, max_members=500)


def documents(data: bytes) -> None:
    """Any JSON under any name gives facts that can travel, or a reason, from every probe."""
    name, content = _named(DOCUMENTS, data)
    with tempfile.TemporaryDirectory(prefix="farmsight-fuzz-") as folder, sound():
        (Path(folder) / name).write_bytes(content)
        _reports([Path(folder)], {name: content})


def stores(data: bytes) -> None:
    """Whatever lies in an exported store: certificates and CRLs with what they say of themselves, or a reason."""
    name, content = _named(STORES, data)
    text = Text(name=name, text=content.decode("latin-1"))
    exported.looks_exported(content)
    try:
        found = exported.read(name, content)
    except NotObservedError as error:
        reasoned(error, text)
        return
    expect(private_key_line(content) is None, "a file with a private key was read")
    for one in found:
        expect(1 <= one.line <= text.last_line, f"line {one.line} of {text.last_line}")
        read = crl_summary if one.is_crl else certificate_summary
        read(one.data, lambda kept: kept[:32]).SerializeToString()


def user_certificate(data: bytes) -> None:
    """A file gives one user's certificate or a refusal of few words; a private key, always a refusal that names it."""
    kind = key_in(data)
    try:
        given = found_in("user.cer", data)
    except UserCertificateError as error:
        expect(str(error).startswith("user.cer"), "a refusal that does not name the file")
        expect(len(str(error)) < LONGEST_REFUSAL, f"a refusal of {len(str(error))} characters")
        expect(kind in str(error), "a private key that is not named")
        return
    expect(not kind, "a file with a private key was taken")
    expect(isinstance(certificates.parse(given.der), certificates.Certificate), "what was taken is no certificate")
    expect(all(len(note) < LONGEST_REFUSAL for note in given.notes), "a note without an end")


def archives(data: bytes) -> None:
    """Any zip file is walked within bounds; each of its members is read or refused."""
    with tempfile.TemporaryDirectory(prefix="farmsight-fuzz-") as folder:
        path = Path(folder) / "STS01.zip"
        path.write_bytes(data)
        promised = 0
        for one in walk([path], limits=SMALL):
            printable = all(sign.isprintable() or unicodedata.category(sign) == "Zs" for sign in one.name)
            expect(printable, f"the name {one.name!r}")
            expect(".." not in one.name.split("/"), f"the name {one.name!r}")
            if not isinstance(one, EvidenceFile):
                continue
            try:
                read = len(one.read(SMALL.max_file_bytes))
            except NotObservedError as error:
                expect(error.source.startswith("evidence:"), "a refusal that names no file")
                continue
            promised += read
            expect(read <= SMALL.max_file_bytes, f"{read} bytes of a member")
            expect(promised <= SMALL.max_unpacked_bytes + len(data), f"{promised} bytes of all members")


def whole(folder_of: Callable[[], dict[str, bytes]]) -> Callable[[bytes], None]:
    """Return the target that analyses a small farm's folder with one file replaced: the first byte says which."""
    files: dict[str, bytes] = {}

    def run(data: bytes) -> None:
        files.update(files or folder_of())
        name, content = _named(tuple(sorted(files)), data)
        with tempfile.TemporaryDirectory(prefix="farmsight-fuzz-") as folder, sound():
            for other, held in files.items():
                (Path(folder) / other).write_bytes(content if other == name else held)
            _reports([Path(folder)], {**files, name: content})
            try:
                with analysed(Request(paths=(Path(folder),), roles={}), now=NOW) as found:
                    told = document(found)
            except EvidenceError as error:
                expect(bool(str(error)), "an error without a word")
                return
            expect(all("could not be taken" not in note for note in told["notes"]), "a report was refused")

    return run


def _named(names: tuple[str, ...], data: bytes) -> tuple[str, bytes]:
    return (names[data[0] % len(names)], data[1:]) if data else (names[0], b"")


def _reports(paths: list[Path], contents: dict[str, bytes]) -> None:
    found = evidence.open_evidence(paths, now=NOW)
    for left in found.leftovers:
        expect(left.reason not in BUGS, f"{left.file}: {left.detail}")
    texts = {name: Text(name=name, text=decode(content)[0]) for name, content in contents.items()}
    for server in found.servers:
        for go in server.rounds:
            for report in found.reported(server, go).reports:
                _sound(report, texts)


def _sound(report: telemetry_pb2.ProbeReport, texts: dict[str, Text]) -> None:
    where = f"{report.probe}/{report.part}"
    expect(report.reason not in BUGS, f"{where}: {report.detail}")
    report.SerializeToString()
    for entry in report.facts:
        for text in texts.values():
            within(text, entry.fact.source)
