"""Calls as other accounts on Windows: real children with real tokens in real jobs, believed only as far as checked.

Wine knows one user only. So what is shown here is that the token of the right
process is taken, that a wrong SID is found out, and that nothing is left
behind; whose token it is on a server with several accounts is not. Nor does
Wine keep a job's limits on memory and time: here they are only seen to be set.
"""

import contextlib
import json
import textwrap
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from farmsight_agent.contexts.protocol import BLOB, DONE, ERROR, PROOF, RESULT
from tests.windows.bed.wine_host import FOLDER, WineHost

Asked = Callable[..., dict[str, Any]]

WINE_USER = "S-1-5-21-0-0-0-1000"
NETWORK_SERVICE = "S-1-5-20"
DRIVER = r"""
import json, os, sys, threading, time
from farmsight_agent.contexts.runner import ChildRequest, ContextRunner, own_account
from farmsight_agent.contexts.windows import by_token
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows import accounts
from farmsight_agent.hosts.windows.api import process_creation
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2

class Kept:
    size = 0
    def keep(self, data):
        self.size += len(data)
        return b""

def an_account(sid="WINE_USER", service="", context=facts_pb2.CONTEXT_ADFS_SERVICE):
    return Account(context=context, name="CONTOSO\\adfs$", sid=sid, service=service)

def call(account, op="whoami", script=None, deadline_s=20.0, payload={}, kept=None, **ways):
    if script is not None:
        ways["command"] = (sys.executable, "-I", "-c", SPEAK + script)
    runner = ContextRunner(kept or Kept(), blob_limit=1 << 22, **ways)
    request = ChildRequest(op=op, deadline_s=deadline_s, payload=payload)
    began = time.monotonic()
    try:
        try:
            answer = runner.run(account, request)
        except NotObservedError as error:
            if "error 1359 " not in error.detail:
                raise
            answer = runner.run(account, request)  # once in some hundreds of starts Wine fails by itself
    except NotObservedError as error:
        told = {"error": type(error).__name__, "reason": error.reason, "detail": error.detail}
    else:
        source = facts_pb2.TokenSource.Name(answer.proof.token_source).removeprefix("TOKEN_SOURCE_")
        told = {"sid": answer.proof.sid, "account": answer.proof.account, "source": source,
                "elevated": answer.proof.elevated, "result": dict(answer.result)}
    return told | {"seconds": time.monotonic() - began, "kept": (kept or Kept()).size}

def tell(**told):
    print(json.dumps(told))
"""
SPEAK = f"""
import json, os, struct, subprocess, sys, time
from farmsight_agent.hosts.windows.api import tokens
from farmsight_wire.v1 import facts_pb2
def say(kind, data=b''):
    sys.stdout.buffer.write(struct.pack('>BI', kind, len(data)) + data)
    sys.stdout.buffer.flush()
def prove(sid=None, elevated=None):
    own = tokens.own_identity()
    proof = facts_pb2.ContextProof(sid=sid or own.sid, elevated=own.elevated if elevated is None else elevated)
    say({PROOF}, proof.SerializeToString())
"""
READ = "line = sys.stdin.buffer.readline();"
DRIVER = DRIVER.replace("WINE_USER", WINE_USER) + f"SPEAK = {SPEAK!r}\n"


@pytest.fixture
def asked(shared_windows: WineHost) -> Asked:
    """Return how to run a piece of Python that ends in `tell(...)` on the host, and what it told."""

    def ask(text: str) -> dict[str, Any]:
        told = shared_windows.code(DRIVER + textwrap.dedent(text), timeout=90).strip().splitlines()
        return dict(json.loads(told[-1]))

    return ask


@pytest.fixture
def service(shared_windows: WineHost) -> Callable[..., None]:
    """Return how to make `adfssrv` run as an account, or only be there; Wine's own service program stands in for it."""

    def make(account: str, *, started: bool = True, name: str = "adfssrv") -> None:
        shared_windows.code(
            textwrap.dedent(f"""
            import time
            import pywintypes, win32service as s
            manager = s.OpenSCManager(None, None, s.SC_MANAGER_ALL_ACCESS)
            try:
                old = s.OpenService(manager, {name!r}, s.SERVICE_ALL_ACCESS)
            except pywintypes.error:
                how = (s.SERVICE_ALL_ACCESS, s.SERVICE_WIN32_OWN_PROCESS, s.SERVICE_DEMAND_START, 1)
                program = r"C:\\windows\\system32\\plugplay.exe"
                old = s.CreateService(manager, {name!r}, "AD FS", *how, program, None, False, None, {account!r}, None)
            none = s.SERVICE_NO_CHANGE
            s.ChangeServiceConfig(old, none, none, none, None, None, False, None, {account!r}, None, None)
            state = lambda: s.QueryServiceStatusEx(old)["CurrentState"]
            if {started} and state() == s.SERVICE_STOPPED:
                s.StartService(old, None)
            if not {started} and state() == s.SERVICE_RUNNING:
                s.ControlService(old, s.SERVICE_CONTROL_STOP)
            wanted = s.SERVICE_RUNNING if {started} else s.SERVICE_STOPPED
            ends = time.monotonic() + 30
            while state() != wanted and time.monotonic() < ends:
                time.sleep(0.05)
            assert state() == wanted, state()
            """)
        )

    return make


@contextlib.contextmanager
def crl_server() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server that has no CRL, and the paths it was asked for."""
    asked_for: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked_for.append(self.path)
            self.send_error(404)

        def log_message(self, *_values: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "{}:{}".format(*server.server_address), asked_for
        server.shutdown()


def gone(host: WineHost, mark: str) -> None:
    """Wait until no process has this in its command line any more."""
    host.wait_for(f"the end of {mark}", lambda: not [one for one in host.processes().values() if mark in one], 10)


def test_the_agents_own_account_is_a_child_too_and_says_so(asked: Asked) -> None:
    told = asked("tell(**call(own_account()))")

    assert (told["sid"], told["source"], told["elevated"]) == (WINE_USER, "OWN_PROCESS", True)
    assert told["account"].endswith("\\root")


def test_a_renamed_interpreter_starts_children_as_a_package_has_it(shared_windows: WineHost) -> None:
    """A package's python.exe is called farmsight-agent.exe; its children are of the same file."""
    shared_windows.put_file(rf"{FOLDER}\farmsight-agent.exe", shared_windows.path(rf"{FOLDER}\python.exe"))
    text = DRIVER + "tell(**call(own_account()), program=os.path.basename(sys.executable))"

    done = shared_windows.run(rf"{FOLDER}\farmsight-agent.exe", "-X", "utf8", "-c", text)

    told = json.loads(done.stdout)
    assert (told["program"], told["sid"]) == ("farmsight-agent.exe", WINE_USER)


def test_the_token_of_the_running_service_is_what_a_child_is_started_with(asked: Asked, service) -> None:
    service(".\\root")

    told = asked("""
        found = next(one for one in accounts.accounts() if one.context == facts_pb2.CONTEXT_ADFS_SERVICE)
        tell(name=found.name, known=found.sid, service=found.service, **call(found, enter=by_token.service_process))
    """)

    assert (told["known"], told["service"]) == (WINE_USER, "adfssrv")
    assert (told["sid"], told["source"]) == (WINE_USER, "SERVICE_PROCESS")


def test_a_service_whose_process_is_somebody_else_lends_nothing(asked: Asked, service) -> None:
    """Set to NETWORK SERVICE, while its process runs as another: as on a server where the change awaits a restart."""
    service("NT AUTHORITY\\NetworkService")

    told = asked("""
        found = {one.context: one for one in accounts.accounts()}
        network = found[facts_pb2.CONTEXT_NETWORK_SERVICE]
        tell(contexts=sorted(found), service=network.service, **call(network))
    """)

    assert told["contexts"] == [1, 3, 5]  # SYSTEM, NETWORK SERVICE, who asks: AD FS has no account of its own there
    assert told["service"] == "adfssrv"
    assert (told["error"], told["reason"]) == ("UnavailableError", "service-other-account")
    assert "by the service's process" in told["detail"]
    assert "by a scheduled task: task-scheduler" in told["detail"]  # Wine's has no automation interface


def test_a_service_that_does_not_run_and_a_user_without_password_are_unknown_because(asked: Asked, service) -> None:
    service("CONTOSO\\svc-adfs", started=False)

    told = asked("""
        tell(**call(Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="CONTOSO\\\\svc-adfs",
                            sid="S-1-5-21-1-2-3-1104", service="adfssrv")))
    """)

    assert (told["error"], told["reason"]) == ("UnavailableError", "service-not-running")
    assert "needs-password" in told["detail"]


def test_the_next_way_is_tried_when_windows_fails_on_the_first(asked: Asked, service) -> None:
    service("CONTOSO\\adfs$", started=False)

    told = asked("""
        def fail(*arguments):
            raise pywintypes.error(31, "QueryServiceStatusEx", "a device does not function")
        import pywintypes
        by_token.service_processes.process_of = fail
        tell(**call(Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="CONTOSO\\\\adfs$",
                            sid="S-1-5-21-1-2-3-1104", service="adfssrv")))
    """)

    assert (told["error"], told["reason"]) == ("FailedError", "child-not-started")
    assert "by the service's process: child-not-started: error 31 of QueryServiceStatusEx" in told["detail"]
    assert "by a scheduled task: task-scheduler" in told["detail"]


def test_a_child_gives_up_the_privileges_that_it_was_started_with(asked: Asked) -> None:
    """By a task, or by who may make no tokens, it was started with all of its account's."""
    told = asked("""
        import win32api, win32security as s
        from farmsight_agent.contexts.windows import being
        def held():
            token = s.OpenProcessToken(win32api.GetCurrentProcess(), 8)
            return [s.LookupPrivilegeName("", luid) for luid, _ in s.GetTokenInformation(token, s.TokenPrivileges)]
        before = held()
        being.become(None)
        tell(before=before, after=held())
    """)

    assert "SeDebugPrivilege" in told["before"]
    assert told["after"] == ["SeChangeNotifyPrivilege"]


def test_who_runs_the_agent_by_hand_is_asked_as_the_caller(asked: Asked, service) -> None:
    """As on Linux, and as whoever captures outputs by hand; an account of a service is that service's context."""
    ask = "tell(found=[[one.context, one.sid, one.name] for one in accounts.accounts()], **call(own_account()))"
    service("CONTOSO\\gone", started=False)
    alone = asked(ask)
    service(".\\root", started=False)
    served = asked(ask)

    [caller] = [one for one in alone["found"] if one[0] == 5]
    assert caller[1] == WINE_USER
    assert caller[2].endswith("\\root")
    assert alone["sid"] == WINE_USER
    assert [context for context, sid, _ in served["found"] if sid == WINE_USER] == [2]


def test_an_account_whose_sid_nobody_knows_is_not_entered(asked: Asked, service) -> None:
    service("CONTOSO\\gone", started=False)

    told = asked("""
        found = next(one for one in accounts.accounts() if one.context == facts_pb2.CONTEXT_ADFS_SERVICE)
        tell(known=found.sid, **call(found))
    """)

    assert (told["known"], told["error"], told["reason"]) == ("", "UnavailableError", "no-sid")


def test_a_child_with_another_token_than_asked_for_never_runs(asked: Asked, shared_windows: WineHost) -> None:
    told = asked(f"""
        script = "open(r'C:\\\\ran.txt', 'w').close()"
        tell(**call(an_account("{NETWORK_SERVICE}"), script=script, enter=by_token.own_process))
    """)

    assert (told["error"], told["reason"]) == ("FailedError", "context-mismatch")
    assert f"run by {WINE_USER}" in told["detail"]
    assert not shared_windows.path(r"C:\ran.txt").exists()


@pytest.mark.parametrize("lie", [f"'{NETWORK_SERVICE}'", "elevated=False"])
def test_a_child_that_claims_what_its_token_does_not_say_is_thrown_away(asked: Asked, lie: str) -> None:
    told = asked(f"""tell(**call(own_account(), script='''{READ} prove({lie}); say({DONE}); time.sleep(30)'''))""")

    assert (told["error"], told["reason"]) == ("FailedError", "context-mismatch")
    assert told["seconds"] < 10


def test_the_environment_is_the_accounts_and_nothing_of_the_agents(asked: Asked) -> None:
    told = asked(f"""
        os.environ["HTTPS_PROXY"] = "http://agents-own:1"
        script = '''{READ} prove(); say({RESULT}, json.dumps(dict(os.environ)).encode()); say({DONE})'''
        tell(**call(own_account(), "select", script=script))
    """)

    environment = {name.upper() for name in told["result"]}
    assert {"SYSTEMROOT", "TEMP", "USERPROFILE"} <= environment
    assert "HTTPS_PROXY" not in environment


def test_a_child_that_never_answers_is_killed_with_its_grandchildren(asked: Asked, shared_windows: WineHost) -> None:
    told = asked(f"""
        nap = [sys.executable, "-c", "import time; open('C:/4242.5', 'a').write('.'); time.sleep(4242.5)"]
        start = f"subprocess.Popen({{nap!r}}, creationflags=%d);"
        script = "{READ}" + start % 0 + start % 8 + "time.sleep(60)"  # 8: detached from the console
        tell(**call(own_account(), script=script, deadline_s=6))
    """)

    assert (told["error"], told["reason"]) == ("TimedOutError", "deadline")
    assert told["seconds"] < 15
    assert shared_windows.path(r"C:\4242.5").read_text() == ".."
    gone(shared_windows, "4242.5")


def test_a_child_that_leaves_grandchildren_behind_takes_them_with_it(asked: Asked, shared_windows: WineHost) -> None:
    """Ended, its answer complete: what it started has no say, and does not stay."""
    told = asked(f"""
        nap = [sys.executable, "-c", "import time; open('C:/4243.5', 'a').write('.'); time.sleep(4243.5)"]
        script = f"{READ} subprocess.Popen({{nap!r}}); prove()\\n"
        script += "while not os.path.exists('C:/4243.5'): time.sleep(0.05)" + "\\nsay({DONE})"
        tell(**call(own_account(), script=script))
    """)

    assert told.get("sid") == WINE_USER, told
    assert shared_windows.path(r"C:\4243.5").read_text() == "."
    gone(shared_windows, "4243.5")


def test_a_child_does_not_outlive_an_agent_that_is_killed(shared_windows: WineHost) -> None:
    text = DRIVER + textwrap.dedent(f"""
        threading.Timer(3, os._exit, (9,)).start()
        call(own_account(), script="{READ} time.sleep(4244.5)", deadline_s=60)
    """)

    assert shared_windows.python("-c", text, check=False).returncode == 9
    gone(shared_windows, "4244.5")


def test_a_child_that_reads_nothing_and_only_complains_is_given_up_in_time(asked: Asked) -> None:
    told = asked("""
        script = "sys.stderr.write('x' * 200_000); sys.stderr.flush(); time.sleep(60)"
        tell(**call(own_account(), script=script, deadline_s=2, payload={"x": "y" * 900_000}))
    """)

    assert (told["error"], told["reason"]) == ("TimedOutError", "deadline")
    assert told["seconds"] < 6


def test_much_on_standard_error_does_not_stand_in_the_way_of_an_answer(asked: Asked) -> None:
    told = asked(f"""
        script = "{READ} sys.stderr.write('x' * 100_000); sys.stderr.flush(); prove(); say({DONE})"
        tell(**call(own_account(), script=script))
    """)

    assert told["sid"] == WINE_USER


def test_a_child_that_breaks_says_its_last_words(asked: Asked) -> None:
    told = asked(f"""tell(**call(own_account(), script="{READ} prove(); sys.exit('out of paper')"))""")

    assert (told["error"], told["reason"]) == ("UnavailableError", "child-ended")
    assert "(1): out of paper" in told["detail"]


@pytest.mark.parametrize("said", ["'hello, world' * 100", "chr(2) * 64"])
def test_garbage_on_standard_output_is_a_failure_not_a_crash(asked: Asked, said: str) -> None:
    told = asked(f"""
        script = "{READ} sys.stdout.write({said}); sys.stdout.flush(); time.sleep(30)"
        tell(**call(own_account(), script=script))
    """)

    assert (told["error"], told["reason"]) == ("FailedError", "child-answer")


def test_an_error_of_the_child_comes_through(asked: Asked) -> None:
    told = asked(f"""
        said = json.dumps({{"outcome": "denied", "reason": "no-luck", "detail": "today"}})
        script = f"{READ} say({ERROR}, {{said.encode()!r}})"
        tell(**call(own_account(), script=script))
    """)

    assert (told["error"], told["reason"]) == ("DeniedError", "no-luck")


def test_a_large_request_does_not_block_and_a_blob_reaches_the_sink(asked: Asked) -> None:
    told = asked(f"""
        kept = Kept()
        script = "{READ} prove(); say({BLOB}, b'x' * len(line)); say({DONE})"
        tell(**call(own_account(), script=script, payload={{"x": "y" * 900_000}}, kept=kept))
    """)

    assert told["sid"] == WINE_USER
    assert told["kept"] > 900_000


def test_a_program_that_is_not_there_is_unavailable(asked: Asked) -> None:
    told = asked(r"""tell(**call(own_account(), command=(r"C:\no\such.exe",)))""")

    assert (told["error"], told["reason"]) == ("UnavailableError", "child-not-started")


@pytest.mark.parametrize(("number", "reason"), [(1314, "privilege-missing"), (5, "child-not-started")])
def test_a_token_that_may_not_be_given_to_a_process_is_denied(asked: Asked, number: int, reason: str) -> None:
    """As an administrator in the foreground: neither by oneself nor through the secondary logon service."""
    told = asked(f"""
        import ctypes
        asked = []
        class Refusing:
            def __getattr__(self, name):
                def refuse(*arguments):
                    asked.append(name)
                    ctypes.set_last_error({number})
                    return 0
                return refuse
        process_creation._advapi32 = Refusing()
        account = an_account(service="PlugPlay")
        tell(**call(account, enter=by_token.service_process), asked=asked)
    """)

    assert (told["error"], told["reason"]) == ("DeniedError", reason)
    assert told["asked"] == ["CreateProcessAsUserW", "CreateProcessWithTokenW"][: 2 if number == 1314 else 1]


def test_who_may_not_give_tokens_has_the_secondary_logon_service_do_it(asked: Asked) -> None:
    """As an administrator in the foreground, who may impersonate."""
    told = asked("""
        import ctypes
        asked, real = [], process_creation._advapi32
        class Refusing:
            def __getattr__(self, name):
                asked.append(name)
                return refuse if name == "CreateProcessAsUserW" else getattr(real, name)
        def refuse(*arguments):
            ctypes.set_last_error(1314)
            return 0
        process_creation._advapi32 = Refusing()
        tell(**call(an_account(service="PlugPlay"), enter=by_token.service_process), asked=asked)
    """)

    assert told["asked"] == ["CreateProcessAsUserW", "CreateProcessWithTokenW"]
    assert (told["sid"], told["source"]) == (WINE_USER, "SERVICE_PROCESS")


def test_two_children_at_once_do_not_hold_each_others_pipes(asked: Asked) -> None:
    """A child that held another's pipe would keep it from ever seeing its end."""
    told = asked(f"""
        import collections
        found = collections.deque()
        slow = "{READ} prove(); time.sleep(4); say({DONE})"
        threads = [threading.Thread(target=lambda: found.append(call(own_account(), script=slow))) for _ in range(2)]
        for one in threads: one.start()
        time.sleep(0.5)
        quick = call(own_account(), script="{READ} prove()")
        for one in threads: one.join()
        tell(quick=quick, sids=[one["sid"] for one in found])
    """)

    assert told["quick"]["reason"] == "child-ended"
    assert told["quick"]["seconds"] < 3
    assert told["sids"] == [WINE_USER, WINE_USER]


@pytest.mark.parametrize("memory", [1 << 30, 1 << 28])
def test_the_job_is_told_every_limit(asked: Asked, memory: int) -> None:
    told = asked(f"""
        import win32job
        given, real = [], win32job.SetInformationJobObject
        def record(job, kind, values):
            given.append(values)
            return real(job, kind, values)
        win32job.SetInformationJobObject = record
        answer = call(own_account(), memory_limit={memory}, deadline_s=20)
        basic = given[0]["BasicLimitInformation"]
        tell(memory=given[0]["JobMemoryLimit"], time=basic["PerJobUserTimeLimit"], flags=basic["LimitFlags"],
             processes=basic["ActiveProcessLimit"], desktop=given[1]["UIRestrictionsClass"], sid=answer["sid"])
    """)

    assert (told["memory"], told["time"], told["processes"]) == (memory, 30 * 10_000_000, 8)
    kill_on_close, job_memory, job_time, active, die = 0x2000, 0x200, 0x4, 0x8, 0x400
    assert told["flags"] == kill_on_close | job_memory | job_time | active | die
    assert told["desktop"] == 0xFF
    assert told["sid"] == WINE_USER


def test_an_agent_fetches_as_the_account_of_ad_fs_and_says_which_contexts_it_can_not_enter(
    shared_windows: WineHost, service
) -> None:
    """The whole way: services, accounts, a child, one retrieval over loopback, the proof in the fact."""
    service(".\\root")
    with crl_server() as (address, asked_for):
        shared_windows.put(
            r"C:\contexts\agent.toml",
            'role = "adfs"\nstate_dir = "state"\n'
            f'[retrieval]\nurls = ["http://{address}/contoso.crl"]\n[endpoints]\nenabled = false\n',
        )
        done = shared_windows.agent("collect", "--config", r"C:\contexts\agent.toml", "--json", timeout=110)

    collected = json.loads(done.stdout)
    [fact] = [one for one in collected["facts"] if one["kind"] == "retrieval"]
    assert fact["context"] == "adfs-service"
    assert set(asked_for) == {"/contoso.crl"}
    [agent] = [one["value"] for one in collected["facts"] if one["kind"] == "agent"]
    state = {one["context"]: one.get("available", False) for one in agent["contexts"]}
    assert state == {"CONTEXT_ADFS_SERVICE": True, "CONTEXT_SYSTEM": False, "CONTEXT_NETWORK_SERVICE": False}
    outcomes = {one["context"]: one["outcome"] for one in collected["probes"] if one["probe"] == "retrievals"}
    assert outcomes == {"adfs-service": "observed", "system": "unavailable", "network-service": "unavailable"}


@pytest.mark.parametrize("way", ["own_process", "service_process"])
def test_a_child_has_no_privileges_of_the_token_it_was_made_of(asked: Asked, way: str) -> None:
    """It reads what strangers send; the agent and the service may debug and impersonate, it may not."""
    told = asked(
        f"""
        import win32api, win32security as s
        def held():
            token = s.OpenProcessToken(win32api.GetCurrentProcess(), 8)
            return [s.LookupPrivilegeName("", luid) for luid, _ in s.GetTokenInformation(token, s.TokenPrivileges)]
        script = '''{READ}
import win32api, win32security as s
token = s.OpenProcessToken(win32api.GetCurrentProcess(), 8)
held = [s.LookupPrivilegeName("", luid) for luid, _ in s.GetTokenInformation(token, s.TokenPrivileges)]
prove(); say({RESULT}, json.dumps(dict(held=held)).encode()); say({DONE})'''
        tell(mine=held(), **call(an_account(service="PlugPlay"), "select", script=script, enter=by_token.{way}))
    """.replace("\n        ", "\n")
    )

    assert "SeDebugPrivilege" in told["mine"]
    assert set(told["result"]["held"]) <= {"SeChangeNotifyPrivilege"}
