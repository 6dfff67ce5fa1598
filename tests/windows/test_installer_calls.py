"""What Install-FarmsightAgent.ps1 asks of Windows Installer, by the same functions, flags and texts under Wine."""

import json
import re

import pytest

from tests.fakes import msi
from tests.windows.bed.wine_host import WineHost
from tests.windows.deploying import Deploying
from tests.windows.test_deploy_scripts import INSTALL

pytestmark = pytest.mark.timeout(900)
TOKEN = "fs1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
CALLS = """
import ctypes, json, sys
asked = json.loads(sys.stdin.read() if len(sys.argv) < 2 else sys.argv[1])
msi = ctypes.WinDLL("msi")
text = ctypes.c_wchar_p
msi.MsiSetInternalUI(asked["level"], None)
msi.MsiEnableLogW(asked["flags"], text(asked["log"]), 0)
if asked["product"]:
    code = msi.MsiConfigureProductExW(text(asked["product"]), 0, asked["state"], text(asked["properties"]))
else:
    code = msi.MsiInstallProductW(text(asked["file"]), text(asked["properties"]))
print(code & 0xFFFFFFFF)
"""
# The script's own look at the registry, in the words of Python.
LOOK = r"""
import winreg
top = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall")
for number in range(winreg.QueryInfoKey(top)[0]):
    name = winreg.EnumKey(top, number)
    key = winreg.OpenKey(top, name)
    values = dict(winreg.EnumValue(key, n)[:2] for n in range(winreg.QueryInfoKey(key)[1]))
    if values.get("DisplayName") == "farmsight agent":
        print(name, values["DisplayVersion"])
"""


def called(pattern: str) -> re.Match[str]:
    found = re.search(pattern, INSTALL.text)
    assert found, pattern
    return found


def ask(windows: WineHost, properties: str, product: str = "") -> int:
    asked = {
        "level": int(called(r"MsiSetInternalUI\((\d), \[IntPtr\]::Zero\)")[1]),
        "flags": int(called(r"MsiEnableLog\((0x[0-9A-F]+), \$log, 0\)")[1], 16),
        "state": int(called(r"MsiConfigureProductEx\(\$Plan\.ProductCode, 0, (\d), \$line\)")[1]),
        "log": r"C:\windows\temp\farmsight-agent-install.log",
        "file": r"C:\packages\farmsight-agent.msi",
        "product": product,
        "properties": properties,
    }
    # Under Wine the actions of a package say what they say to the same standard output.
    return int(windows.code(CALLS, json.dumps(asked), timeout=400).splitlines()[-1])


def test_the_package_takes_what_the_script_says_and_goes_when_it_says_so(windows: WineHost) -> None:
    if reason := msi.missing():
        pytest.skip(f"the Windows package: {reason}")
    windows.put_file(r"C:\packages\farmsight-agent.msi", msi.built(msi.NOW))
    ps = Deploying(INSTALL)
    row = {"Collector": "127.0.0.1:9,c2.contoso.com:7443", "Role": "wap", "Proxy": "127.0.0.1:9", "AgentName": "WAP01"}
    line = ps.call("Get-Properties", Doing="install", Row=row, Purge=False)
    before, behind = called(r"\$line \+= '( TOKEN=\")' \+ \[Runtime\S+\(\$plain\) \+ '(\")'").groups()

    assert ask(windows, line + before + TOKEN + behind) == 0
    product, version = windows.code(LOOK).split()
    assert re.fullmatch(called(r"\$name -notmatch '(\^[^']+)'")[1], product)
    assert version == msi.NOW
    pending = json.loads(windows.path(r"C:\ProgramData\farmsight-agent\enrolment.pending").read_text(encoding="utf-8"))
    assert (pending["collector"], pending["token"], pending["role"]) == (row["Collector"], TOKEN, "wap")
    assert (pending["name"], pending["proxy"]) == ("WAP01", "127.0.0.1:9")
    # Wine masks no property in its log; Windows Installer masks those that the package names.
    properties = {one["Property"]: one["Value"] for one in msi.rows(msi.built(msi.NOW), "Property")}
    assert properties["MsiHiddenProperties"] == "TOKEN"

    assert ask(windows, ps.call("Get-Properties", Doing="remove", Row={}, Purge=True), product) == 0
    assert windows.code(LOOK).strip() == ""
    assert not windows.path(r"C:\ProgramData\farmsight-agent").exists()
