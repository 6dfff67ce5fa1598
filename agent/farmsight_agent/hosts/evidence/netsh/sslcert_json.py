"""`netsh http show sslcert json=enable`, which Windows Server 2022 and later print.

The keys are those of HTTP_SERVICE_CONFIG_SSL_PARAM (win32 Http
documentation) with a name for the application and the place. They are read
without regard to case, and whatever else there is is left alone.
"""

import re
from typing import Any, Final

from farmsight_agent.hosts.binding_flags import FLAGS
from farmsight_agent.hosts.evidence.answers import failed, sourced
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import number, rows, text
from farmsight_agent.hosts.evidence.netsh.json_block import block
from farmsight_agent.hosts.evidence.netsh.sslcert_records import BARE, HASH, KEY
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

MARK: Final = '"sslcertificatebindings"'
_PLACES: Final = ("ipport", "hostnameport", "hostport", "hostname", "host", "ccsport", "ccs", "scopedccs", "port")
_GUID: Final = re.compile(r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
_NUMBERS: Final = {
    "revocation_freshness_s": "defaultrevocationfreshnesstime",
    "url_retrieval_timeout_ms": "defaultrevocationurlretrievaltimeout",
    "raw_check_mode": "defaultcertcheckmode",
    "raw_flags": "defaultflags",
}


def parse(file: Text) -> Seen[facts_pb2.TlsBinding]:
    """Return the bindings; raises FailedError on JSON cut off or not understood."""
    held = _folded(block(file)).get(MARK.strip('"'))
    if not isinstance(held, list | Located):
        raise failed(file, 1, "not-understood", "no list of bindings")
    found = [_folded(row) for row in rows(held)]
    return sourced([(_binding(row), row.source) for row in found], f"evidence:{file.name}")


def _folded(row: Located) -> Located:
    found = Located({name.lower(): value for name, value in row.items()})
    found.source = row.source
    return found


def _binding(row: Located) -> facts_pb2.TlsBinding:
    binding = facts_pb2.TlsBinding(
        certificate_sha1=_hash(row),
        application_id=_application(row),
        store=text(row.get("sslcertstorename")),
        ctl_identifier=text(row.get("defaultsslctlidentifier")),
        ctl_store=text(row.get("defaultsslctlstorename")),
        data_source=facts_pb2.AGENT_DATA_SOURCE_COMMAND_TEXT,
        product="http.sys",
    )
    _place(row, binding)
    for field, name in _NUMBERS.items():
        value = number(row.get(name))
        if value is not None:
            setattr(binding, field, value)
    _bits(binding)
    return binding


def _bits(binding: facts_pb2.TlsBinding) -> None:
    """Set what the check mode and the flags say, where they were shown."""
    if binding.HasField("raw_check_mode"):
        mode = binding.raw_check_mode
        binding.verify_client_revocation, binding.cached_revocation_only = not mode & 1, bool(mode & 2)
        binding.usage_check = not mode & 0x10000
    if binding.HasField("raw_flags"):
        for bit, name in FLAGS.items():
            setattr(binding, name, bool(binding.raw_flags & bit))


def _not_understood(row: Located, what: str) -> FailedError:
    return FailedError("not-understood", f"{row.source.removeprefix('evidence:')}: {what}", source=row.source)


def _application(row: Located) -> str:
    said = (text(row.get(name)) for name in ("guidstring", "appid"))
    return next((one for one in said if _GUID.fullmatch(one)), "")


def _hash(row: Located) -> str:
    """Return the hash, which may be hex or a list of numbers."""
    held: Any = row.get("sslhash")
    if isinstance(held, list) and all(isinstance(one, int) and 0 <= one < 256 for one in held):
        return bytes(held).hex()
    found = re.sub(r"[\s:-]", "", text(held))
    if HASH.fullmatch(found) is None:
        raise _not_understood(row, "not a certificate's hash")
    return "" if found.startswith("(") else found


def _place(row: Located, binding: facts_pb2.TlsBinding) -> None:
    said = [text(row.get(name)).strip() for name in _PLACES]
    key = next((found for found in map(KEY.fullmatch, said) if found), None)
    port = number(row.get("port"), 65535)
    bare = next((one for one in said if BARE.fullmatch(one)), "")
    if key is not None:
        binding.host, binding.port = key[1].strip("[]"), int(key[2])
    elif port and text(row.get("host")):
        binding.host, binding.port = text(row.get("host")).strip("[]"), port
    elif bare:
        binding.binding_kind, binding.host, binding.port = facts_pb2.BINDING_KIND_CCS, "*", int(bare)
        return
    else:
        raise _not_understood(row, "a binding without address, name or port")
    address = ":" in binding.host or re.fullmatch(r"[0-9.]+", binding.host)
    scoped = facts_pb2.BINDING_KIND_SNI if binding.certificate_sha1 else facts_pb2.BINDING_KIND_SCOPED
    binding.binding_kind = facts_pb2.BINDING_KIND_IP if address else scoped
