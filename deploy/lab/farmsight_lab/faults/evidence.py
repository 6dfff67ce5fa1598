"""Faults of the looking itself: what nobody collected, and what could not be read."""

# ruff: noqa: ARG001 - every fault has the one form

from collections.abc import Sequence

from farmsight_lab.farm.evidence import evidence_files
from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.faults.fault import FaultKind, Parameter, Values

_FILES = ("host.json", "49443.txt", "sslcert.txt", "adfs.json", "wap.json", "entra.json")


def _file_missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        possible = evidence_files(server)
        name = values["file"] if values["file"] in possible else f"{server.name}_{values['file']}"
        if name not in possible:
            raise KeyError(f"{values['file']} of {server.name}")
        server.missing.add(name)


def _section_missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        for document in (server.host, server.adfs, server.wap):
            if document is not None and values["section"] in document:
                del document[values["section"]]
                break
        else:
            raise KeyError(f"{values['section']} of {server.name}")


def _cmdlet_failed(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        document = server.adfs if server.adfs is not None else server.wap
        assert document is not None
        document.pop(values["cmdlet"], None)
        document["Errors"][values["cmdlet"]] = {"Reason": values["reason"], "Message": values["message"]}


FAULTS = (
    FaultKind(
        name="file-missing",
        what="a file was not collected",
        plant=_file_missing,
        parameters=(Parameter(name="file", what="the file", choices=_FILES),),
    ),
    FaultKind(
        name="section-missing",
        what="a section was not collected",
        plant=_section_missing,
        parameters=(Parameter(name="section", what="its name in a JSON file, e.g. Services"),),
    ),
    FaultKind(
        name="cmdlet-failed",
        what="a cmdlet gave an error",
        plant=_cmdlet_failed,
        parameters=(
            Parameter(name="cmdlet", what="its name"),
            Parameter(name="reason", what="the reason", default="denied", choices=("denied", "failed", "not-primary")),
            Parameter(name="message", what="what it said", default="Access is denied."),
        ),
    ),
)
