"""The chain engine is asked as each account: by the host where it can, else by a child."""

from base64 import b64decode
from types import SimpleNamespace

from farmsight_agent.contexts.protocol import ChildAnswer
from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.outcome import DeniedError, NotApplicableError, UnavailableError
from farmsight_agent.probes.chain_verdicts import PROBE
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

SYSTEM = Account(context=facts_pb2.CONTEXT_SYSTEM, name="SYSTEM", sid="S-1-5-18")
ADFS = Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="CONTOSO\\adfs$", sid="S-1-5-21-1-2-3-4")
VERDICT = facts_pb2.ChainVerdict(elements=[facts_pb2.ChainElement(certificate={"sha1": "aa" * 20})])


def tools(answer, run=None, files=()):
    """Return tools of a host that answers for SYSTEM, and for the AD FS account what `answer` says."""

    def verdicts(account):
        if account is ADFS:
            raise answer
        return Seen(values=(VERDICT,), source="api")

    host = SimpleNamespace(platform="windows", accounts=lambda: [SYSTEM, ADFS], chain_verdicts=verdicts)
    config = SimpleNamespace(retrieval=SimpleNamespace(user_certificates=files))
    return SimpleNamespace(host=host, config=config, contexts=SimpleNamespace(run=run), blobs=None)


def test_a_child_is_given_the_certificates_and_its_facts_are_the_part(tmp_path):
    file, asked = tmp_path / "alice.cer", []
    file.write_bytes(b"0\x03abc")

    def run(account, request):
        asked.append((account, request.op, [b64decode(text) for text in request.payload["certificates"]]))
        fact = facts_pb2.Fact(key="aa" * 20, chain_verdict=VERDICT)
        return ChildAnswer(proof=facts_pb2.ContextProof(), facts=(fact,), samples=())

    system, adfs = PROBE.run(tools(UnavailableError("other-account"), run, [file]))

    assert asked == [(ADFS, "chain", [b"0\x03abc"])]
    assert [one.outcome for one in (system, adfs)] == [telemetry_pb2.PROBE_OUTCOME_OBSERVED] * 2
    assert adfs.context == facts_pb2.CONTEXT_ADFS_SERVICE
    assert adfs.facts[0].key == "aa" * 20


def test_an_account_that_can_not_be_entered_is_unknown(tmp_path):
    file = tmp_path / "alice.cer"
    file.write_bytes(b"0\x03abc")

    def run(account, request):
        raise DeniedError("no-token")

    _, adfs = PROBE.run(tools(UnavailableError("other-account"), run, [file]))

    assert (adfs.outcome, adfs.reason) == (telemetry_pb2.PROBE_OUTCOME_DENIED, "no-token")


def test_no_child_is_started_where_nothing_is_to_be_asked():
    def run(account, request):
        raise AssertionError

    _, adfs = PROBE.run(tools(NotApplicableError("none-configured"), run))

    assert adfs.reason == "none-configured"


def test_a_file_with_a_private_key_reaches_no_child(tmp_path):
    file = tmp_path / "alice.pem"
    file.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")

    _, adfs = PROBE.run(tools(UnavailableError("other-account"), None, [file]))

    assert (adfs.outcome, adfs.reason) == (telemetry_pb2.PROBE_OUTCOME_FAILED, "private-key")
