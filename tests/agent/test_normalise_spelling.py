"""One spelling for what sources spell in many ways."""

import pytest

from farmsight_agent.normalise import fact, spelling
from farmsight_agent.normalise.kinds import distinct
from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.target import Target
from farmsight_collector.ingest import checked
from farmsight_wire.v1 import facts_pb2


@pytest.mark.parametrize(
    ("function", "given", "expected"),
    [
        (spelling.thumbprint, "\u200eAB CD:01", "abcd01"),
        (spelling.store_name, " my ", "MY"),
        (spelling.store_name, "adfstrusteddevices", "AdfsTrustedDevices"),
        (spelling.store_name, "adfsclient", "adfsclient"),
        (spelling.certificate_store_of_binding, "(null)", "MY"),
        (spelling.named, "(null)", ""),
        (spelling.application_id, "5D89A20C-BEAB-4389-9447-324788EB944A", "{5d89a20c-beab-4389-9447-324788eb944a}"),
        (spelling.application_id, "", ""),
        (spelling.reserved_url, " HTTPS://STS.Contoso.com:49443/ADFS/ ", "https://sts.contoso.com:49443/ADFS/"),
        (spelling.windows_name, "CN=Contoso CA 1, S=X, O=Contoso", "CN=Contoso CA 1,ST=X,O=Contoso"),
        (spelling.windows_name, 'CN=a, O="b, c"', "CN=a,O=b\\, c"),
        (spelling.windows_name, 'O="a ""b"" = c", CN="x+y" + OU=z', 'O=a \\"b\\" = c,CN=x\\+y+OU=z'),
        (spelling.windows_name, "E=ca@contoso.com, CN=a", "1.2.840.113549.1.9.1=ca@contoso.com,CN=a"),
        (spelling.windows_name, "CN=a, OID.2.5.4.97=NTRDE-1", "CN=a,2.5.4.97=NTRDE-1"),
        (spelling.windows_name, "CN=a, 1.2.3=#0C0141", "CN=a,1.2.3=#0c0141"),
        (spelling.windows_name, "CN=", "CN="),
        (spelling.windows_name, "CN=a, b=c=d", "CN=a, b=c=d"),
        (spelling.windows_name, "CN=a, b", "CN=a, b"),
        (spelling.windows_name, 'CN="a', 'CN="a'),
        (spelling.windows_name, "no name", "no name"),
        (spelling.windows_name, "", ""),
        (spelling.reserved_url, "http://+:80/", "http://+:80/"),
    ],
)
def test_spelling(function, given, expected):
    assert function(given) == expected


@pytest.mark.parametrize(
    ("host", "key"), [("::", "[::]:443"), ("[::1]", "[::1]:443"), ("STS.x", "sts.x:443"), ("0.0.0.0", "0.0.0.0:443")]
)
def test_endpoint_keys(host, key):
    assert spelling.endpoint_key(host, 443) == key


def test_a_fact_knows_its_field_by_its_type():
    made = fact(facts_pb2.Listener(port=1), "x:1", source="s")
    assert (made.WhichOneof("value"), made.key, made.source) == ("listener", "x:1", "s")


def test_an_empty_value_is_a_fact_all_the_same():
    assert fact(facts_pb2.AdfsGlobalPolicy(), "-").WhichOneof("value") == "adfs_global_policy"


def test_the_same_identity_twice_is_one_fact_the_first():
    first, second = (fact(facts_pb2.Listener(process_id=pid), "x:1") for pid in (1, 2))
    assert distinct([first, second]) == (first,)


@pytest.mark.parametrize("order", [1, -1])
def test_a_certificate_in_the_machines_store_is_not_taken_for_one_of_a_user(order):
    """`certutil -user -store` lists what the account inherits from the machine as well."""
    machine = facts_pb2.StoreCertificate(
        store="ROOT",
        location=facts_pb2.STORE_LOCATION_LOCAL_MACHINE,
        origin=facts_pb2.STORE_ORIGIN_GROUP_POLICY,
    )
    user = facts_pb2.StoreCertificate(
        store="ROOT",
        location=facts_pb2.STORE_LOCATION_USER,
        origin=facts_pb2.STORE_ORIGIN_REGISTRY,
        account="CONTOSO\\admin",
    )
    (one,) = distinct([fact(value, "ROOT/ab") for value in (machine, user)[::order]])

    assert one.store_certificate == machine


@pytest.mark.parametrize("letter", ["x", "ä", "\N{GRINNING FACE}"])
def test_a_key_is_never_longer_than_a_collector_takes(letter):
    """A URL of any length can stand in a certificate, and one such key would cost its report all other facts."""
    url = "http://pki.contoso.com/" + letter * 2100
    made = [fact(facts_pb2.UrlCacheEntry(url=one), one) for one in (url, url, f"{url}y")]

    assert all(len(one.key.encode()) <= checked.KEY_BYTES for one in made)
    assert made[0].key == made[1].key != made[2].key
    assert made[0].url_cache.url == url
    assert fact(facts_pb2.UrlCacheEntry(), "x" * checked.KEY_BYTES).key == "x" * checked.KEY_BYTES


def test_nor_is_that_of_a_retrieval():
    target = Target(purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, url="http://pki/" + "x" * (urls.LONGEST - 11))

    assert len(target.key.encode()) <= checked.KEY_BYTES
    assert target.key.startswith("crl http://pki/x")
