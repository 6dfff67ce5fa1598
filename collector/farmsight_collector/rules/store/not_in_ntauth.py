"""A CA that issues users' certificates is not in NTAuth."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Knowledge, Server
from farmsight_collector.pki.chains import Authority, UserChains, allows_client_authentication, user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.naming import TENANT, USER
from farmsight_collector.rules.commands import exported, powershell
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2

_NTAUTH = (
    "'ldap:///CN=NTAuthCertificates,CN=Public Key Services,CN=Services,CN=Configuration,FOREST-ROOT-DN"
    "?cACertificate?base?objectClass=certificationAuthority'"
)


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each issuing CA that the tenant names and this domain member's NTAuth copy lacks."""
    if server.ask("store-certificate", part="NTAuth").knowledge is Knowledge.NOT_APPLICABLE:
        return
    there = {held.value.certificate.sha1 for held in inventory(farm).need(server, "NTAuth")}
    joined = {held.value.domain_joined for held in server.need("host")}
    if facts_pb2.TRISTATE_NO in joined:
        return
    if facts_pb2.TRISTATE_YES not in joined:
        yield CannotTell(server=server.name, reason="not known whether the server is in a domain", probe="host")
        return
    chains = user_chains(farm)
    yield from unseen(farm, "entra-authority", about=server.name)
    for authority in chains.authorities:
        if not _issues_users(farm, chains, authority) or authority.sha1s & there:
            continue
        above = any(parent.sha1s & there for parent in chains.ancestors(authority))
        newest = authority.certificates[0].sha1
        tenant = [held for held in authority.held if held.kind == "entra-authority"]
        yield Holds(
            subject=authority.subject,
            servers=(server.name,),
            title=f"{authority.subject} is not in NTAuth",
            evidence=(*tenant, *inventory(farm).holding(server, "CA", {newest})),
            remedy=(
                powershell(
                    server.name,
                    f"certutil -store CA {newest} {exported(newest)}",
                    f"certutil -dspublish -f {exported(newest)} NTAuthCA  # as an Enterprise Admin",
                    "certutil -pulse  # on every AD FS server, then: certutil -store -enterprise NTAuth",
                    check=("certutil -store -enterprise NTAuth", f"certutil -store CA {newest}"),
                    undo=(
                        "# pick the certificate in the window that this opens, as an Enterprise Admin:",
                        f"certutil -viewdelstore {_NTAUTH}",
                    ),
                ),
            ),
            severity=Severity.INFO if above else None,
            why=RULE.why
            + (" A CA above it is in NTAuth; the sources disagree whether that is enough." if above else ""),
        )


def _issues_users(farm: Farm, chains: UserChains, authority: Authority) -> bool:
    valid = authority.valid_at(farm.as_of)
    return (
        bool({TENANT, USER} & set(authority.sources))
        and not chains.issues_authorities(authority)
        and any(map(allows_client_authentication, valid))
    )


RULE = Rule(
    code="store.not-in-ntauth",
    catalogue=("STORE-11",),
    severity=Severity.WARNING,
    roles=ADFS,
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate", "host"),
    what="A CA that the tenant names and that issued no other CA is not in this AD FS server's copy of NTAuth.",
    why=(
        "Where a domain controller maps the certificate to the account, it accepts only issuers in "
        "NTAuth; the handshake itself never looks at it."
    ),
    remedy="Publish the issuing CA to NTAuth as an Enterprise Admin, then refresh the servers' copies.",
    check="certutil -viewstore of NTAuthCertificates in the directory: missing there, or in this copy only?",
    undo="Delete it from NTAuthCertificates with certutil -viewdelstore.",
    source=(
        "Microsoft Japan support on AD FS certificate authentication (issuing CA); AD FS user "
        "certificate documentation (root of the chain)"
    ),
    on_server=check,
)
