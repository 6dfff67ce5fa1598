"""The Ansible roles: what the linter, their documents and a dry run say, and what they do where they are run."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.fakes import ansible_bed
from tests.fakes.ansible_bed import ANSIBLE, PROGRAMS

ROLES = ("farmsight_agent", "farmsight_collector")
pytestmark = pytest.mark.timeout(300)
TOKEN = "fs1.c2VjcmV0LXRva2VuLW9mLXRoaXMtdGVzdC1hbG9uZQ"


@pytest.fixture(scope="module")
def bundled() -> Path:
    found = ansible_bed.collection()
    if found is None:
        pytest.skip("the roles against ansible.windows itself: it can't be had here")
    return found


def _program(folder: Path, collections: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAMS / name, *arguments],
        cwd=ANSIBLE,
        env=ansible_bed.environment(folder, collections),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def _yaml(path: Path) -> object:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def _tasks() -> list[tuple[str, dict]]:
    """Every task of the roles with where it stands, those of blocks included."""
    found: list[tuple[str, dict]] = []
    for role in ROLES:
        for file in sorted((ANSIBLE / "roles" / role).glob("*/*.yml")):
            if file.parent.name in {"tasks", "handlers"}:
                found += [(f"{role}/{file.name}", task) for task in _flat(_yaml(file))]
    return found


def _flat(tasks: object) -> Iterator[dict]:
    for task in tasks if isinstance(tasks, list) else []:
        if "block" in task:
            for part in ("block", "rescue", "always"):
                yield from _flat(task.get(part))
        else:
            yield task


def _module(task: dict) -> tuple[str, dict]:
    name = next(key for key in task if re.fullmatch(r"ansible\.\w+\.\w+", key))
    return name, task[name] if isinstance(task[name], dict) else {}


# -- read


def test_the_linter_passes_them_for_production(tmp_path: Path, bundled: Path) -> None:
    done = _program(tmp_path, bundled, "ansible-lint", "--offline", "--nocolor")

    assert done.returncode == 0, done.stdout + done.stderr
    said = re.search(r"Passed: 0 failure\(s\), 0 warning\(s\) in (\d+) files.*'production' was required", done.stderr)
    assert said, done.stderr
    assert int(said[1]) > 30


def test_the_syntax_of_the_playbooks_is_whole(tmp_path: Path, bundled: Path) -> None:
    playbooks = [f"playbooks/{file.name}" for file in sorted((ANSIBLE / "playbooks").glob("*.yml"))]
    done = _program(tmp_path, bundled, "ansible-playbook", "--syntax-check", *playbooks)

    assert done.returncode == 0, done.stderr
    assert len(playbooks) == 4


def test_every_module_is_given_what_its_own_document_knows(tmp_path: Path, bundled: Path) -> None:
    used = sorted({_module(task)[0] for _, task in _tasks()})
    done = _program(tmp_path, bundled, "ansible-doc", "--json", *used)
    documented = json.loads(done.stdout)
    assert sorted(documented) == used

    wrong = []
    for where, task in _tasks():
        name, given = _module(task)
        options = documented[name]["doc"].get("options", {})
        known = set(options) | {alias for one in options.values() for alias in one.get("aliases", [])}
        missing = {key for key, one in options.items() if one.get("required") is True and not given} - {"free_form"}
        if name not in {"ansible.builtin.set_fact", "ansible.builtin.include_tasks"}:
            wrong += [(where, name, key) for key in set(given) - known]
            wrong += [(where, name, f"{key} missing") for key in missing if name.startswith("ansible.windows")]
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_what_may_be_set_is_documented_with_the_default_that_holds(role: str) -> None:
    options = _yaml(ANSIBLE / f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = _yaml(ANSIBLE / f"roles/{role}/defaults/main.yml")

    assert {name: one["default"] for name, one in options.items() if "default" in one} | {
        name: "" for name, one in options.items() if one.get("no_log") and "default" not in one
    } == defaults
    assert all(name.startswith(f"{role}_") for name in options)
    assert all(one["description"] for one in options.values())


def test_what_holds_a_secret_is_never_shown() -> None:
    secret = re.compile(r"join_token|agent_token\b(?!_)|agent_made|database_url\b|farmsight_agent_properties")
    for where, task in _tasks():
        said = json.dumps({key: value for key, value in task.items() if key not in {"when", "name"}})
        if secret.search(said) and _module(task)[0] != "ansible.builtin.include_tasks":
            silent = "url_file" in said or "farmsight_collector_kept" in said
            assert task.get("no_log") is True or silent, (where, task["name"])
    for role, name in (("farmsight_agent", "token"), ("farmsight_collector", "database_url")):
        options = _yaml(ANSIBLE / f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
        assert options[f"{role}_{name}"]["no_log"] is True


def test_a_token_is_on_no_command_line_of_ours() -> None:
    for where, task in _tasks():
        name, given = _module(task)
        if name.endswith("command"):
            assert "join_token" not in str(given.get("argv", "")), where
            assert "cmd" not in given


def test_no_server_downloads_anything() -> None:
    names = {_module(task)[0].rpartition(".")[2] for _, task in _tasks()}

    assert (
        names & {"get_url", "win_get_url", "uri", "win_uri", "pip", "win_chocolatey", "apt_repository", "shell"}
        == set()
    )
    for where, task in _tasks():
        name, given = _module(task)
        if name == "ansible.builtin.apt":
            assert "deb" in given or given.get("state") == "absent", where
        assert "http" not in json.dumps(given), where


def test_the_examples_name_the_packages_that_are_built() -> None:
    text = (ANSIBLE / "inventory/example.yml").read_text()

    assert set(re.findall(r"dist/(\S+)", text)) == {
        "farmsight-agent-0.1.0.msi", "farmsight-agent_0.1.0_amd64.deb", "farmsight-collector_0.1.0_amd64.deb",
    }  # fmt: skip


# -- a Windows that is told of


class Windows:
    """One server by the name WAP01, and playbooks on it."""

    STATE = r"C:\ProgramData\farmsight-agent"
    IDENTITY = STATE + r"\identity\agent.crt"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.collections = ansible_bed.told_windows(folder)
        self.file = folder / "windows.json"
        self.change(
            registry={}, files={}, product=None, service=None, calls=[], reachable=True, reboot=False,
            state=self.STATE, key=r"HKLM:\SOFTWARE\farmsight\agent",
        )  # fmt: skip
        self.variables: dict[str, object] = {
            "ansible_connection": "local",
            "ansible_facts_modules": ["ansible.windows.facts"],
            "farmsight_agent_role": "wap",
            "farmsight_agent_collectors": ["collector.contoso.com:7443", "collector2.contoso.com:7443"],
            "farmsight_agent_token": TOKEN,
        }
        self.hosts: dict[str, dict[str, object]] = {}
        self.offer("0.1.0")

    def offer(self, version: str) -> None:
        file = self.folder / f"farmsight-agent-{version}.msi"
        file.write_text(f"package {version}", encoding="utf-8")
        self.variables["farmsight_agent_package"] = str(file)

    def change(self, **values: object) -> None:
        held = self.read() if self.file.exists() else {}
        self.file.write_text(json.dumps({**held, **values}), encoding="utf-8")

    def read(self) -> dict:
        return json.loads(self.file.read_text(encoding="utf-8"))

    def calls(self, name: str) -> list[dict]:
        return [given for called, given in self.read()["calls"] if called == name]

    def play(self, playbook: str = "agents.yml", *arguments: str) -> ansible_bed.Run:
        self.change(calls=[])
        hosts = self.hosts or {"WAP01": self.variables}
        group = {"hosts": dict.fromkeys(hosts)}
        inventory = {"all": {"hosts": hosts, "children": {"farmsight_agents": group, "windows": group}}}
        return ansible_bed.play(self.folder, self.collections, playbook, inventory, *arguments)


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    return Windows(tmp_path)


def test_a_server_is_told_of_installed_left_alone_upgraded_and_cleared(windows: Windows) -> None:
    before = windows.read()
    dry = windows.play("agents.yml", "--check", "--diff")
    assert dry.code == 0, dry.said
    assert "WAP01 would get 0.1.0 (has 0)" in dry.said
    assert dry.count("changed") > 0
    assert {**windows.read(), "calls": []} == before

    windows.change(reboot=True)
    first = windows.play()
    assert (first.code, first.count("failed")) == (0, 0), first.said
    assert windows.calls("win_package")[0]["arguments"] == (
        f'COLLECTOR="collector.contoso.com:7443,collector2.contoso.com:7443" ROLE="wap" NAME="WAP01" TOKEN="{TOKEN}"'
    )
    files = windows.read()["files"]
    assert files[Windows.IDENTITY] == f"enrolled with {TOKEN}"
    config = files[Windows.STATE + r"\agent.toml"]
    assert 'collectors = ["collector.contoso.com:7443", "collector2.contoso.com:7443"]' in config
    assert not any(name.startswith(r"C:\Windows\Temp\farmsight") for name in files)
    assert "asks for a restart of WAP01; when, is yours to say" in first.said
    assert {name for name, _ in windows.read()["calls"]} <= set(ansible_bed.WINDOWS)
    assert TOKEN not in dry.said + first.said

    again = windows.play()
    assert (again.code, again.count("changed")) == (0, 0), again.said
    assert windows.calls("win_package") == windows.calls("win_copy") == []

    windows.offer("0.2.0")
    windows.variables["farmsight_agent_token"] = ""
    upgraded = windows.play()
    assert upgraded.code == 0, upgraded.said
    assert "TOKEN" not in windows.calls("win_package")[0]["arguments"]
    assert windows.read()["product"] == "{0.2.0}"

    windows.offer("0.1.9")
    left = windows.play()
    assert (left.code, windows.calls("win_package")) == (0, [])
    assert "0.2.0, newer than 0.1.9; it is left as it is" in left.said.replace("\n", " ")


def test_an_agent_is_removed_and_its_identity_only_where_that_was_said(windows: Windows) -> None:
    windows.change(
        product="{0.1.0}", service="running", files={Windows.IDENTITY: "enrolled"},
        registry={r"HKLM:\SOFTWARE\farmsight\agent|Version": "0.1.0"},
    )  # fmt: skip
    removed = windows.play("remove.yml")
    assert removed.code == 0, removed.said
    assert (windows.read()["product"], list(windows.read()["files"])) == (None, [Windows.IDENTITY])
    purged = windows.play("remove.yml", "-e", "farmsight_agent_state=purged")
    assert purged.code == 0, purged.said
    assert windows.read()["files"] == {}


def test_a_server_that_could_not_enrol_is_enrolled_by_the_next_run_through_standard_input(windows: Windows) -> None:
    windows.change(reachable=False)
    windows.play()
    assert Windows.IDENTITY not in windows.read()["files"]
    done = windows.play()
    assert done.code == 0, done.said
    asked = windows.calls("win_command")[0]
    assert TOKEN not in asked["argv"]
    assert asked["stdin"] == TOKEN
    assert windows.read()["files"][Windows.IDENTITY] == f"enrolled with {TOKEN}"
    assert TOKEN not in done.said


def test_what_can_not_be_is_refused_before_anything_is_changed(windows: Windows) -> None:
    windows.hosts = {
        "WAP01": {**windows.variables, "farmsight_agent_token": ""},
        "WAP02": {**windows.variables, "farmsight_agent_package_sha256": "0" * 64},
        "WAP03": {**windows.variables, "farmsight_agent_role": "dc"},
        "WAP04": {**windows.variables, "farmsight_agent_package": str(windows.folder / "agent.msi")},
    }
    (windows.folder / "agent.msi").write_text("a package without its name", encoding="utf-8")
    done = windows.play("agents.yml", "-e", "farmsight_agent_serial=100%")

    assert done.code != 0
    assert {host: counts["failed"] for host, counts in done.recap.items()} == dict.fromkeys(windows.hosts, 1)
    assert {name for name, _ in windows.read()["calls"]} == {"win_reg_stat", "win_stat"}
    assert "its SHA-256 is another" in done.said
    assert "value of farmsight_agent_role must be one of" in done.said
    assert "must keep its name" in done.said


# -- a copy of this machine

_STORY = """
set -eu
cd {folder}
rm -rf /var/lib/apt/lists/*
play() {{ echo "== $1"; shift; ansible-playbook -i inventory.json "$@"; }}
play collector {playbooks}/collector.yml
farmsight-collector serve >serve.log 2>&1 &
serving=$!
until grep -q 7443 serve.log; do kill -0 $serving || {{ cat serve.log; exit 3; }}; sleep 0.2; done
play check {playbooks}/agents.yml --check --diff
test ! -e /usr/bin/farmsight-agent
play agent {playbooks}/agents.yml
play again {playbooks}/site.yml
echo "== said"
cat /var/lib/farmsight-agent/agent.toml
stat -c '%n %a' /var/lib/farmsight-agent/agent.toml /var/lib/farmsight-agent/identity/agent.key \
  /var/lib/farmsight-collector/ca.key
farmsight-collector agent list
play purged {playbooks}/remove.yml -e farmsight_agent_state=purged
test ! -e /var/lib/farmsight-agent -a ! -e /usr/bin/farmsight-agent -a -e /var/lib/farmsight-collector/ca.key
kill $serving
"""


def _linux(folder: Path) -> dict[str, str]:
    """Packages whose programs are those of this checkout, and the inventory that names them."""
    programs = {
        "farmsight-agent": f'#!/bin/sh\nexec {PROGRAMS}/farmsight-agent "$@"\n',
        "farmsight-collector": "#!/bin/sh\nexport FARMSIGHT_DATA=/var/lib/farmsight-collector\n"
        f'exec {PROGRAMS}/farmsight-collector "$@"\n',
    }
    # Root by another name: no other account may reach this checkout.
    user = "getent passwd farmsight-collector >/dev/null || {\n"
    user += "groupadd -o -g 0 farmsight-collector; useradd -o -u 0 -g 0 -M farmsight-collector; }\n"
    user += "mkdir -p /var/lib/farmsight-collector"
    folders = "mkdir -p -m 700 /var/lib/farmsight-agent"
    agent, collector = (
        ansible_bed.package(folder, name, "0.1.0", {f"/usr/bin/{name}": programs[name]}, postinst)
        for name, postinst in (("farmsight-agent", folders), ("farmsight-collector", user))
    )
    here = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3", "ansible_become": False}
    hosts = {
        "here": {
            **here,
            "farmsight_agent_package": str(agent),
            "farmsight_agent_collectors": ["127.0.0.1:7443"],
            "farmsight_agent_role": "proxy",
            "farmsight_agent_name": "PROXY01",
            "farmsight_agent_farm": "sts.contoso.com",
            "farmsight_agent_token_from": "beside",
            "farmsight_agent_manage_service": False,
        },
        "beside": {
            **here,
            "farmsight_collector_package": str(collector),
            "farmsight_collector_names": ["localhost", "127.0.0.1"],
            "farmsight_collector_farms": ["sts.contoso.com"],
            "farmsight_collector_manage_service": False,
        },
    }  # fmt: skip
    groups = {"farmsight_agents": {"hosts": {"here": None}}, "farmsight_collectors": {"hosts": {"beside": None}}}
    inventory = {"all": {"hosts": hosts, "children": {**groups, "windows": {"hosts": {}}}}}
    (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
    return {"playbooks": str(ANSIBLE / "playbooks"), "folder": str(folder)}


@pytest.mark.timeout(600)
def test_a_collector_and_an_agent_are_installed_enrolled_and_removed_and_nothing_is_done_twice(
    tmp_path: Path,
) -> None:
    if hindrance := ansible_bed.hindrance():
        pytest.skip(hindrance)
    collections = ansible_bed.told_windows(tmp_path)
    done = ansible_bed.in_a_copy(tmp_path, _STORY.format(**_linux(tmp_path)), collections)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    parts = dict(re.findall(r"^== (\S+)\n(.*?)(?=^== |\Z)", done.stdout, re.MULTILINE | re.DOTALL))
    runs = {name: ansible_bed.Run(0, said) for name, said in parts.items() if "PLAY RECAP" in said}
    assert all(run.count("failed") == 0 for run in runs.values())
    assert {name for name, run in runs.items() if run.count("changed") == 0} == {"again"}
    assert 'collectors = ["127.0.0.1:7443"]' in parts["said"]
    assert re.search(r"agent.toml 600\n.*agent.key 600\n.*ca.key 600\n", parts["said"])
    assert re.search(r"PROXY01\s.*proxy", parts["said"])
    assert "fs1." not in done.stdout
