"""`entra urls`: the CRL URLs that the tenant's authorities name, as a vantage agent outside takes them."""

from pathlib import Path

from farmsight_collector.cli.administration.verb import Call, Subparsers, UsageError, add
from farmsight_collector.model.build import farm_as_of, farms
from farmsight_collector.model.view import Farm, UnknownFactError

_MORE = """\
Agents can't be told what to fetch. Copy the file to the machine outside and
name it in its agent.toml; it is read again with every run:

  [retrieval]
  urls_from = ["entra-urls.txt"]
"""


def register(verbs: Subparsers) -> None:
    """Add the verb."""
    parser = add(verbs, "urls", _urls, "print the tenant's CRL URLs for a vantage agent outside the network", _MORE)
    parser.add_argument("--farm", metavar="NAME", help="of this farm (needed where there are several)")
    parser.add_argument("--output", metavar="FILE", help="write them to a file")


def of_tenant(farm: Farm) -> list[tuple[str, str]]:
    """Return purpose and URL of each CRL that the tenant's objects name; raises UnknownFactError."""
    found: dict[tuple[str, str], None] = {}
    for held in farm.known("entra-authority"):
        for purpose, url in (("crl", held.value.crl_url.strip()), ("delta", held.value.delta_crl_url.strip())):
            if url and url.isprintable() and " " not in url:  # a line break in one would make two of it
                found[purpose, url] = None
    return sorted(found)


def _urls(call: Call) -> int:
    opened = call.open()
    try:
        with opened.store.read() as connection:
            asked = call.arguments.farm or _only(farms(connection))
            found = of_tenant(farm_as_of(connection, asked, call.clock.now()))
    except UnknownFactError as error:
        raise UsageError(f"the tenant's authorities are not known: {error}") from error
    finally:
        opened.store.close()
    lines = [f"# CRL URLs of the tenant of {asked}", *(f"{purpose} {url}" for purpose, url in found)]
    if call.arguments.output:
        path = Path(call.arguments.output)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        lines = [
            f"{len(found)} URLs are in {path}; name it in the vantage agent's agent.toml:",
            *_MORE.splitlines()[-2:],
        ]
    content = {"farm": asked, "urls": [{"purpose": purpose, "url": url} for purpose, url in found]}
    call.show("entra-urls", content, lines)
    return 0


def _only(names: list[str]) -> str:
    if len(names) != 1:
        raise UsageError(f"say which with --farm: {', '.join(names) or 'there is none yet'}")
    return names[0]
