"""The tables of the package's database, as Windows Installer defines them, written as its text archives (IDT).

The columns are those of the database reference of the Windows Installer
documentation, one page a table; `msibuild` imports the files.
"""

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from farmsight_agent.service.windows import about as service
from farmsight_msi import sequences
from farmsight_msi.product import Product
from farmsight_msi.signatures import EXECUTABLE
from farmsight_msi.tree import COMMAND, RUNTIME, Tree
from farmsight_packaging.building import BuildError

Row = Sequence[str | int | None]
_COLUMNS: Final[Mapping[str, str]] = {
    "Directory": "Directory:s72 Directory_Parent:S72 DefaultDir:l255|1",
    "Component": "Component:s72 ComponentId:S38 Directory_:s72 Attributes:i2 Condition:S255 KeyPath:S72|1",
    "File": "File:s72 Component_:s72 FileName:l255 FileSize:i4 Version:S72 Language:S20 Attributes:I2 Sequence:i4|1",
    "MsiFileHash": "File_:s72 Options:i2 HashPart1:i4 HashPart2:i4 HashPart3:i4 HashPart4:i4|1",
    "Media": "DiskId:i2 LastSequence:i4 DiskPrompt:L64 Cabinet:S255 VolumeLabel:S32 Source:S72|1",
    "Feature": "Feature:s38 Feature_Parent:S38 Title:L64 Description:L255 Display:I2 Level:i2 Directory_:S72"
    " Attributes:i2|1",
    "FeatureComponents": "Feature_:s38 Component_:s72|2",
    "Property": "Property:s72 Value:l0|1",
    "Registry": "Registry:s72 Root:i2 Key:l255 Name:L255 Value:L0 Component_:s72|1",
    "Environment": "Environment:s72 Name:l255 Value:L255 Component_:s72|1",
    "ServiceInstall": "ServiceInstall:s72 Name:s255 DisplayName:L255 ServiceType:i4 StartType:i4 ErrorControl:i4"
    " LoadOrderGroup:S255 Dependencies:S255 StartName:S255 Password:S255 Arguments:S255 Component_:s72"
    " Description:L255|1",
    "ServiceControl": "ServiceControl:s72 Name:l255 Event:i2 Arguments:L255 Wait:I2 Component_:s72|1",
    "CustomAction": "Action:s72 Type:i2 Source:S72 Target:S255 ExtendedType:I4|1",
    "LaunchCondition": "Condition:s255 Description:l255|1",
    "Upgrade": "UpgradeCode:s38 VersionMin:S20 VersionMax:S20 Language:S255 Attributes:i4 Remove:S255"
    " ActionProperty:s72|5",
    "AppSearch": "Property:s72 Signature_:s72|2",
    "Signature": "Signature:s72 FileName:s255 MinVersion:S20 MaxVersion:S20 MinSize:I4 MaxSize:I4 MinDate:I4"
    " MaxDate:I4 Languages:S255|1",
    "DrLocator": "Signature_:s72 Parent:S72 Path:S255 Depth:I2|3",
    **dict.fromkeys(sequences.TABLES, "Action:s72 Condition:S255 Sequence:I2|1"),
    "_SummaryInformation": "PropertyId:i2 Value:l255|1",
}
_LOCAL_MACHINE: Final = 2
_PROGRAM_AS_COMPONENT: Final = 256  # msidbComponentAttributes64bit
_VITAL: Final = 512
_OWN_PROCESS, _AUTOMATIC, _NORMAL = 16, 2, 1
_STARTED_STOPPED_REMOVED: Final = 1 | 2 | 32 | 128  # msidbServiceControlEvent: start, stop, uninstall stop and delete
_OLDER: Final = 1 | 256 | 512  # msidbUpgradeAttributes: migrate features, both ends inclusive
_NEWER: Final = 2  # only detect, above this version
_EVENT_LOG: Final = rf"SYSTEM\CurrentControlSet\Services\EventLog\Application\{service.NAME}"


@dataclass(frozen=True, kw_only=True)
class Placed:
    """One file of the tree as the database knows it."""

    key: str
    path: Path
    component: str
    name: str


def write(folder: Path, product: Product, tree: Tree, content: str, at: datetime) -> list[Placed]:
    """Write every table as a file into a folder; return the files in the order of the cabinet. Raises BuildError."""
    layout = _Layout(product, tree, content)
    tables: dict[str, Iterable[Row]] = {
        **layout.tables(),
        "Property": _properties(product, content),
        "Media": [(1, len(layout.placed), None, "#agent.cab", None, None)],
        "Feature": [("Agent", None, product.name, service.DESCRIPTION, 2, 1, "ProgramFolder", 8 | 16)],
        "Registry": _registry(product, tree),
        "Environment": [("Path", "=-*PATH", "[~];[CommandFolder]", layout.component_of(COMMAND))],
        "ServiceInstall": [_service(layout)],
        "ServiceControl": [
            ("Service", service.NAME, _STARTED_STOPPED_REMOVED, None, 1, layout.component_of(f"{RUNTIME}/python.exe"))
        ],
        "CustomAction": sequences.actions(layout.key_of(f"{RUNTIME}/python.exe")),
        "LaunchCondition": sequences.CONDITIONS,
        "Upgrade": [
            (product.upgrade_code, "0.0.0", product.version, None, _OLDER, None, "OLDERFOUND"),
            (product.upgrade_code, product.version, None, None, _NEWER, None, "NEWERFOUND"),
        ],
        "AppSearch": [("IDENTITYFOUND", "Identity")],
        "Signature": [("Identity", "agent.crt", *(None,) * 7)],
        "DrLocator": [("Identity", None, rf"[CommonAppDataFolder]{product.folder}\identity", 0)],
        **sequences.TABLES,
        "_SummaryInformation": _summary(product, content, at),
    }
    for name, rows in tables.items():
        _write(folder / f"{name}.idt", name, rows)
    return layout.placed


def _write(file: Path, table: str, rows: Iterable[Row]) -> None:
    columns, _, keys = _COLUMNS[table].partition("|")
    names, types = zip(*(column.split(":") for column in columns.split()), strict=True)
    lines = ["\t".join(names), "\t".join(types), "\t".join((table, *names[: int(keys)]))]
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        if len(cells) != len(names) or any(set(cell) & set("\t\r\n") or not cell.isascii() for cell in cells):
            raise BuildError(f"a row that the table {table} can't hold: {row}")
        lines.append("\t".join(cells))
    file.write_bytes("".join(f"{line}\r\n" for line in lines).encode("ascii"))


def _properties(product: Product, content: str) -> list[Row]:
    secure = sorted((*product.properties, "IDENTITYFOUND", "NEWERFOUND", "OLDERFOUND"))
    return [
        ("ALLUSERS", 1),
        ("ARPNOMODIFY", 1),
        ("ARPURLINFOABOUT", product.about),
        ("Manufacturer", product.manufacturer),
        ("MsiHiddenProperties", "TOKEN"),
        ("ProductCode", product.code("product", product.version, content)),
        ("ProductLanguage", 1033),
        ("ProductName", product.name),
        ("ProductVersion", product.version),
        ("REBOOT", "ReallySuppress"),  # a sign-in server is never restarted by a package
        ("REINSTALLMODE", "amus"),  # what is installed is what this package holds, whatever lay there
        ("SecureCustomProperties", ";".join(secure)),
        ("UpgradeCode", product.upgrade_code),
    ]


def _registry(product: Product, tree: Tree) -> list[Row]:
    told = {
        "Version": product.version,
        "Runtime": f"CPython {tree.interpreter.version}",
        "Folder": "[ProgramFolder]",
        "StateFolder": "[StateFolder]",
    }
    rows: list[Row] = [
        (f"About{name}", _LOCAL_MACHINE, product.registry, name, value, "About") for name, value in told.items()
    ]
    return [
        *rows,
        ("EventMessages", _LOCAL_MACHINE, _EVENT_LOG, "EventMessageFile", f"#%{service.EVENT_MESSAGES}", "EventSource"),
        ("EventTypes", _LOCAL_MACHINE, _EVENT_LOG, "TypesSupported", f"#{service.EVENT_TYPES}", "EventSource"),
    ]


def _service(layout: "_Layout") -> Row:
    arguments = rf'-I -m {service.PROCESS} --config "[StateFolder]agent.toml"'
    start = (_OWN_PROCESS, _AUTOMATIC, _NORMAL)
    nothing = (None,) * 4  # load order, dependencies, account and password: LocalSystem
    component = layout.component_of(f"{RUNTIME}/python.exe")
    return ("Service", service.NAME, service.DISPLAY_NAME, *start, *nothing, arguments, component, service.DESCRIPTION)


def _summary(product: Product, content: str, at: datetime) -> list[Row]:
    written = at.strftime("%Y/%m/%d %H:%M:%S")
    return [
        (1, 1252),
        (2, "Installation Database"),
        (3, f"{product.name} {product.version}"),
        (4, product.manufacturer),
        (5, "Installer"),
        (6, service.DESCRIPTION),
        (7, "x64;1033"),
        (9, product.code("package", product.version, content, written)),
        (12, written),
        (13, written),
        (14, 500),  # Windows Installer 5.0: every Windows that farmsight runs on
        (15, 2),  # compressed, long names, elevated
        (18, "msitools"),
        (19, 2),  # read-only recommended
    ]


class _Layout:
    """Folders, components and files: one component a folder, the first file of it the key."""

    def __init__(self, product: Product, tree: Tree, content: str) -> None:
        self._product = product
        self._tree = tree
        self._content = content
        self._folders = {tree.folder: "ProgramFolder", tree.folder / "bin": "CommandFolder"}
        self.placed: list[Placed] = []
        for number, file in enumerate(tree.files(), 1):
            component = f"C{self._folder(file.parent)}"
            name = _short_and_long(f"F{number:06d}", file.name)
            self.placed.append(Placed(key=f"F{number:06d}", path=file, component=component, name=name))

    def _folder(self, path: Path) -> str:
        if path not in self._folders:
            self._folder(path.parent)
            self._folders[path] = f"D{len(self._folders):05d}"
        return self._folders[path]

    def _of(self, name: str) -> Placed:
        return next(one for one in self.placed if one.path == self._tree.folder / name)

    def component_of(self, name: str) -> str:
        """Return the component of a file by its name below the tree."""
        return self._of(name).component

    def key_of(self, name: str) -> str:
        """Return the key of a file by its name below the tree."""
        return self._of(name).key

    def tables(self) -> dict[str, list[Row]]:
        """Return the rows that come of the files."""
        keys: dict[str, str] = {}
        python = self._of(f"{RUNTIME}/python.exe")
        keys[python.component] = python.key  # the service's program is its component's key
        for one in self.placed:
            keys.setdefault(one.component, one.key)
        components: list[Row] = [
            (name, self._code(name), name[1:], _PROGRAM_AS_COMPONENT, None, key) for name, key in keys.items()
        ]
        by_registry = _PROGRAM_AS_COMPONENT | 4  # msidbComponentAttributesRegistryKeyPath
        components += [
            ("About", self._code("About"), "ProgramFolder", by_registry, None, "AboutVersion"),
            ("EventSource", self._code("EventSource"), "ProgramFolder", by_registry, None, "EventMessages"),
        ]
        return {
            "Directory": self._directories(),
            "Component": components,
            "FeatureComponents": [("Agent", str(row[0])) for row in components],
            "File": [
                (one.key, one.component, one.name, one.path.stat().st_size, None, None, _VITAL, number)
                for number, one in enumerate(self.placed, 1)
            ],
            "MsiFileHash": [
                (one.key, 0, *struct.unpack("<4i", hashlib.md5(one.path.read_bytes(), usedforsecurity=False).digest()))
                for one in self.placed
                if one.path.suffix.lower() not in EXECUTABLE
            ],
        }

    def _code(self, component: str) -> str:
        """Return a component's GUID: of this content alone, so that no older one is taken for it in an upgrade."""
        return self._product.code("component", self._product.version, self._content, component)

    def _directories(self) -> list[Row]:
        name = _short_and_long("FARMSI~1", self._product.folder)
        rows: list[Row] = [
            ("TARGETDIR", None, "SourceDir"),
            ("ProgramFiles64Folder", "TARGETDIR", "."),
            ("CommonAppDataFolder", "TARGETDIR", "."),
            ("StateFolder", "CommonAppDataFolder", name),
            ("ProgramFolder", "ProgramFiles64Folder", name),
        ]
        for path, key in self._folders.items():
            if key != "ProgramFolder":
                rows.append((key, self._folders[path.parent], _short_and_long(key, path.name)))
        return rows


def _short_and_long(short: str, name: str) -> str:
    """Return a name as the Filename type wants it: `short|long` where it is no 8.3 name itself."""
    stem, _, suffix = name.rpartition(".") if "." in name else (name, "", "")
    plain = name.replace("_", "").replace(".", "").replace("-", "").isalnum()
    if plain and 0 < len(stem) <= 8 and len(suffix) <= 3 and "." not in stem:
        return name
    return f"{short}{'.' + suffix[:3].upper() if suffix.isalnum() else ''}|{name}"
