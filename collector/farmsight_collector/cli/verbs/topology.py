"""`farmsight topology`: the farm as a tree, or as data for a drawing."""

import argparse
from dataclasses import asdict

from farmsight_collector.cli.verb import Asking, Verb
from farmsight_collector.topology import diagrams, text
from farmsight_collector.topology.message import from_message
from farmsight_wire.v1 import query_pb2


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=("text", "mermaid", "dot", "svg"),
        default="text",
        help="text tree (default), Mermaid, Graphviz, or the picture of the web page as SVG",
    )


def _run(asking: Asking) -> int:
    graph = from_message(asking.stub.GetTopology(query_pb2.GetTopologyRequest(scope=asking.scope())))
    if asking.arguments.json:
        asking.out.json({"schema": "farmsight.topology/1", **asdict(graph)})
    elif asking.arguments.format == "mermaid":
        asking.out.raw(diagrams.mermaid(graph))
    elif asking.arguments.format == "dot":
        asking.out.raw(diagrams.dot(graph))
    elif asking.arguments.format == "svg":
        from farmsight_collector.topology import layout, svg  # noqa: PLC0415 - a drawing library, for this form alone
        from farmsight_collector.topology.draw import drawing  # noqa: PLC0415

        asking.out.raw(svg.file(drawing(graph), layout.layout(graph), f"Topology of {graph.farm}"))
    else:
        asking.out.block(text.tree(graph, asking.out.paint))
    return 0


VERB = Verb(
    name="topology",
    help="the farm as a tree, or as Mermaid, Graphviz, SVG or JSON",
    description="Shows who signs in through whom, and who fetches what from where, with the state of each way.",
    add_arguments=_arguments,
    run=_run,
)
