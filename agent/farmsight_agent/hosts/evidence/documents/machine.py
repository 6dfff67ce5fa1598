"""NAME_host.json: what the collection script saw of the machine itself."""

from collections.abc import Sequence
from typing import Final

from google.protobuf.duration_pb2 import Duration

from farmsight_agent.hosts.evidence.answers import sourced
from farmsight_agent.hosts.evidence.documents import sections
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import (
    instant,
    items,
    number,
    real,
    rows,
    text,
    texts,
    tristate,
    yes_or_no,
)
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.well_known import account_sid
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

# Names and numbers of System.ServiceProcess.ServiceControllerStatus and Win32_Service.
_STATES: Final = {
    "running": facts_pb2.SERVICE_STATE_RUNNING, "4": facts_pb2.SERVICE_STATE_RUNNING,
    "stopped": facts_pb2.SERVICE_STATE_STOPPED, "1": facts_pb2.SERVICE_STATE_STOPPED,
    "paused": facts_pb2.SERVICE_STATE_PAUSED, "7": facts_pb2.SERVICE_STATE_PAUSED,
    "2": facts_pb2.SERVICE_STATE_PENDING, "3": facts_pb2.SERVICE_STATE_PENDING,
    "5": facts_pb2.SERVICE_STATE_PENDING, "6": facts_pb2.SERVICE_STATE_PENDING,
    "failed": facts_pb2.SERVICE_STATE_FAILED,
}  # fmt: skip
_STARTS: Final = {
    "auto": facts_pb2.SERVICE_START_AUTOMATIC, "automatic": facts_pb2.SERVICE_START_AUTOMATIC,
    "2": facts_pb2.SERVICE_START_AUTOMATIC, "manual": facts_pb2.SERVICE_START_MANUAL,
    "3": facts_pb2.SERVICE_START_MANUAL, "disabled": facts_pb2.SERVICE_START_DISABLED,
    "4": facts_pb2.SERVICE_START_DISABLED,
}  # fmt: skip


def identity(document: Located, names: Sequence[str]) -> Seen[facts_pb2.HostIdentity]:
    """Return who the server is; resolutions of all names the file has, those asked for first."""
    computer = sections.one(document, "ComputerSystem")
    system = next(rows(document.get("OperatingSystem")), Located())
    found = facts_pb2.HostIdentity(
        computer_name=text(computer.get("Name")).upper(),
        fqdn=text(computer.get("DNSHostName")),
        addresses=texts(document.get("Addresses")),
        os_name=text(system.get("Caption")).strip(),
        os_version=text(system.get("Version")),
        os_update_revision=number(system.get("UBR")) or 0,
        domain_joined=tristate(computer.get("PartOfDomain")),
        domain_or_workgroup=text(computer.get("Domain")) or text(computer.get("Workgroup")),
        installed_updates=texts(document.get("Updates")),
    )
    booted = instant(system.get("LastBootUpTime"))
    if booted is not None:
        found.booted_at.CopyFrom(booted)
    wanted = {name.lower() for name in names}
    resolved = [_resolution(row) for row in rows(document.get("Resolutions"))]
    found.resolutions.extend(sorted(resolved, key=lambda one: one.name.lower() not in wanted))
    return sourced([(found, computer.source)], sections.file_of(document))


# WSAHOST_NOT_FOUND, SocketError.HostNotFound, RFC 8020, DNS_ERROR_RCODE_NAME_ERROR: names of codes, in no language.
_NO_SUCH_NAME: Final = ("not_found", "no-such-name", "hostnotfound", "nxdomain", "name_error")


def _resolution(row: Located) -> facts_pb2.NameResolution:
    addresses, error = texts(row.get("Addresses")), text(row.get("Error")).lower()
    if addresses:
        outcome = facts_pb2.RESOLUTION_OUTCOME_RESOLVED
    elif "timed" in error or "timeout" in error or error == "1460":
        outcome = facts_pb2.RESOLUTION_OUTCOME_TIMED_OUT
    elif error in {"", "9003", "11001", "9501"} or any(word in error for word in _NO_SUCH_NAME):
        outcome = facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME
    else:
        outcome = facts_pb2.RESOLUTION_OUTCOME_FAILED
    return facts_pb2.NameResolution(
        name=text(row.get("Name")),
        addresses=addresses,
        outcome=outcome,
        from_hosts_file=yes_or_no(row.get("FromHostsFile")) or False,
    )


def clock(row: Located) -> facts_pb2.ClockOffset | None:
    """Return one clock comparison; None for a row without a figure."""
    offset = real(row.get("OffsetSeconds"))
    if offset is None:
        return None
    span = Duration()
    span.FromNanoseconds(round(offset * 1e9))
    return facts_pb2.ClockOffset(
        reference=text(row.get("Reference")) or "unnamed",
        offset=span,
        synchronised=tristate(row.get("Synchronised")),
        time_source=text(row.get("Source")),
    )


def service(row: Located) -> facts_pb2.Service:
    """Return one service."""
    name = text(row.get("Name"))
    if not name:
        raise sections.not_understood(row, "Name")
    state, start = text(row.get("State")).lower(), text(row.get("StartMode")).lower()
    account = text(row.get("StartName"))
    pending = facts_pb2.SERVICE_STATE_PENDING if "pending" in state else facts_pb2.SERVICE_STATE_UNKNOWN
    return facts_pb2.Service(
        name=name,
        display_name=text(row.get("DisplayName")),
        state=_STATES.get(state, pending),
        start=_STARTS.get(start, facts_pb2.SERVICE_START_UNKNOWN),
        account_name=account,
        account_sid=text(row.get("StartSid")) or account_sid(account, name),
        process_id=number(row.get("ProcessId")) or 0,
    )


def listener(row: Located) -> facts_pb2.Listener:
    """Return one listening socket."""
    port = number(row.get("LocalPort"), 65535)
    address = text(row.get("LocalAddress"))
    if port is None or not address:
        raise sections.not_understood(row, "LocalAddress and LocalPort")
    return facts_pb2.Listener(
        address=address,
        port=port,
        process_id=number(row.get("OwningProcess")) or 0,
        process_name=text(row.get("ProcessName")),
        service=text(row.get("Service")),
        account=text(row.get("Account")),
    )


def port_exclusion(row: Located) -> facts_pb2.PortExclusion:
    """Return one excluded range."""
    first, last = number(row.get("StartPort"), 65535), number(row.get("EndPort"), 65535)
    if first is None or last is None:
        raise sections.not_understood(row, "StartPort and EndPort")
    administered = yes_or_no(row.get("Administered")) or False
    return facts_pb2.PortExclusion(first=first, last=last, protocol="tcp", administered=administered)


def schannel(document: Located) -> Seen[facts_pb2.SchannelSetting]:
    """Return the Schannel settings, an object of names and values."""
    held = sections.section(document, "Schannel")
    if held is not None and not isinstance(held, Located):
        raise FailedError("not-understood", "Schannel holds no object", source=sections.file_of(document))
    values = held or Located()
    found = []
    for name, value in values.items():
        as_number = number(value, (1 << 64) - 1) if isinstance(value, int) else None
        setting = facts_pb2.SchannelSetting(name=text(name), text="" if as_number is not None else text(value))
        if as_number is not None:
            setting.number = as_number
        found.append(setting)
    file = sections.file_of(document)
    return sourced([(one, values.source or file) for one in found], file)


def event(row: Located) -> facts_pb2.EventRecord:
    """Return one event log record."""
    record = number(row.get("RecordId"), (1 << 63) - 1)
    event_id = number(row.get("Id"))
    if record is None or event_id is None:
        raise sections.not_understood(row, "Id and RecordId")
    held = row.get("Data")
    data = held if isinstance(held, dict) else {str(n): one for n, one in enumerate(texts(held))}
    found = facts_pb2.EventRecord(
        log=text(row.get("Log")) or text(row.get("LogName")),
        provider=text(row.get("Provider")) or text(row.get("ProviderName")),
        event_id=event_id,
        record=record,
        level=number(row.get("Level")) or 0,
        data={text(name)[:200]: text(value)[:8000] for name, value in list(data.items())[:100]},
    )
    at = instant(row.get("TimeCreated"))
    if at is not None:
        found.at.CopyFrom(at)
    return found


def publisher(record: facts_pb2.EventRecord) -> str:
    """Return whose log a record is from: what stands before the slash in the log's name."""
    return record.log.partition("/")[0]


def published(seen: Seen[facts_pb2.EventRecord], wanted: str) -> Seen[facts_pb2.EventRecord]:
    """Return one publisher's records of all those that the section holds."""
    lines = seen.lines or ("",) * len(seen.values)
    found = [(one, line) for one, line in zip(seen.values, lines, strict=True) if publisher(one) == wanted]
    return sourced(found, seen.source)


def ip_listen(row: Located) -> facts_pb2.IpListen:
    """Return one address of the IP listen list."""
    address = text(row.get("Address"))
    if not address:
        raise sections.not_understood(row, "Address")
    return facts_pb2.IpListen(address=address)


def url_registration(row: Located) -> facts_pb2.UrlRegistration:
    """Return one URL that is registered with http.sys now."""
    url = text(row.get("Url"))
    if not url:
        raise sections.not_understood(row, "Url")
    processes = [found for found in (number(one) for one in items(row.get("ProcessIds"))) if found is not None]
    return facts_pb2.UrlRegistration(url=url, process_ids=processes, request_queue=text(row.get("RequestQueue")))
