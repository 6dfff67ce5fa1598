"""The web proxy that programs of an account would use: environment variables."""

import os
from collections.abc import Mapping
from pathlib import Path

from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.hosts.linux import files
from farmsight_wire.v1 import facts_pb2


def settings(account: Account, root: Path = Path("/")) -> Seen[facts_pb2.ProxySetting]:
    """Return the account's environment proxy: the system's file, and this process's where it is our own."""
    path = root / "etc/environment"
    held = files.settings(files.text_if_any(path))
    own = account.uid is None or account.uid == os.geteuid()
    if own:
        held = {**held, **os.environ}
    source = "process" if own else f"file:{path}"
    return Seen(values=(setting(held),), source=source)


def setting(environment: Mapping[str, str]) -> facts_pb2.ProxySetting:
    """Return what an environment says; lower-case names come first, as in curl."""

    def value(name: str) -> str:
        return environment.get(name) or environment.get(name.upper()) or ""

    # CRLs are fetched over http; the other ones stand in where only they are set.
    proxy = value("http_proxy") or value("all_proxy") or value("https_proxy")
    return facts_pb2.ProxySetting(
        proxy_source=facts_pb2.PROXY_SOURCE_ENVIRONMENT,
        direct=not proxy,
        proxy=without_password(proxy),
        bypass=[one.strip() for one in value("no_proxy").split(",") if one.strip()],
    )


def without_password(proxy: str) -> str:
    """Return a proxy URL without the credentials it may carry: no password may leave the server."""
    scheme, mark, rest = proxy.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
