"""The house: which package may stand on which, and how large a file may grow."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    ROOT / "agent/farmsight_agent",
    ROOT / "collector/farmsight_collector",
    ROOT / "deploy/lab/farmsight_lab",
)
MOST_LINES = 400
LARGER_WITH_REASON: dict[str, str] = {}


def _sources() -> list[Path]:
    return [file for package in PACKAGES for file in package.rglob("*.py") if "migrations" not in file.parts]


def test_import_contracts_hold() -> None:
    """The agent knows no collector; rules know no database."""
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_the_agent_runs_on_the_base_install() -> None:
    """Nothing that only the collector needs is imported by any part of the agent."""
    code = """
import importlib, importlib.abc, pathlib, sys
class Refuse(importlib.abc.MetaPathFinder):
    names = {"sqlalchemy", "alembic", "psycopg", "rich", "shtab", "grpc_health", "grpc_reflection"}
    names.add("farmsight_collector")
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
import farmsight_agent
root = pathlib.Path(farmsight_agent.__file__).parent
for file in sorted(root.rglob("*.py")):
    name = ".".join(("farmsight_agent", *file.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
    here = 'assert sys.platform == "win32"' not in file.read_text(encoding="utf-8")
    if here and ".windows" not in name and not name.endswith("__main__"):
        importlib.import_module(name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_only_the_clocks_read_the_time() -> None:
    """Time is an argument: a rule or a probe that reads the clock can't be run on last month."""
    allowed = {"clock.py"}
    for file in _sources():
        if file.name in allowed or "farmsight_lab" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                call = ast.unparse(node.func)
                assert call not in ("datetime.now", "datetime.utcnow", "time.time", "date.today"), f"{file}: {call}"


def test_no_file_outgrows_its_one_reason() -> None:
    """Size is a signal."""
    for file in _sources():
        lines = len(file.read_text(encoding="utf-8").splitlines())
        name = str(file.relative_to(ROOT))
        assert lines <= MOST_LINES or name in LARGER_WITH_REASON, f"{name}: {lines} lines"


AGENT = ROOT / "agent/farmsight_agent"


def test_libraries_of_windows_come_from_its_own_folder_alone() -> None:
    """Loaded by its name alone, a library is first looked for beside the program."""
    loads = re.compile(r"(?:WinDLL|CDLL|OleDLL|PyDLL|LoadLibrary\w*|find_library|windll|cdll)\b[.(]")
    found = [file.name for file in AGENT.rglob("*.py") if loads.search(file.read_text(encoding="utf-8"))]

    assert found == ["system_dll.py"]


def test_nothing_is_run_by_a_shell_or_by_its_name_alone() -> None:
    """A name is looked for in PATH, and on Windows before that in the folder that the process stands in."""
    shell = re.compile(r"shell\s*=\s*True|os\.(?:system|popen|startfile|spawn\w+|exec\w+)\(|ShellExecute|WinExec")
    called = re.compile(r"(?:Popen|subprocess\.run|check_output|check_call)\(\s*\[?\s*[\"']([^\"']*)")
    for file in AGENT.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not shell.search(text), file
        assert all(Path(name).is_absolute() for name in called.findall(text)), file


def test_ctypes_and_the_registry_stay_in_the_windows_host() -> None:
    """One place speaks to Windows."""
    for file in _sources():
        # The lab enters network namespaces: os.setns came only with Python 3.12.
        if "windows" in file.parts or "farmsight_lab" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & {"ctypes", "winreg", "win32api"}, str(file)


def test_on_an_agents_install_the_collectors_programs_say_what_is_missing() -> None:
    """A traceback is no answer."""
    code = """
import importlib.abc, sys
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"shtab", "sqlalchemy", "rich"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Refuse())
from farmsight_collector.cli import entry
sys.exit(entry.farmsight() or entry.farmsight_collector())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "farmsight[collector]" in done.stderr
    assert "Traceback" not in done.stderr
