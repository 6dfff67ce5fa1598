"""What `collect` wrote on one machine is what another machine reads, fact by fact."""

import base64
import hashlib
import json
from dataclasses import replace

import pytest
from google.protobuf import json_format

from farmsight_agent.collect import collect, to_json
from farmsight_agent.config import Config, EndpointConfig
from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.host import Account
from farmsight_agent.normalise import fact
from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, kind_of
from tests.fakes.certificates import CERTIFICATE, SHA1, certificate

NETWORK = facts_pb2.CONTEXT_NETWORK_SERVICE
FETCHED = fact(
    facts_pb2.Retrieval(
        purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, url="http://pki/ca.crl", http_status=200, body_sha256=b"\x01" * 32,
        size=2**40, hops=[facts_pb2.Hop(url="http://pki/ca.crl", http_status=200)],
        crl=facts_pb2.CrlSummary(entries=5, number="1f"),
    ),
    "crl http://pki/ca.crl",
    context=NETWORK,
    asked_by=facts_pb2.ContextProof(sid="S-1-5-20", account="NETWORK SERVICE"),
    source="evidence:x:1",
)  # fmt: skip
LISTENER = fact(facts_pb2.Listener(address="::", port=443, process_id=4), "[::]:443", source="y")
STORED = fact(
    facts_pb2.StoreCertificate(
        store="MY",
        certificate=facts_pb2.CertificateSummary(sha1=SHA1, blob_sha256=hashlib.sha256(CERTIFICATE).digest()),
    ),
    f"MY/{SHA1}",
)


def collected(*facts, server="WAP01", at="2026-11-23T10:00:00Z", probes=()):
    runs = {kind_of(one).probe: {"probe": kind_of(one).probe, "outcome": "observed", "reason": None} for one in facts}
    return {
        "schema": "farmsight.facts/1", "server": server, "role": "wap", "collected_at": at,
        "probes": [*runs.values(), *probes],
        "facts": [
            {
                "kind": kind_of(one).name, "context": CONTEXT_NAMES[one.context], "key": one.key, "source": one.source,
                "asked_by": json_format.MessageToDict(one.asked_by) if one.HasField("asked_by") else None,
                "value": json_format.MessageToDict(getattr(one, one.WhichOneof("value"))),
            }
            for one in facts
        ],
        "samples": [],
    }  # fmt: skip


def host(folder, document, name="WAP01.json"):
    (folder / name).write_text(json.dumps(document))
    return EvidenceHost(folder, "WAP01")


def test_retrievals_come_back_whole(tmp_path):
    assert host(tmp_path, collected(FETCHED)).recorded("retrievals").values == (FETCHED,)


def test_other_questions_are_answered_from_it_where_no_capture_does(tmp_path):
    runs = [{"probe": "certificate-stores", "part": "MY", "outcome": "observed"}]
    runs += [{"probe": "certificate-stores", "part": "CA", "outcome": "observed"}]
    evidence = host(
        tmp_path, collected(LISTENER, STORED, probes=runs) | {"blobs": {"x": base64.b64encode(CERTIFICATE).decode()}}
    )

    assert evidence.listeners().values == (LISTENER.listener,)
    assert evidence.store_names().values == ("MY", "CA")
    assert evidence.store_certificates("CA").values == ()
    [found] = evidence.store_certificates("MY").values
    assert found.der == CERTIFICATE
    assert evidence.store_crls("MY").values == ()


def test_how_a_run_ended_is_how_it_ends_again(tmp_path):
    runs = (
        {"probe": "services", "outcome": "denied", "reason": "access-denied"},
        {"probe": "schannel", "outcome": "observed", "reason": None},
        {"probe": "http-sys", "part": "tls-binding", "outcome": "failed", "reason": "truncated"},
        {"probe": "http-sys", "part": "url-reservation", "outcome": "observed"},
        {"probe": "proxy-settings", "context": "system", "outcome": "observed"},
        {"probe": "proxy-settings", "context": "network-service", "outcome": "denied", "reason": "no-token"},
    )
    evidence = host(tmp_path, collected(probes=runs))

    assert evidence.schannel_settings().values == ()
    assert evidence.url_reservations().values == ()
    assert evidence.proxy_settings(Account(context=facts_pb2.CONTEXT_SYSTEM, name="")).values == ()
    with pytest.raises(DeniedError, match="access-denied"):
        evidence.services()
    with pytest.raises(FailedError, match="truncated"):
        evidence.tls_bindings()
    with pytest.raises(DeniedError, match="no-token"):
        evidence.proxy_settings(Account(context=NETWORK, name=""))
    with pytest.raises(UnavailableError, match="not-collected"):
        evidence.recorded("tls-endpoints")


def test_the_newest_of_this_server_s_files_counts(tmp_path):
    host(tmp_path, collected(LISTENER, server="WAP02", at="2027-01-01T00:00:00Z"), "other.json")
    host(
        tmp_path, collected(at="2026-11-22T10:00:00Z", probes=[{"probe": "listeners", "outcome": "denied"}]), "old.json"
    )

    assert host(tmp_path, collected(LISTENER, server="wap01.contoso.com")).listeners().values == (LISTENER.listener,)


@pytest.mark.parametrize("value", [None, "x", {"port": "many"}, {"address": ["a"]}, {"address": "\ud800"}])
def test_a_fact_that_is_none_is_named_by_its_line(tmp_path, value):
    document = collected(LISTENER)
    document["facts"][0]["value"] = value
    with pytest.raises(FailedError, match="not-understood") as caught:
        host(tmp_path, document).listeners()
    assert caught.value.source.startswith("evidence:WAP01.json:")


def test_a_newer_agent_s_fields_are_passed_over(tmp_path):
    document = collected(LISTENER)
    document["facts"][0]["value"]["colour"] = "blue"
    document["facts"].append({"kind": "weather", "key": "-", "value": {}})

    assert host(tmp_path, document).listeners().values == (LISTENER.listener,)


def test_a_certificate_without_its_bytes_keeps_what_was_said_of_it(tmp_path):
    other = certificate("other")
    assert other != CERTIFICATE
    [found] = host(tmp_path, collected(STORED)).store_certificates("MY").values

    assert (found.der, found.message.certificate.sha1) == (None, SHA1)


def test_what_collect_writes_is_what_evidence_reads(tmp_path):
    """The whole way: a Linux machine collected, its file read elsewhere, and collected again."""
    live = Config(role="proxy", server_name="PROXY01", endpoints=EndpointConfig(enabled=False))
    first = collect(live)
    (tmp_path / "PROXY01.json").write_text(to_json(first))
    second = collect(replace(live, host="evidence", evidence_dir=tmp_path))

    def comparable(document):
        kept = [
            row
            for row in document["facts"]
            if row["kind"] in {"host", "store-certificate", "listener", "proxy-setting"}
        ]
        return [(row["kind"], row["context"], row["key"], row["value"]) for row in kept]

    assert comparable(second) == comparable(first)
    assert second["blobs"].keys() == first["blobs"].keys()
