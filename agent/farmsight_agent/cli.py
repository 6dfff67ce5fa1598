"""The verbs of `farmsight-agent`. Each imports what it needs when it is called: help is instant."""

import argparse
import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from farmsight_agent import exit_codes, help_texts

if TYPE_CHECKING:
    from farmsight_agent.reach.hop import Step

_EPILOG: Final = """\
first steps:
  on the collector:  farmsight-collector token create --role wap
  here:              farmsight-agent enroll --token fs1.... --collector collector.contoso.com:7443
                     farmsight-agent run                  (or: service install, service start)
  if in doubt:       farmsight-agent doctor
without a collector: farmsight-agent collect --output WAP01.json      (one file with all it saw)

exit codes: 0 done, 1 doctor found a fault, 2 input or connection at fault, 130 interrupted
"""


class CommandError(Exception):
    """What was asked can't be done; the text names the thing, the cause and the next step."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    # Children are started by exec, never by fork alone. gRPC's handlers for fork would, in a child
    # whose descriptors are closed already, poll what is not there and abort it.
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    try:
        code: int = options.verb(options)
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads; the interpreter must not complain about it at its end
        return exit_codes.OK
    except Exception as error:
        if not _expected(error):
            raise
        sys.stderr.write(f"farmsight-agent: {error}\n")
        return exit_codes.FAULT
    return code


def _written(text: str) -> None:
    """Write to standard output; raises CommandError when it has no room."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(f"cannot write the answer: {error.strerror}") from error


def _expected(error: Exception) -> bool:
    names = {"CommandError", "ConfigError", "IdentityError", "StartError", "ServiceError"}
    return type(error).__name__ in names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="farmsight-agent",
        description="Gathers facts about one server of an AD FS farm and tells them to a collector. Read-only.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _add_enroll(verbs)
    _add_run(verbs)
    _add_collect(verbs)
    _add_doctor(verbs)
    _add_service(verbs)
    child = verbs.add_parser("_child")  # no help: started by the agent itself only
    child.set_defaults(verb=_child)
    return parser


_Verbs = argparse._SubParsersAction


def _add(verbs: "_Verbs[argparse.ArgumentParser]", name: str, text: str, more: str) -> argparse.ArgumentParser:
    return verbs.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.\n\n{more}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_enroll(verbs: "_Verbs[argparse.ArgumentParser]") -> None:
    enroll = _add(verbs, "enroll", "become a known agent, with a one-use token of the collector", help_texts.ENROLL)
    enroll.add_argument("--token", required=True, help="what `farmsight-collector token create` printed; '-' reads it")
    enroll.add_argument(
        "--collector", required=True, action="append", metavar="HOST:PORT",
        help="its one port, by default 7443; several, as a list with commas or given again, are tried in turn",
    )  # fmt: skip
    enroll.add_argument(
        "--enrolment", metavar="HOST:PORT", help="its enrolment port, where it has one apart (one_port = false)"
    )
    enroll.add_argument("--proxy", metavar="URL", help="the HTTP proxy to go through: http://HOST:PORT")
    enroll.add_argument(
        "--proxy-credentials",
        type=Path,
        metavar="FILE",
        help="its login, USER:PASSWORD on one line; the file is copied",
    )
    enroll.add_argument("--name", help="this server's name (default: the computer name)")
    enroll.add_argument("--state-dir", type=Path, help="where identity, spool and agent.toml are kept")
    enroll.set_defaults(verb=_enroll)


def _add_run(verbs: "_Verbs[argparse.ArgumentParser]") -> None:
    run = _add(verbs, "run", "observe and tell the collector, until stopped", help_texts.RUN)
    _add_config(run)
    run.add_argument("--once", action="store_true", help="every probe once, deliver, and end when all of it is durable")
    run.add_argument("--within", type=float, default=120.0, metavar="SECONDS", help="time for --once to deliver (120)")
    _add_contexts(run)
    run.set_defaults(verb=_run)


def _add_collect(verbs: "_Verbs[argparse.ArgumentParser]") -> None:
    collect = _add(verbs, "collect", "every probe once, into one evidence file; needs no collector", help_texts.COLLECT)
    _add_config(collect)
    collect.add_argument("--evidence", type=Path, metavar="DIR", help="read this folder instead of this server")
    collect.add_argument("--role", choices=("adfs", "wap", "proxy", "vantage"), help="what this server is in the farm")
    collect.add_argument("--name", help="this server's name (default: the computer name)")
    collect.add_argument("--json", action="store_true", help="print the file's text (schema farmsight.facts/1)")
    collect.add_argument("--output", type=Path, metavar="FILE", help="write the file here (.zip: packed)")
    _add_contexts(collect)
    collect.set_defaults(verb=_collect)


def _add_doctor(verbs: "_Verbs[argparse.ArgumentParser]") -> None:
    doctor = _add(verbs, "doctor", "test each step of reaching the collector, and say what to do", help_texts.DOCTOR)
    _add_config(doctor)
    doctor.add_argument("--json", action="store_true", help="print the steps as JSON")
    doctor.add_argument(
        "--collector", action="append", metavar="HOST:PORT", help="only the way there; needs no identity yet"
    )
    doctor.add_argument("--proxy", metavar="URL", help="with --collector: through this HTTP proxy")
    doctor.add_argument("--proxy-credentials", type=Path, metavar="FILE", help="its login, USER:PASSWORD")
    doctor.set_defaults(verb=_doctor)


def _add_service(verbs: "_Verbs[argparse.ArgumentParser]") -> None:
    service = _add(verbs, "service", "run with the system: install, start, stop, remove", help_texts.SERVICE)
    service.add_argument("action", choices=("install", "start", "stop", "remove"))
    _add_config(service)
    service.set_defaults(verb=_service)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="configuration (default: agent.toml of --state-dir)"
    )
    parser.add_argument(
        "--state-dir", type=Path, metavar="DIR", help="where `enroll` wrote (default: the system's place)"
    )


def _add_contexts(parser: argparse.ArgumentParser) -> None:
    text = "the account behind a context, e.g. adfs-service=adfssvc; may be given again"
    parser.add_argument("--context", action="append", default=[], metavar="NAME=ACCOUNT", help=text)


def _config_path(options: argparse.Namespace) -> Path:
    from farmsight_agent.config import default_state_dir  # noqa: PLC0415

    path: Path = options.config or (options.state_dir or default_state_dir()) / "agent.toml"
    return path


def _enroll(options: argparse.Namespace) -> int:
    from farmsight_agent.enroll import enroll  # noqa: PLC0415

    token = options.token if len(options.token) > 1 else sys.stdin.readline()  # "-"
    told = enroll(
        token,
        options.collector,
        options.enrolment,
        options.name,
        options.state_dir,
        proxy=options.proxy,
        proxy_credentials=options.proxy_credentials,
    )
    for line in told:
        sys.stdout.write(line + "\n")
    return exit_codes.OK


def _run(options: argparse.Namespace) -> NoReturn:
    from farmsight_agent import app  # noqa: PLC0415
    from farmsight_agent.config import load  # noqa: PLC0415

    config = load(_config_path(options))
    logging.getLogger().setLevel(config.log_level.upper())
    config = replace(config, contexts={**config.contexts, **_contexts(options)})
    code = app.run(config, once=options.once, within_s=options.within)
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process now: all of ours is closed, and a probe that hangs must not hold the rest up.

    The interpreter would take gRPC apart while its threads still wait.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _collect(options: argparse.Namespace) -> int:
    from farmsight_agent import collect  # noqa: PLC0415
    from farmsight_agent.config import Config, load  # noqa: PLC0415

    path = _config_path(options)
    config = load(path) if options.config or path.exists() else Config()
    config = replace(
        config,
        host="evidence" if options.evidence else config.host,
        evidence_dir=options.evidence.absolute() if options.evidence else config.evidence_dir,
        role=options.role or config.role,
        server_name=options.name or config.server_name,
        contexts={**config.contexts, **_contexts(options)},
    )
    if options.evidence and not options.evidence.is_dir():
        raise CommandError(
            f"--evidence {options.evidence}: not a folder; give the folder that holds the captured files"
        )
    document = collect.collect(config)
    if options.output:
        try:
            collect.write(options.output, document)
        except OSError as error:
            raise CommandError(f"--output {options.output} can't be written: {error}") from error
    if options.json and not options.output:
        _written(collect.to_json(document))
    else:
        _written(collect.summary(document))
    return exit_codes.OK


def _contexts(options: argparse.Namespace) -> dict[str, str]:
    from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME  # noqa: PLC0415

    found = {}
    for text in options.context:
        name, equals, account = text.partition("=")
        if not equals or not account or name not in CONTEXT_BY_NAME:
            known = ", ".join(sorted(name for name in CONTEXT_BY_NAME if name))
            raise CommandError(f"--context {text}: must be NAME=ACCOUNT; the names are {known}")
        found[name] = account
    return found


def _doctor(options: argparse.Namespace) -> int:
    from farmsight_agent import doctor  # noqa: PLC0415
    from farmsight_agent.reach.hop import FAILED  # noqa: PLC0415

    steps = []
    for step in _steps(options):
        steps.append(step)
        if not options.json:
            sys.stdout.write(f"{step.state:<8} {step.step}: {step.says}\n")
            if step.remedy:
                sys.stdout.write(f"{'':<8} -> {step.remedy}\n")
            sys.stdout.flush()
    collectors = doctor.collectors(steps)
    if options.json:
        document = {
            "schema": "farmsight.doctor/1",
            "collectors": collectors,
            "steps": [step.to_json() for step in steps],
        }
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    for one in () if options.json else collectors:
        came_out = f"fails at: {one['fails_at']}" if one["fails_at"] else str(one["state"])
        sys.stdout.write(f"{one['address']}: {came_out}\n")
    return exit_codes.FOUND if any(step.state == FAILED for step in steps) else exit_codes.OK


def _steps(options: argparse.Namespace) -> "Iterable[Step]":
    from farmsight_agent import doctor  # noqa: PLC0415
    from farmsight_agent.enroll import addresses, given_proxy  # noqa: PLC0415

    if options.collector:
        proxy = given_proxy(options.proxy, options.proxy_credentials)
        return doctor.way_there(addresses(options.collector), proxy)
    if options.proxy or options.proxy_credentials:
        raise CommandError("--proxy and --proxy-credentials go with --collector; else those of agent.toml are tested")
    return doctor.Doctor(_config_path(options)).examine()


def _service(options: argparse.Namespace) -> int:
    from farmsight_agent.service import manager  # noqa: PLC0415

    actions = manager()
    if options.action == "install":
        said = actions.install(_config_path(options))
    else:
        said = {"start": actions.start, "stop": actions.stop, "remove": actions.remove}[options.action]()
    sys.stdout.write(said + "\n")
    return exit_codes.OK


def _child(_options: argparse.Namespace) -> int:
    from farmsight_agent.contexts.child import main as child  # noqa: PLC0415

    return child()


if __name__ == "__main__":
    sys.exit(main())
