"""Somebody on the farm knows the CA that issued a user's certificate."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from farmsight_collector.model.view import Farm, Held, Knowledge, UnknownFactError
from farmsight_collector.pki import certificates, names
from farmsight_collector.pki.inventory import Known, inventory
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_collector.rules.user.given import judged, parsed
from farmsight_wire.v1 import facts_pb2

HOLDING = frozenset({"store-certificate", "entra-authority"})


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for the issuer, by name and key, in the stores of all servers and in the tenant's list."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, held: Held, subject: str) -> Iterator[Verdict]:
    own = held.value.certificate
    wanted = names.text_key(own.issuer)
    namesakes = [k for k in inventory(farm).known.values() if names.text_key(k.subject) == wanted and _held(k)]
    if any(_issued(farm, held, known) for known in namesakes):
        return
    servers = farm.of_role("adfs", "wap")
    if not servers:
        raise UnknownFactError("", "certificate-stores", "CA", None, "no server's stores are shown")
    for server in servers:
        for store in ("CA", "ROOT"):
            answer = inventory(farm).answer(server, store)
            if answer.knowledge is Knowledge.UNKNOWN:
                raise UnknownFactError(
                    server.name, "certificate-stores", store, None, f"{server.name}: {answer.reason}"
                )
    tenant_blind = tuple(unseen(farm, "entra-authority"))
    if tenant_blind:
        yield from (replace(doubt, subject=subject) for doubt in tenant_blind)
        return
    other = f"; a CA of this name is known with another key ({namesakes[0].sha1})" if namesakes else ""
    tenant = any(s.ask("entra-authority").knowledge is Knowledge.KNOWN for s in farm.servers)
    nobody = "Neither a server nor the tenant" if tenant else "No server"
    yield Holds(
        subject=subject,
        title=f"{nobody} knows {own.issuer}, which issued the certificate of {subject}{other}",
        evidence=(held, *(one for known in namesakes for one in known.held[:3])),
        remedy=(told("every AD FS server and proxy", f"Install the certificate of {own.issuer} and of the CAs above"),),
    )


def _held(known: Known) -> bool:
    return any(one.kind in HOLDING for one in known.held)


def _issued(farm: Farm, held: Held, issuer: Known) -> bool:
    own: facts_pb2.CertificateSummary = held.value.certificate
    if own.authority_key_identifier and issuer.subject_key:
        return own.authority_key_identifier == issuer.subject_key
    try:
        read = parsed(farm, held)
    except UnknownFactError:
        return True  # the name is all that can be compared
    return issuer.certificate is None or certificates.signed_by(read, issuer.certificate) is not False


RULE = Rule(
    code="user.issuer-unknown",
    catalogue=("USER-10",),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("given-certificate", "store-certificate", "entra-authority"),
    what="The CA that issued a user's certificate is in no server's stores and not in the tenant's list.",
    why="No chain can be built for certificates of this CA (MDM, third party, renewed key): all of them are refused.",
    remedy="Install the CA's chain on every AD FS server and proxy, and add it to the tenant's list.",
    check="Is that CA meant to issue for sign-in? Compare the thumbprint with its owner.",
    undo="Delete the certificates by their thumbprints.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, steps 2 and 3",
    explains=("chain.server-refuses", "chain.revocation-offline"),
    on_farm=check,
)
