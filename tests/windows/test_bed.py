"""The bed itself: what the pretend server is, so that a test that passes on it says something."""

import json
from collections.abc import Callable

import pytest

from tests.fakes.pki import make
from tests.windows.bed import places
from tests.windows.bed.seeds import Entry, registry
from tests.windows.bed.wine_host import PYTHON, WineHost

POWERSHELL = r"C:\windows\system32\WindowsPowerShell\v1.0\powershell.exe"
_ROOTS = "import json, ssl; print(json.dumps([der.hex() for der, _, _ in ssl.enum_certificates('ROOT')]))"
_CALL = """
import json, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, input=b"$script")
print(json.dumps([done.returncode, done.stdout.hex(), done.stderr.decode()]))
"""


def test_a_missing_wine_fails_where_it_could_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr("os.geteuid", lambda: 0)

    monkeypatch.setenv("CI", "true")
    assert places.must_be_here()
    monkeypatch.delenv("CI")
    assert not places.must_be_here()


def test_it_is_windows_server_with_the_genuine_python_and_our_wheel(shared_windows: WineHost) -> None:
    told = json.loads(
        shared_windows.code(
            "import importlib.metadata, json, platform, sys\n"
            "v = sys.getwindowsversion()\n"
            "print(json.dumps([sys.platform, v.major, v.build, v.product_type, platform.win32_edition(),\n"
            "  importlib.metadata.version('farmsight'), 'MSC' in sys.version]))"
        )
    )

    assert told[:5] == ["win32", 10, 20348, 3, "ServerStandard"]
    assert told[5:] == ["0.1.0", True]


def test_exit_codes_arrive_whole(shared_windows: WineHost) -> None:
    assert shared_windows.exit_code(PYTHON, "-c", "raise SystemExit(1603)") == 1603


def test_stores_hold_what_was_seeded_and_nothing_of_this_machine(shared_windows: WineHost) -> None:
    root = make("Contoso Root CA").der
    before = json.loads(shared_windows.code(_ROOTS))

    shared_windows.registry(registry([Entry(store="ROOT", der=root)]))
    after = json.loads(shared_windows.code(_ROOTS))

    assert root.hex() not in before
    assert root.hex() in after
    if shared_windows.roots_hidden:
        assert len(before) < 10  # those built into Wine


def test_a_stand_in_answers_recorded_bytes_and_refuses_what_nobody_planned(shared_windows: WineHost) -> None:
    german = "Für".encode("cp850")
    shared_windows.stand_in(POWERSHELL, "3 | 0 | out.txt | - | -Command x|y\n", {"out.txt": german})

    planned = json.loads(shared_windows.code(_CALL, POWERSHELL, "-NoProfile", "-Command", "x|y"))
    unplanned = json.loads(shared_windows.code(_CALL, POWERSHELL, "-NoProfile", "-Command", "z"))

    assert planned == [3, german.hex(), ""]
    assert unplanned[0] == 9009
    assert "no rule" in unplanned[2]
    assert [name for name, _ in shared_windows.calls()] == ["powershell", "powershell"]
    assert "-NoProfile -Command z" in shared_windows.calls()[1][1]
    assert shared_windows.path(r"C:\standins\powershell.stdin").read_bytes() == b"$script" * 2


def test_what_one_host_changes_no_other_sees(new_windows: Callable[[], WineHost]) -> None:
    one, other = new_windows(), new_windows()
    system = r"C:\windows\system32\netsh.exe"
    before = other.path(system).read_bytes()

    one.put(system, b"MZ")

    assert other.path(system).read_bytes() == before


def test_a_host_leaves_no_process(new_windows: Callable[[], WineHost]) -> None:
    host = new_windows()

    with host:
        running = host.processes()

    assert running
    host.wait_for("every process ended", lambda: not host.processes(), within_s=10)
