"""One `farmsight lab up`, from the first line printed to the exit code."""

import argparse
import sys
import time
from typing import Final

import grpc

from farmsight_agent.identity import IdentityError
from farmsight_collector.cli import exit_codes
from farmsight_collector.cli.findings_output import document, exit_code, print_findings
from farmsight_collector.cli.output import Output
from farmsight_collector.folder import FolderError
from farmsight_collector.topology import text
from farmsight_collector.topology.message import from_message
from farmsight_lab import orders
from farmsight_lab.faults.fault import Fault, FaultError
from farmsight_lab.harness import Lab, LabError
from farmsight_lab.network.namespaces import NetworkError
from farmsight_lab.processes import ProcessError
from farmsight_lab.scenario import Scenario, ScenarioError
from farmsight_wire.v1 import query_pb2

INPUT_AT_FAULT: Final = exit_codes.FAULT
LOOK_EVERY_S: Final = 1.0
REFRESH_EVERY_S: Final = 300.0  # evidence speaks of times that grow old, e.g. of the last synchronisation


def run(scenario: Scenario, arguments: argparse.Namespace) -> int:
    """Run the lab with a scenario; prints progress to standard error."""
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"lab {time.monotonic() - began:5.1f} s: {line}", file=sys.stderr, flush=True)

    out = Output()
    try:
        with Lab(arguments.folder, network=arguments.network, say=say) as lab:
            lab.up(scenario)
            if arguments.outside:
                lab.look_from_outside()
            response = lab.once(arguments.timeout)
            say("every agent has reported")
            _print(lab, response, out, arguments)
            if arguments.once:
                return exit_code(response.findings, arguments.fail_on)
            lab.run()
            data, user = lab.layout.collector, lab.layout.user("alice")
            say(f"up; ask with: farmsight findings --data {data} -v   or: farmsight topology --data {data}")
            say(f"users' certificates are in {lab.layout.users}; try: farmsight trace {user} --data {data}")
            say(f"the web page; sign in once with: {lab.collector.way_in()}")
            say("plant faults with: farmsight lab plant FAULT --on SERVER; Ctrl-C stops")
            _stay(lab, response, out, arguments)
    except (LabError, ProcessError, NetworkError, FolderError, IdentityError, OSError) as error:
        print(f"farmsight lab: {error}", file=sys.stderr)
        return INPUT_AT_FAULT
    return 0


def _print(lab: Lab, response: query_pb2.ListFindingsResponse, out: Output, arguments: argparse.Namespace) -> None:
    if arguments.json:
        out.json(document(response))
        return
    if not arguments.once:
        out.block(text.tree(from_message(lab.collector.topology()), out.paint))
        out.line()
    print_findings(out, response, details=False)


def _stay(lab: Lab, response: query_pb2.ListFindingsResponse, out: Output, arguments: argparse.Namespace) -> None:
    """Stay up, plant and lift what is ordered, and tell findings that come and go."""
    base, ordered, refreshed = lab.scenario, dict[str, Fault](), time.monotonic()
    known = {finding.id: finding for finding in response.findings}
    while True:
        time.sleep(LOOK_EVERY_S)
        lab.check()
        try:
            now = orders.pending(lab.layout.orders)
            if set(now) != set(ordered):
                ordered = now
                lab.change(orders.with_orders(base, ordered))
                out.line(f"planted: {', '.join(ordered) or 'nothing more than the scenario'}")
            elif time.monotonic() - refreshed > REFRESH_EVERY_S:
                refreshed = time.monotonic()
                lab.change(lab.scenario)
        except (ScenarioError, FaultError) as error:
            out.line(f"not planted: {error}", "warning")
        try:
            found = {finding.id: finding for finding in lab.findings().findings}
        except grpc.RpcError:
            continue  # a collector that is busy or starting anew
        if not arguments.json:
            _tell(known, found, out)
        known = found


def _tell(known: dict[str, query_pb2.Finding], found: dict[str, query_pb2.Finding], out: Output) -> None:
    for name in found.keys() - known.keys():
        out.line(f"opened  {found[name].code}  {', '.join(found[name].servers)}  {found[name].title}", "warning")
    for name in known.keys() - found.keys():
        out.line(f"closed  {known[name].code}  {', '.join(known[name].servers)}", "ok")
