"""The Windows agent's package: what its tables promise, what it holds, that it is the same each time it is built."""

import hashlib
import json
import subprocess
import time
import zipfile
from datetime import datetime
from email.parser import HeaderParser
from pathlib import Path

import pytest

from farmsight_agent.service.windows import about
from farmsight_msi import interpreter, package, product, signatures
from farmsight_packaging.building import BuildError
from tests.fakes import msi

pytestmark = pytest.mark.timeout(600)  # the first one builds
AS_SYSTEM, HIDDEN, IN_ROLLBACK, GOES_ON = 1024 | 2048, 8192, 256, 64


@pytest.fixture(scope="module")
def built() -> Path:
    if reason := msi.missing():
        pytest.skip(f"the Windows package: {reason}")
    return msi.built(msi.NOW)


@pytest.fixture(scope="module")
def files(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return msi.extracted(built, tmp_path_factory.mktemp("files"))


def by(rows: list[dict[str, str]], name: str) -> dict[str, dict[str, str]]:
    return {row[name]: row for row in rows}


def properties(built: Path) -> dict[str, str]:
    return {row["Property"]: row["Value"] for row in msi.rows(built, "Property")}


def order(built: Path) -> dict[str, int]:
    return {row["Action"]: int(row["Sequence"]) for row in msi.rows(built, "InstallExecuteSequence")}


def test_the_product_is_known_by_the_code_that_never_changes(built: Path) -> None:
    held = properties(built)

    assert held["UpgradeCode"] == "{79C99112-A0D7-5EB6-988C-01CD691B244E}"
    assert (held["ProductName"], held["ProductVersion"], held["ALLUSERS"]) == ("farmsight agent", "0.1.0", "1")
    assert held["ProductCode"] != properties(msi.built(msi.LATER))["ProductCode"]


def test_all_that_may_be_said_reaches_the_elevated_part_and_the_token_stays_out_of_the_log(built: Path) -> None:
    held = properties(built)

    assert set(held["SecureCustomProperties"].split(";")) >= {"COLLECTOR", "TOKEN", "ROLE", "NAME", "PROXY", "PURGE"}
    assert "TOKEN" in held["MsiHiddenProperties"].split(";")
    actions = by(msi.rows(built, "CustomAction"), "Action")
    naming = {name for name, row in actions.items() if "[TOKEN]" in row["Target"]}
    assert naming == {"Configure"}
    assert int(actions["Configure"]["Type"]) & HIDDEN
    for table in ("Registry", "ServiceInstall", "Environment"):
        assert "TOKEN" not in str(msi.rows(built, table))


def test_no_package_restarts_a_sign_in_server(built: Path) -> None:
    assert properties(built)["REBOOT"] == "ReallySuppress"


def test_the_service_is_the_one_that_the_agent_itself_installs(built: Path) -> None:
    service = msi.rows(built, "ServiceInstall")[0]
    control = msi.rows(built, "ServiceControl")[0]

    assert (service["Name"], service["DisplayName"]) == (about.NAME, about.DISPLAY_NAME)
    assert (service["ServiceType"], service["StartType"]) == ("16", "2")  # a process of its own, automatic
    assert service["StartName"] == ""  # LocalSystem
    assert about.PROCESS in service["Arguments"]
    assert r'--config "[StateFolder]agent.toml"' in service["Arguments"]
    assert int(control["Event"]) == 1 | 2 | 32 | 128
    assert control["Wait"] == "1"
    python = by(msi.rows(built, "Component"), "Component")[service["Component_"]]["KeyPath"]
    assert by(msi.rows(built, "File"), "File")[python]["FileName"] == "python.exe"


def test_recovery_access_and_enrolment_are_the_agents_own_work_as_system(built: Path) -> None:
    actions = by(msi.rows(built, "CustomAction"), "Action")
    when = order(built)

    for name, step, flags in (("Configure", "configure", 0), ("Undo", "undo", IN_ROLLBACK), ("Leave", "leave", 0)):
        assert f"farmsight_agent.service.windows.package {step} " in actions[name]["Target"]
        assert int(actions[name]["Type"]) & (AS_SYSTEM | flags) == AS_SYSTEM | flags
    assert when["InstallServices"] < when["Undo"] < when["Configure"] < when["StartServices"]
    assert when["StopServices"] < when["Leave"] < when["RemoveFiles"]
    assert not int(actions["Configure"]["Type"]) & GOES_ON, "what is wrong on the server itself ends the installation"
    assert int(actions["Leave"]["Type"]) & GOES_ON, "a removal is never held up"


def test_an_older_version_is_replaced_within_the_transaction_and_a_newer_one_never(built: Path) -> None:
    older, newer = sorted(msi.rows(built, "Upgrade"), key=lambda row: row["ActionProperty"], reverse=True)
    when = order(built)
    conditions = {row["Condition"]: row["Description"] for row in msi.rows(built, "LaunchCondition")}

    assert (older["ActionProperty"], older["VersionMax"], int(older["Attributes"]) & 512) == (
        "OLDERFOUND",
        "0.1.0",
        512,
    )
    assert (newer["ActionProperty"], newer["VersionMin"], newer["Attributes"]) == ("NEWERFOUND", "0.1.0", "2")
    assert when["InstallInitialize"] < when["RemoveExistingProducts"] < when["ProcessComponents"]
    assert "A newer farmsight agent is installed already" in conditions["NOT NEWERFOUND"]


def test_a_server_that_nobody_knows_needs_an_address_and_a_token(built: Path) -> None:
    conditions = {row["Condition"]: row["Description"] for row in msi.rows(built, "LaunchCondition")}

    text = conditions["Installed OR OLDERFOUND OR IDENTITYFOUND OR (COLLECTOR AND TOKEN)"]
    assert "COLLECTOR=HOST:PORT and TOKEN=fs1...." in text
    assert msi.rows(built, "DrLocator")[0]["Path"] == r"[CommonAppDataFolder]farmsight-agent\identity"


def test_the_event_source_and_the_command_come_and_go_with_the_package(built: Path) -> None:
    keys = {(row["Key"], row["Name"]): row["Value"] for row in msi.rows(built, "Registry")}
    source = r"SYSTEM\CurrentControlSet\Services\EventLog\Application\farmsight-agent"

    assert keys[source, "EventMessageFile"] == f"#%{about.EVENT_MESSAGES}"
    assert keys[source, "TypesSupported"] == "#7"
    assert keys[r"SOFTWARE\farmsight\agent", "Version"] == "0.1.0"
    assert [row["Name"] for row in msi.rows(built, "Environment")] == ["=-*PATH"]


def test_every_file_belongs_to_a_component_of_this_build_alone(built: Path) -> None:
    components = by(msi.rows(built, "Component"), "Component")
    later = {row["ComponentId"] for row in msi.rows(msi.built(msi.LATER), "Component")}
    placed = msi.rows(built, "File")

    assert {row["Component_"] for row in placed} <= set(components)
    assert {row["ComponentId"] for row in components.values()}.isdisjoint(later)
    assert sorted(int(row["Sequence"]) for row in placed) == list(range(1, len(placed) + 1))
    assert {row["Component_"] for row in msi.rows(built, "FeatureComponents")} == set(components)


def test_the_agent_is_in_it_and_nothing_of_the_collector(files: Path) -> None:
    site = files / "runtime/Lib/site-packages"
    found = {entry.name.lower() for entry in site.iterdir()}

    assert {"farmsight_agent", "farmsight_wire", "grpc", "cryptography", "psutil", "win32"} <= found
    for name in ("farmsight_collector", "farmsight_lab", "pip", "setuptools", "sqlalchemy", "starlette", "pythonwin"):
        assert not [one for one in found if one.startswith(name)]
    assert (files / "bin/farmsight-agent.cmd").read_bytes().endswith(b"-I -m farmsight_agent.cli %*\r\n")
    assert (files / "runtime/Lib/site-packages/farmsight_agent/hosts/windows/programs/scripts/adfs.ps1").exists()


def test_every_module_is_compiled_for_the_interpreter_that_runs_it(files: Path) -> None:
    site = files / "runtime/Lib/site-packages"
    for source in (site / "farmsight_agent").rglob("*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-311.pyc"
        assert compiled.exists(), source
        assert compiled.read_bytes()[4:8] == b"\x01\0\0\0", "unchecked by hash: nothing is written there again"


def test_what_it_is_made_of_is_told_inside_and_beside(built: Path, files: Path) -> None:
    document = json.loads((files / "sbom.cdx.json").read_bytes())
    parts = {part["name"]: part for part in document["components"]}

    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert built.with_suffix(".cdx.json").read_bytes() == (files / "sbom.cdx.json").read_bytes()
    for about_file in (files / "runtime/Lib/site-packages").glob("*.dist-info/METADATA"):
        told = HeaderParser().parsestr(about_file.read_text(encoding="utf-8"))
        name = told["Name"].lower().replace("_", "-")
        if name != "farmsight":
            assert parts[name]["version"] == told["Version"]
            assert parts[name]["hashes"][0]["alg"] == "SHA-256"
    assert parts["CPython"]["version"] == "3.11.9"
    assert parts["OpenSSL"]["version"].startswith("3.")


def test_every_licence_lies_in_it_and_beside_it(built: Path, files: Path) -> None:
    names = {file.stem for file in (files / "licences").iterdir()}
    beside = built.with_suffix(".licences.txt").read_text(encoding="utf-8")

    assert {"farmsight", "cpython", "grpcio", "cryptography", "protobuf", "psutil", "pywin32", "pyopenssl"} <= names
    for name in names:
        assert f"==== {name} ====" in beside
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in (files / "licences/cpython.txt").read_text(encoding="utf-8")


def test_the_checksum_beside_it_is_its_own(built: Path) -> None:
    told, name = built.with_suffix(".msi.sha256").read_text(encoding="ascii").split()
    assert (told, name) == (hashlib.sha256(built.read_bytes()).hexdigest(), built.name)


def test_two_builds_are_the_same_bytes(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = json.loads(built.with_suffix(".cdx.json").read_bytes())["metadata"]["timestamp"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(datetime.fromisoformat(at).timestamp())))
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    time.tzset()
    try:
        again = package.build(package.Wanted(out=tmp_path, version=msi.NOW))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert again.file.read_bytes() == built.read_bytes()


@pytest.mark.parametrize("version", ["0.2.0rc1", "1.2", "1.256.0", "1.2.65536"])
def test_a_version_that_windows_would_confuse_with_another_is_refused(version: str) -> None:
    with pytest.raises(BuildError, match=r"MAJOR\.MINOR\.PATCH"):
        _ = product.product(version).numbers


@pytest.fixture(scope="module")
def official(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a zip as python.org hands it out: the runtime's own files, flat."""
    made = tmp_path_factory.mktemp("official") / "python-3.11.9-embed-amd64.zip"
    with zipfile.ZipFile(made, "w") as zipped:
        for file in sorted((files / "runtime").iterdir()):
            if file.is_file() and not file.name.startswith(("pythoncom", "pywintypes")):
                zipped.write(file, file.name)
    return made


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_an_operators_own_runtime_is_taken_by_hash_and_signature(official: Path, tmp_path: Path) -> None:
    found = interpreter.interpreter(tmp_path / "runtime", official, sha256(official).upper(), None)

    assert (found.version, found.minor, found.sha256) == ("3.11.9", (3, 11), sha256(official))
    assert [remark for remark in found.remarks if "Python Software Foundation" in remark] == []


def test_a_runtime_without_its_hash_or_with_another_is_refused(official: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="RUNTIME_SHA256"):
        interpreter.interpreter(tmp_path / "one", official, "", None)
    with pytest.raises(BuildError, match="not the file that was meant"):
        interpreter.interpreter(tmp_path / "two", official, "0" * 64, None)


def test_a_runtime_with_one_changed_byte_is_refused_whoever_states_its_hash(official: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(official) as source, zipfile.ZipFile(changed, "w") as target:
        for entry in source.infolist():
            data = bytearray(source.read(entry))
            if entry.filename == "_socket.pyd":
                data[0x800] ^= 1
            target.writestr(entry, bytes(data))

    with pytest.raises(BuildError, match=r"_socket\.pyd of the runtime is not soundly signed"):
        interpreter.interpreter(tmp_path / "runtime", changed, sha256(changed), None)


def test_what_is_no_embeddable_package_is_refused(tmp_path: Path) -> None:
    for name, inside in (("a", "../python.exe"), ("b", "Lib/os.py"), ("c", "readme.txt")):
        wrong = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(wrong, "w") as zipped:
            zipped.writestr(inside, b"x")
        with pytest.raises(BuildError, match="not an embeddable package"):
            interpreter.interpreter(tmp_path / name, wrong, sha256(wrong), None)


def test_an_authenticode_signature_has_its_place(built: Path, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/O=Contoso/CN=Contoso",
    )
    usage = ("-addext", "extendedKeyUsage=codeSigning", "-addext", "basicConstraints=critical,CA:FALSE")
    subprocess.run([*request, *usage, "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    copy = tmp_path / built.name
    copy.write_bytes(built.read_bytes())

    signatures.sign(copy, f"-certs {certificate} -key {key}", "farmsight agent")

    found = signatures.signature(copy, certificate)
    assert found is not None
    assert (found.publisher, found.trusted) == ("Contoso", True)
    assert signatures.signature(built) is None
    assert properties(copy) == properties(built)
