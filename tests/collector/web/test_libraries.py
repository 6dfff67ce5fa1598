"""The libraries for browsers: of the versions of the lock, with their licences, and nothing else."""

import json
import re

import pytest

from farmsight_collector.web.assets import assets
from farmsight_collector.web.libraries import fetch

LOCK = json.loads((fetch.HERE / "package-lock.json").read_text(encoding="utf-8"))
MANIFEST = json.loads((fetch.HERE / "package.json").read_text(encoding="utf-8"))
SAYS = {
    "htmx.org": ("htmx.min.js", r'version="([\d.]+)"'),
    "uplot": ("uPlot.esm.js", r"github\.com/leeoniya/uPlot \(v([\d.]+)\)"),
    "@panzoom/panzoom": ("panzoom.es.js", r"Panzoom ([\d.]+)"),
}


def test_the_build_got_them() -> None:
    """Where this fails, `python collector/farmsight_collector/web/libraries/fetch.py` says what is amiss."""
    assert fetch.is_there()


@pytest.mark.parametrize("package", sorted(SAYS))
def test_what_is_served_is_of_the_version_of_the_lock(package: str) -> None:
    file, pattern = SAYS[package]
    text = assets().files[f"libraries/{file}"].content.decode()

    found = re.search(pattern, text)

    assert found is not None
    assert found[1] == LOCK["packages"][f"node_modules/{package}"]["version"]
    assert MANIFEST["dependencies"][package] == found[1]


def test_each_comes_with_its_licence() -> None:
    names = {source.partition("/dist/")[0].rpartition("/")[2] for source in fetch.FILES if "/dist/" in source}

    assert len(names) == 3
    assert sum(name.endswith(".LICENSE.txt") for name in fetch.FILES.values()) == 3
    for name in fetch.FILES.values():
        assert assets().files[f"libraries/{name}"].content


def test_the_lock_names_no_host_and_a_digest_of_each_package() -> None:
    packages = {name: one for name, one in LOCK["packages"].items() if name}

    assert set(packages) == {f"node_modules/{name}" for name in MANIFEST["dependencies"]}
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert "://" not in json.dumps(LOCK)


def test_a_build_without_npm_says_what_is_missing(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(fetch, "GOES_TO", tmp_path / "libraries")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(fetch.FetchError, match="npm"):
        fetch.fetch()


def test_a_build_whose_npm_fails_says_why_and_leaves_nothing_half_done(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(fetch, "GOES_TO", tmp_path / "libraries")
    npm = tmp_path / "npm"
    npm.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo 10.0.0 && exit 0\necho "npm error: no way out" >&2; exit 1\n'
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(fetch.FetchError, match="no way out"):
        fetch.fetch()

    assert not (tmp_path / "libraries").exists()
