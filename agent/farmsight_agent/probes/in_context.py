"""One part an account, for what depends on who asks."""

from collections.abc import Callable, Iterator

from farmsight_agent.hosts.host import Account, Host
from farmsight_agent.outcome import UnavailableError
from farmsight_agent.probe import Part, Tools
from farmsight_wire.v1 import facts_pb2


def by_account(tools: Tools, look: Callable[[Account], Part]) -> Iterator[Part]:
    """Yield a part for each account; raises UnavailableError where no account is known."""
    accounts = tools.host.accounts()
    if not accounts:
        raise UnavailableError("no-accounts", "it is not known as which accounts the services run here")
    for account in accounts:
        yield look(account)


def proof(host: Host, account: Account) -> facts_pb2.ContextProof:
    """Return the proof for settings that were read about an account rather than as it.

    On Windows the agent reads them from the account's hive and profile; the
    SID says about whom, the source that it was the agent itself who read.
    """
    recorded = host.platform == "evidence" or (host.platform != "windows" and account.uid is None)
    own = facts_pb2.TOKEN_SOURCE_OWN_PROCESS
    return facts_pb2.ContextProof(
        sid=account.sid or ("" if account.uid is None else f"uid:{account.uid}"),
        account=account.name,
        token_source=facts_pb2.TOKEN_SOURCE_EVIDENCE if recorded else own,
    )
