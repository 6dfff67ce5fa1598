"""What a verb of the command line is, and what all asking verbs share."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import grpc

from farmsight_collector.cli import connection, exit_codes, instants
from farmsight_collector.cli.output import Output
from farmsight_collector.clock import timestamp
from farmsight_collector.model.words import plain
from farmsight_wire.v1 import query_pb2, query_pb2_grpc

NOTHING_FOUND = exit_codes.DONE
FOUND = exit_codes.FOUND
INPUT_AT_FAULT = exit_codes.FAULT
INTERRUPTED = exit_codes.INTERRUPTED


class InputError(Exception):
    """What was asked for can't be meant; the text says why and what can be."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What a verb is given: the collector, the options, the instant of the call, where to print."""

    stub: query_pb2_grpc.QueryServiceStub
    arguments: argparse.Namespace
    now: datetime
    out: Output
    channel: grpc.Channel | None = None  # for other services than that of questions

    def scope(self) -> query_pb2.Scope:
        """Return the farm and the instant asked for."""
        scope = query_pb2.Scope(farm=self.arguments.farm or "")
        if self.at is not None:
            scope.as_of.CopyFrom(timestamp(self.at))
        return scope

    @cached_property
    def at(self) -> datetime | None:
        """Return the instant asked about, None for now."""
        return self.instant(self.arguments.at) if self.arguments.at else None

    def since(self, text: str) -> datetime:
        """Return where a span begins: what is so long ago counts from the instant asked about."""
        return self.instant(text) if instants.is_word(text) else instants.parse(text, self.at or self.now)

    def instant(self, text: str) -> datetime:
        """Return the instant that an option names; the collector is asked for those that only it knows."""
        if not instants.is_word(text):
            return instants.parse(text, self.now)
        if self.stub is None:
            raise InputError(f"'{text}' is known to a collector alone; give the time itself")
        answer = self.stub.ResolveInstant(
            query_pb2.ResolveInstantRequest(
                scope=query_pb2.Scope(farm=self.arguments.farm or ""),
                word=text.strip().lower().replace(" ", "-"),
                of=self.arguments.of or "",
            )
        )
        print(f"farmsight: {plain(answer.why)}", file=sys.stderr)
        return answer.at.ToDatetime(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One question that can be asked from the command line."""

    name: str
    help: str
    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Asking], int]


def add(verb: Verb, subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add a verb's parser, with the options that all verbs take."""
    parser = subparsers.add_parser(
        verb.name,
        help=verb.help,
        description=verb.description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(verb=verb)
    parser.add_argument("--farm", metavar="NAME", help="federation service name; not needed when there is just one")
    parser.add_argument(
        "--at", metavar="TIME", help=f"ask about then instead of now; {instants.HELP}, or before-first-failure"
    )
    parser.add_argument(
        "--of", metavar="FINDING|CODE", help="of what 'before-first-failure' is meant (default: errors and worse)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs instead of text for people")
    verb.add_arguments(parser)
    connection.add_arguments(parser)
