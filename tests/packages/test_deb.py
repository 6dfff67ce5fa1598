"""The Debian packages: what they hold, in which modes, and that two builds are the same bytes.

`make deb-check` installs them on a system of its own.
"""

import hashlib
import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from farmsight_deb import package
from farmsight_deb.product import AGENT, COLLECTOR, PYTHONS, debian_version
from farmsight_packaging.building import BuildError, built_at
from farmsight_packaging.wheels import normal, pinned

ROOT = Path(__file__).parents[2]
DPKG = shutil.which("dpkg-deb")
needs_dpkg = pytest.mark.skipif(DPKG is None, reason="packages for Debian were not built: no dpkg-deb")


def said(*command: str | Path) -> str:
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[package.Built]:
    out = tmp_path_factory.mktemp("deb")
    try:
        ours = package.wheel(out)
        yield package.build(AGENT, ours, out, "0.9.0rc1", compress=package.QUICK)
    except BuildError as error:
        if "pip" not in str(error) and "uv" not in str(error):
            raise
        pytest.skip(f"packages for Debian were not built: {str(error)[-300:]}")


@pytest.fixture(scope="module")
def root(agent: package.Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("root")
    said("dpkg-deb", "--raw-extract", agent.file, folder)
    return folder


@needs_dpkg
def test_an_agent_brings_nothing_of_the_collector_and_no_installer(root: Path) -> None:
    lib = root / "usr/lib/farmsight-agent/lib"
    names = {
        path.name for folder in (lib / "common", *lib.glob("python3.*/site-packages")) for path in folder.iterdir()
    }
    assert {"farmsight_agent", "farmsight_wire", "grpc", "cryptography", "psutil"} <= names
    assert not names & {"farmsight_collector", "farmsight_lab", "sqlalchemy", "starlette", "pip", "setuptools"}


@needs_dpkg
def test_there_are_libraries_for_every_python_and_the_one_of_this_system_starts_the_agent(root: Path) -> None:
    home = root / "usr/lib/farmsight-agent"
    for python in PYTHONS:
        assert (home / f"bin/python{python}").readlink() == Path(f"/usr/bin/python{python}")
        assert list((home / f"lib/python{python}/site-packages/grpc/_cython").glob("cygrpc.*.so")), python
    here = next((home / f"bin/python{one}" for one in PYTHONS if Path(f"/usr/bin/python{one}").exists()), None)
    if here is None:
        pytest.skip(f"an agent's package was not started: none of {', '.join(PYTHONS)} in /usr/bin")
    code = "import sys, grpc; from farmsight_agent.version import version; print(version(), sys.prefix, grpc.__file__)"
    version, prefix, grpc = said(here, "-I", "-c", code).split()
    assert (version, prefix) == ("0.9.0rc1", str(home))
    assert grpc.startswith(str(home))
    assert "without a collector" in said(here, "-I", "-m", "farmsight_agent.cli", "--help")


@needs_dpkg
def test_settings_are_kept_scripts_run_and_nobody_but_root_may_change_anything(
    agent: package.Built, root: Path
) -> None:
    assert said("dpkg-deb", "--info", agent.file, "conffiles").split() == ["/etc/default/farmsight-agent"]
    for script in ("postinst", "prerm", "postrm"):
        text = (root / "DEBIAN" / script).read_text()
        assert "@" not in text.replace("$@", "")
        subprocess.run(["sh", "-n"], input=text, text=True, check=True, timeout=10)
    for line in said("dpkg-deb", "--contents", agent.file).splitlines():
        mode, owner = line.split()[:2]
        assert owner == "root/root"
        assert mode.startswith("l") or mode[5] == mode[8] == "-", line


@needs_dpkg
def test_a_release_candidate_is_older_than_its_release_to_dpkg_too() -> None:
    order = ["0.9.0a1", "0.9.0rc1", "0.9.0", "0.9.0.post1", "0.10.0"]
    for older, newer in itertools.pairwise(order):
        subprocess.run(["dpkg", "--compare-versions", debian_version(older), "lt", debian_version(newer)], check=True)
    with pytest.raises(BuildError, match="PEP 440"):
        debian_version("1.0; rm -rf")


@needs_dpkg
def test_two_builds_are_the_same_bytes(agent: package.Built, tmp_path: Path) -> None:
    again = package.build(AGENT, package.wheel(tmp_path), tmp_path, "0.9.0rc1", compress=package.QUICK)
    assert again.sha256 == agent.sha256


@needs_dpkg
def test_the_bill_of_materials_names_each_part_with_the_hash_it_was_pinned_by(agent: package.Built, root: Path) -> None:
    bill = json.loads((root / "usr/share/doc/farmsight-agent/sbom.cdx.json").read_text())
    assert {one["name"]: one["version"] for one in bill["components"]} == pinned(AGENT.pins)
    pins = AGENT.pins.read_text()
    for part in bill["components"]:
        assert part["licenses"]
        for file in part["components"]:
            assert file["hashes"][0]["content"] in pins, file["name"]
    assert bill["metadata"]["timestamp"] == f"{built_at():%Y-%m-%dT%H:%M:%SZ}"
    assert (
        agent.file.with_suffix(".deb.sha256").read_text().split()[0]
        == hashlib.sha256(agent.file.read_bytes()).hexdigest()
    )


@pytest.mark.parametrize("product", [AGENT, COLLECTOR], ids=lambda one: one.name)
def test_everything_that_is_needed_is_pinned(product) -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [
        *project["dependencies"],
        *(project["optional-dependencies"]["collector"] if product is COLLECTOR else ()),
    ]
    names = {normal(one.split(";")[0].split(">")[0].split("[")[0].strip()) for one in needed if "win32" not in one}
    assert names <= set(pinned(product.pins))


def test_units_stay_as_closed_as_they_are(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("units were not judged: no systemd-analyze")
    for name, most in (("agent", 3.2), ("collector", 1.5)):
        unit = ROOT / f"deploy/linux/farmsight-{name}.service"
        command = [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--no-pager",
            f"--threshold={most * 10:g}",
            str(unit),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if "nrecognized option" in done.stderr:
            pytest.skip("units were not judged: systemd-analyze is older than 250")
        assert done.returncode == 0, done.stdout[-200:]
