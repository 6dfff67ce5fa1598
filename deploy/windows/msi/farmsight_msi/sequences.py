"""What Windows Installer does in which order, when it refuses, and what it lets the agent do itself.

The numbers are those of the suggested sequences in the Windows Installer
documentation; ours stand in between.
"""

from collections.abc import Sequence
from typing import Final

Row = Sequence[str | int | None]
# The program itself sets up what tables can't say or would say a second time: who may read its folder,
# how the service restarts, and the enrolment that waits (farmsight_agent.service.windows.package).
_OURS: Final = "-I -m farmsight_agent.service.windows.package"
_PROGRAM_INSTALLED: Final = 18  # msidbCustomActionType: an exe among the installed files
_AS_SYSTEM: Final = 1024 | 2048  # in the script, not impersonated
_IN_ROLLBACK: Final = 256
_WHATEVER_COMES: Final = 64  # goes on when it fails: a removal is never held up
_HIDDEN: Final = 8192  # its command line, which holds the token, is not logged
_SET_PROPERTY: Final = 51

_NEWER: Final = (
    "A newer farmsight agent is installed already. Nothing was changed. To go back, remove it first: identity,"
    " spool and configuration stay."
)
_UNKNOWN: Final = (
    "This server is not enrolled yet: COLLECTOR=HOST:PORT and TOKEN=fs1.... are needed, as farmsight-collector"
    " token create prints them."
)
_RIGHTS: Final = "farmsight agent is installed for the whole server: run msiexec in an elevated prompt, or as SYSTEM."
CONDITIONS: Final[tuple[Row, ...]] = (
    ("VersionNT64 >= 603", "farmsight agent needs Windows Server 2012 R2 or newer, 64-bit."),
    ("Privileged", _RIGHTS),
    ("NOT NEWERFOUND", _NEWER),
    ("Installed OR OLDERFOUND OR IDENTITYFOUND OR (COLLECTOR AND TOKEN)", _UNKNOWN),
)
_BEFORE: Final[tuple[Row, ...]] = (
    ("FindRelatedProducts", None, 25),
    ("AppSearch", None, 50),
    ("LaunchConditions", None, 100),
    ("ValidateProductID", None, 700),
    ("CostInitialize", None, 800),
    ("FileCost", None, 900),
    ("CostFinalize", None, 1000),
)
_GOES: Final = 'REMOVE="ALL"'
TABLES: Final[dict[str, tuple[Row, ...]]] = {
    "InstallExecuteSequence": (
        *_BEFORE,
        ("SetInstallLocation", None, 1010),
        ("MigrateFeatureStates", None, 1200),
        ("InstallValidate", None, 1400),
        ("InstallInitialize", None, 1500),
        ("RemoveExistingProducts", None, 1510),  # in the transaction: what fails gives the older one back
        ("ProcessComponents", None, 1600),
        ("UnpublishFeatures", None, 1800),
        ("StopServices", "VersionNT", 1900),
        ("DeleteServices", "VersionNT", 2000),
        ("Leave", _GOES, 2010),
        ("RemoveRegistryValues", None, 2600),
        ("RemoveEnvironmentStrings", None, 3300),
        ("RemoveFiles", None, 3500),
        ("InstallFiles", None, 4000),
        ("WriteRegistryValues", None, 5000),
        ("WriteEnvironmentStrings", None, 5200),
        ("InstallServices", "VersionNT", 5800),
        ("Undo", "NOT Installed AND NOT OLDERFOUND", 5840),
        ("Configure", f"NOT {_GOES}", 5850),
        ("StartServices", "VersionNT", 5900),
        ("RegisterUser", None, 6000),
        ("RegisterProduct", None, 6100),
        ("PublishFeatures", None, 6300),
        ("PublishProduct", None, 6400),
        ("InstallFinalize", None, 6600),
    ),
    "InstallUISequence": (*_BEFORE, ("MigrateFeatureStates", None, 1200), ("ExecuteAction", None, 1300)),
    "AdminExecuteSequence": (
        *_BEFORE[-3:],
        ("InstallValidate", None, 1400),
        ("InstallInitialize", None, 1500),
        ("InstallAdminPackage", None, 3900),
        ("InstallFiles", None, 4000),
        ("InstallFinalize", None, 6600),
    ),
    "AdminUISequence": (*_BEFORE[-3:], ("ExecuteAction", None, 1300)),
    "AdvtExecuteSequence": (
        ("CostInitialize", None, 800),
        ("CostFinalize", None, 1000),
        ("InstallValidate", None, 1400),
        ("InstallInitialize", None, 1500),
        ("PublishFeatures", None, 6300),
        ("PublishProduct", None, 6400),
        ("InstallFinalize", None, 6600),
    ),
}


def actions(python: str) -> list[Row]:
    """Return the actions of our own; `python` is the key of the interpreter's file."""
    # A folder ends with a backslash, which would take the quote behind it along: the dot stands between.
    state = '--state-dir "[StateFolder]."'
    said = " ".join(f'--{name.lower()} "[{name}]"' for name in ("COLLECTOR", "TOKEN", "ROLE", "NAME", "PROXY"))
    going = f'{_OURS} leave {state} --purge "[PURGE]" --upgraded-by "[UPGRADINGPRODUCTCODE]"'
    ours = _PROGRAM_INSTALLED | _AS_SYSTEM
    return [
        ("SetInstallLocation", _SET_PROPERTY, "ARPINSTALLLOCATION", "[ProgramFolder]", None),
        ("Configure", ours | _HIDDEN, python, f"{_OURS} configure {state} {said}", None),
        ("Undo", ours | _IN_ROLLBACK | _WHATEVER_COMES, python, f"{_OURS} undo {state}", None),
        ("Leave", ours | _WHATEVER_COMES, python, going, None),
    ]
