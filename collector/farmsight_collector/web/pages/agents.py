"""Agents: who reports, with which version, how they are themselves; and letting in, letting back, cutting off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode

from farmsight_collector.errors import NotFoundError
from farmsight_collector.identity import authority, roster, sealing
from farmsight_collector.model.build import farm_as_of, farms
from farmsight_collector.queries.agents import Agent, agents_of, states
from farmsight_collector.shown.ages import ago
from farmsight_collector.shown.figures import size
from farmsight_collector.shown.texts import Exact
from farmsight_collector.standing import WORDS
from farmsight_collector.store import agents, tokens
from farmsight_collector.store.tokens import TokenRow
from farmsight_collector.web.page import Acting, Action, Asked, Page
from farmsight_wire.v1.vocabulary import ROLES

TOKENS_AT_ONCE: Final = 50
SPANS: Final = {"1h": "an hour", "8h": "8 hours", "1d": "a day", "7d": "7 days", "30d": "30 days"}
_LIFETIMES: Final = {
    "1h": timedelta(hours=1),
    "8h": timedelta(hours=8),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
MOST_FARMS: Final = 5  # whose agents are shown together
WINDOWS: Final = "& 'C:\\Program Files\\farmsight-agent\\bin\\farmsight-agent.cmd' doctor"
LINUX: Final = ("systemctl start farmsight-agent", "farmsight-agent doctor")


@dataclass(frozen=True, kw_only=True)
class Group:
    """The agents of one farm."""

    farm: str
    agents: Sequence[Agent]
    states: Sequence[tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A join token that was made just now, with what to run on the server."""

    row: TokenRow
    windows: Sequence[Exact]
    linux: Sequence[Exact]


def values(asked: Asked) -> Mapping[str, object]:
    """Return the agents of each farm, or of one, and the join tokens."""
    names = farms(asked.connection)
    farm = asked.parameters.text("farm")
    find = asked.parameters.text("find")
    state = asked.parameters.text("state")
    wanted = [name for name in names if farm in ("", name)]
    groups = [_group(asked, name) for name in wanted] if len(wanted) <= MOST_FARMS else []
    every = [row for row in tokens.tokens(asked.connection) if farm in ("", row.farm)]
    known = sorted({*names, *(name.lower() for name in asked.desk.config.farms)})
    return {
        "groups": [_filtered(one, find, state) for one in groups],
        "states": sorted({word for one in groups for word, _ in one.states}),
        "total": sum(len(one.agents) for one in groups),
        "chosen": {"farm": farm, "find": find, "state": state},
        "tokens": [(row, roster.state_of_token(row, asked.at)) for row in every[:TOKENS_AT_ONCE]],
        "older_tokens": max(0, len(every) - TOKENS_AT_ONCE),
        "roles": ROLES,
        "lifetimes": SPANS,
        "standings": WORDS,
        "known_farms": known,
        "too_many": wanted if len(wanted) > MOST_FARMS else [],
        "made": _made(asked, every),
        "asked_to_show": bool(asked.parameters.text("made")),
        "ago": partial(ago, at=asked.at),
        "size": lambda octets: size(int(octets)),
    }


def _group(asked: Asked, farm: str) -> Group:
    servers = {one.name: one for one in farm_as_of(asked.connection, farm, asked.at).servers}
    found = agents_of(asked.connection, farm, asked.at, servers)
    return Group(farm=farm, agents=found, states=states(found))


def _filtered(group: Group, find: str, state: str) -> Group:
    needle = find.lower()
    return Group(
        farm=group.farm,
        agents=[
            one
            for one in group.agents
            if state in ("", one.state)
            and needle in f"{one.row.server} {one.row.role} {one.row.version} {one.row.platform} {one.row.id}".lower()
        ],
        states=group.states,
    )


def _made(asked: Asked, every: Sequence[TokenRow]) -> Made | None:
    """Return the token that this person made a moment ago, None where there is none or it was used."""
    sealed = asked.parameters.text("made")
    data = asked.desk.config.data
    text = sealing.opened(data, sealed, asked.person.name, _seconds(asked.at)) if sealed else None
    token_id, _, secret = (text or "").partition(" ")
    row = next((row for row in every if row.token_id == token_id and row.used is None and row.revoked is None), None)
    if row is None:
        return None
    config = asked.desk.config
    return Made(
        row=row,
        windows=(Exact(roster.package_command(config, secret, row)), Exact(WINDOWS)),
        linux=tuple(map(Exact, (roster.command(config, secret, row), *LINUX))),
    )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _enrol(acting: Acting) -> str:
    """Make a join token; the page that is gone to shows it, to who made it, for ten minutes."""
    given, data, at = acting.form, acting.desk.config.data, acting.desk.clock.now()
    host = given.text("host").strip()
    wanted = roster.Invitation(
        farm=roster.farm_of(acting.desk.config, given.text("farm").strip()),
        role=given.one_of("role", ROLES, ""),
        host=host or None,
        ttl=_LIFETIMES[given.one_of("ttl", tuple(_LIFETIMES), "1h")],
    )
    der = authority.load(data).der
    with acting.desk.store.write() as connection:
        made = roster.invite(connection, der, wanted, by=acting.person.name, at=at)
    sealed = sealing.seal(data, f"{made.row.token_id} {made.text}", acting.person.name, _seconds(at))
    return f"/agents?{urlencode({'farm': wanted.farm, 'made': sealed})}#made"


def _decide(decision: Callable[..., None]) -> Callable[[Acting], str]:
    def perform(acting: Acting) -> str:
        with acting.desk.store.write() as connection:
            agent = agents.agent_by_id(connection, acting.path["agent"])
            if agent is None:
                raise NotFoundError(f"There is no agent {acting.path['agent'][:64]!r}.")
            decision(connection, agent, by=acting.person.name, at=acting.desk.clock.now())
        return f"/agents?{urlencode({'farm': agent.farm})}#a-{agent.id}"

    return perform


def _withdraw(acting: Acting) -> str:
    token_id = acting.path["token"]
    with acting.desk.store.write() as connection:
        if not roster.withdraw(connection, token_id, by=acting.person.name, at=acting.desk.clock.now()):
            raise NotFoundError(f"There is no join token {token_id[:64]!r} that could be revoked.")
    return "/agents#tokens"


PAGE = Page(
    name="agents",
    title="Agents",
    path="/agents",
    template="agents.html.j2",
    values=values,
    key="n",
)

ACTIONS = (
    Action(name="enrol", path="/agents/enrol", role="operator", perform=_enrol),
    Action(name="agent-approve", path="/agents/{agent}/approve", role="operator", perform=_decide(roster.approve)),
    Action(name="agent-refuse", path="/agents/{agent}/refuse", role="operator", perform=_decide(roster.refuse)),
    Action(name="agent-revoke", path="/agents/{agent}/revoke", role="admin", perform=_decide(roster.revoke)),
    Action(name="token-withdraw", path="/agents/tokens/{token}/withdraw", role="operator", perform=_withdraw),
)
