"""What the actions of ansible.windows would do, done to a Windows that is told of in windows.json.

One file stands for all of them, under the name of each. What the roles rely
on is as the collection documents it; what they don't use is refused.
"""

import json
import os
import re
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

STATE = "enroll"


class ActionModule(ActionBase):
    """One action, by the name of its task."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        self.file = Path(os.environ["FAKE_WINDOWS"])
        self.windows = json.loads(self.file.read_text(encoding="utf-8"))
        self.checking = self._task.check_mode
        self.vars = task_vars
        name = self._task.action.rpartition(".")[2]
        arguments = dict(self._task.args)
        self.windows["calls"].append([name, {key: str(value) for key, value in arguments.items()}])
        result = getattr(self, name)(arguments)
        self.file.write_text(json.dumps(self.windows, indent=1), encoding="utf-8")
        return {"changed": False, **result}

    def win_reg_stat(self, given):
        value = self.windows["registry"].get(f"{given['path']}|{given['name']}")
        return {"exists": value is not None, "value": value}

    def win_stat(self, given):
        return {"stat": {"exists": given["path"] in self.windows["files"]}}

    def win_file(self, given):
        under = [
            name for name in self.windows["files"] if name == given["path"] or name.startswith(given["path"] + "\\")
        ]
        if given["state"] == "directory":
            if not under:
                self.windows["files"][given["path"]] = "folder"
            return {"changed": not under}
        for name in under:
            del self.windows["files"][name]
        return {"changed": bool(under)}

    def win_acl(self, given):
        assert given["path"] in self.windows["files"]
        return {"changed": True}

    def win_acl_inheritance(self, given):
        assert given["path"] in self.windows["files"]
        return {"changed": True}

    def win_copy(self, given):
        source = Path(self._loader.path_dwim_relative(self._loader.get_basedir(), "files", given["src"]))
        self.windows["files"][given["dest"]] = source.read_text(encoding="utf-8")
        return {"changed": True}

    def win_template(self, given):
        source = self._find_needle("templates", given["src"])
        text = self._templar.template(trust_as_template(Path(source).read_text(encoding="utf-8")))
        before = self.windows["files"].get(given["dest"])
        if not self.checking:
            self.windows["files"][given["dest"]] = text
        return {"changed": before != text}

    def win_package(self, given):
        registry = self.windows["registry"]
        if given["state"] == "absent":
            if self.windows["product"] != given["product_id"]:
                return {"changed": False}
            self.windows["product"] = None
            self.windows["service"] = None
            registry.clear()
            if "PURGE=1" in given.get("arguments", ""):
                self.windows["files"].clear()
            return {"changed": True, "rc": 0}
        if given["path"] not in self.windows["files"]:
            raise AnsibleActionFail(f"the file at the path '{given['path']}' cannot be reached")
        told = dict(re.findall(r'(\w+)="([^"]*)"', given["arguments"]))
        identity = self.windows["state"] + r"\identity\agent.crt"
        if not registry and identity not in self.windows["files"] and not {"COLLECTOR", "TOKEN"} <= set(told):
            raise AnsibleActionFail("unexpected rc from install: 1603")
        version = re.search(r"farmsight-agent-([0-9.]+)[.]msi", given["path"])[1]
        self.windows["product"] = f"{{{version}}}"
        self.windows["service"] = "running"
        registry[f"{self.windows['key']}|Version"] = version
        registry[f"{self.windows['key']}|Folder"] = "C:\\Program Files\\farmsight-agent\\"
        if self.windows["reachable"]:
            self.windows["files"].setdefault(identity, f"enrolled with {told.get('TOKEN')}")
        return {"changed": True, "rc": 0, "reboot_required": self.windows["reboot"]}

    def win_powershell(self, given):
        return {"output": [self.windows["product"]] if self.windows["product"] else []}

    def win_command(self, given):
        argv = given["argv"]
        assert argv[4] == STATE, argv
        self.windows["files"][given["creates"]] = f"enrolled with {given['stdin']}"
        return {"changed": True, "rc": 0, "stdout": "", "stderr": ""}

    def win_service(self, given):
        if self.windows["service"] is None:
            raise AnsibleActionFail("Service 'farmsight-agent' is not installed")
        wanted = {"started": "running", "restarted": "running"}[given["state"]]
        changed = given["state"] == "restarted" or self.windows["service"] != wanted
        if not self.checking:
            self.windows["service"] = wanted
        return {"changed": changed}
