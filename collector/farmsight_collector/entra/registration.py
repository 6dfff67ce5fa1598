"""Who the collector is towards a tenant: one folder a registration, below the data folder.

    entra/NAME/registration.json   farm, tenant, application, cloud, how often
    entra/NAME/credential.pem      certificate with its key, or
    entra/NAME/secret              client secret, or
    entra/NAME/tokens.json         what a device-code sign-in left

Only the collector's own account may read them. None of the last three is
ever printed, logged, or put into the store.
"""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast
from urllib.parse import urlsplit
from uuid import UUID

from farmsight_collector.entra.clouds import BY_NAME, Cloud
from farmsight_collector.errors import CollectorError
from farmsight_collector.identity.authority import write_secret
from farmsight_collector.identity.names import is_host_name

Kind = Literal["certificate", "secret", "device-code"]

FOLDER: Final = "entra"
PROBE: Final = "entra"
ROLE: Final = "tenant"  # of the server that stands for a tenant; no join token is made for it
SHORTEST_S: Final = 300
LONGEST_S: Final = 86_400
CREDENTIAL: Final = "credential.pem"
SECRET: Final = "secret"  # noqa: S105 - a file's name
TOKENS: Final = "tokens.json"
_FILE: Final = "registration.json"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")


class RegistrationError(CollectorError):
    """A registration can't be made or read; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One tenant as one farm sees it; nothing in here is secret."""

    name: str
    farm: str
    tenant: str  # id, or a verified domain
    client_id: str
    kind: Kind
    voice: str  # the agent's id that its reports go under
    cloud: str = "global"
    every_s: int = 900
    graph_url: str = ""  # in place of the cloud's
    authority_url: str = ""
    ca_file: str = ""

    @property
    def server(self) -> str:
        """Return the name of the server that stands for the tenant: no host can have it."""
        return f"entra:{self.name}"

    @property
    def graph(self) -> str:
        """Return where Graph answers."""
        return self.graph_url or self._cloud.graph

    @property
    def authority(self) -> str:
        """Return where tokens come from, the tenant included."""
        return f"{(self.authority_url or self._cloud.authority).rstrip('/')}/{self.tenant}"

    @property
    def _cloud(self) -> Cloud:
        return BY_NAME[self.cloud]


def check(one: Registration) -> None:
    """Raise RegistrationError naming everything that is wrong."""
    wrong = [
        (not _NAME.fullmatch(one.name), "the name is written in a-z, 0-9 and hyphens"),
        (not is_host_name(one.farm), f"{one.farm!r} is no federation service name"),
        (not (_is_id(one.tenant) or is_host_name(one.tenant)), "the tenant is its id, or one of its domains"),
        (not _is_id(one.client_id), "the client id is the application's id"),
        (one.kind not in ("certificate", "secret", "device-code"), "no such kind of credential"),
        (one.cloud not in BY_NAME, f"the cloud is one of {', '.join(BY_NAME)}"),
        (not SHORTEST_S <= one.every_s <= LONGEST_S, "asked every 5 minutes to 24 hours"),
        *((url and not _is_https(url), f"{url} is not https") for url in (one.graph_url, one.authority_url)),
    ]
    said = [text for holds, text in wrong if holds]
    if said:
        raise RegistrationError(f"{one.name}: {'; '.join(said)}")


def folder_of(data: Path, name: str) -> Path:
    """Return the folder of a registration; raises RegistrationError for what can't be a name."""
    if not _NAME.fullmatch(name):
        raise RegistrationError(f"{name!r}: the name is written in a-z, 0-9 and hyphens")
    return data / FOLDER / name


def load(data: Path, name: str) -> Registration:
    """Return a registration; raises RegistrationError where there is none or it can't be read."""
    path = folder_of(data, name) / _FILE
    try:
        written: Any = json.loads(path.read_text(encoding="utf-8"))
        found = Registration(**cast("dict[str, Any]", written))
        check(found)
    except FileNotFoundError:
        raise RegistrationError(f"there is no {name}; see: farmsight-collector entra list") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RegistrationError(f"{path} can't be read: {error}") from error
    return found


def names(data: Path) -> list[str]:
    """Return the names of all registrations."""
    try:
        return sorted(one.parent.name for one in (data / FOLDER).glob(f"*/{_FILE}") if _NAME.fullmatch(one.parent.name))
    except OSError:
        return []


def save(data: Path, one: Registration, secrets: Mapping[str, bytes]) -> None:
    """Keep a registration with its secrets; raises RegistrationError where the name is taken."""
    check(one)
    folder = folder_of(data, one.name)
    if (folder / _FILE).exists():
        raise RegistrationError(f"{one.name} is there already; remove it first, or choose another name")
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, data_of_it in secrets.items():
        write_secret(folder / name, data_of_it)
    # Last: a folder without it is no registration.
    write_secret(folder / _FILE, (json.dumps(asdict(one), indent=1) + "\n").encode())


def remove(data: Path, name: str) -> None:
    """Remove a registration and its secrets."""
    folder = folder_of(data, name)
    (folder / _FILE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise RegistrationError(f"{folder} can't be removed; what is left in it is secret")


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
