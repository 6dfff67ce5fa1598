"""The pages: the site builds without a warning, no link is dead, every command shown is one that the programs take."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.tools import check, shown
from docs.tools.contract import comments
from docs.tools.navigation import parts
from tests.fakes.browsing import chromium

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ELSEWHERE = re.compile(r"""(?:src|href|srcset|action|data)\s*=\s*["'](?:https?:)?//[^"']+["'][^>]*""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site, built as `make docs` builds it: any warning is an error, dead links and anchors among them."""
    folder = tmp_path_factory.mktemp("site")
    strict = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    done = subprocess.run(
        [*strict, "-d", str(folder / "cache"), str(DOCS), str(folder / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_the_site_builds_strictly_and_has_every_page(site: Path) -> None:
    """What is written is what is there."""
    pages = {page.relative_to(DOCS).with_suffix(".html") for page in DOCS.rglob("*.md")}

    assert {page for page in pages if not (site / page).exists()} == set()


def test_the_site_needs_nothing_from_another_host(site: Path) -> None:
    """A server room has no internet: links may lead out, but nothing is loaded from there."""
    for page in site.rglob("*.html"):
        for found in ELSEWHERE.findall(page.read_text(encoding="utf-8")):
            assert found.startswith("href"), f"{page.name}: {found}"
            assert "stylesheet" not in found, f"{page.name}: {found}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style.name


def test_opened_from_the_disk_the_search_finds_pages_and_nothing_is_asked_of_a_network(site: Path) -> None:
    """A server room has no web server for it either; narrow windows scroll tables, not the page."""
    asked: list[str] = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{(site / 'search.html').as_uri()}?q=gMSA")
        page.wait_for_selector("#search-results li a")
        found = page.locator("#search-results li a").all_inner_texts()
        page.goto((site / "settings.html").as_uri())
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert "The article, line by line" in found
    assert sideways <= 0
    assert [url for url in asked if not url.startswith("file:")] == []


def test_every_page_stands_in_the_navigation_once() -> None:
    """A page that nobody is led to is not read."""
    listed = [page for pages in parts((DOCS / "index.md").read_text(encoding="utf-8")).values() for page in pages]

    assert list(check.unlisted()) == []
    assert len(listed) == len(set(listed))


def test_links_of_the_pages_outside_of_the_site_lead_somewhere() -> None:
    """README is where people begin."""
    assert list(check.links()) == []


def test_every_command_that_a_page_shows_is_one_that_the_programs_take() -> None:
    """What is typed as written must not end in a usage message."""
    assert list(check.commands()) == []


def test_enough_commands_are_looked_at() -> None:
    """A check that finds nothing to check would pass, too."""
    found = [
        one for page in check.pages() for one in shown.of_page(page) if not one.mention and "farmsight" in one.text
    ]

    assert len(found) > 150


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("farmsight findings -v | head", ""),
        ("sudo /opt/farmsight/bin/farmsight-agent doctor", ""),
        (r".\Scripts\farmsight-agent enroll --collector c.contoso.com:7443 --token fs1...", ""),
        ('& "C:\\Program Files\\farmsight\\farmsight-agent.exe" doctor', ""),
        ("FARMSIGHT_DATA=/srv farmsight status   # is it well", ""),
        ("farmsight-agent enroll --token - --collector c.contoso.com:7443 < token", ""),
        ("farmsight findings --servers WAP01", "unrecognized arguments"),
        ("farmsight-agent doctr", "invalid choice"),
        ("farmsight-collector token create", "--list is required"),
        ("farmsight lab up --scenari demo --once --nothing", "unrecognized arguments"),
        ("make demonstration", "no target demonstration"),
        ("farmsight trend SERIES --from", "invalid choice"),
    ],
)
def test_a_command_is_judged_by_the_parser_of_its_program(text: str, wrong: str) -> None:
    """With whatever stands before and behind it."""
    said = shown.problem(shown.Command(Path("page.md"), 1, text, mention=False))

    assert wrong in said
    assert bool(said) == bool(wrong)


def test_a_verb_that_a_sentence_mentions_needs_no_arguments_and_still_must_exist() -> None:
    """`farmsight analyze` in a sentence is its name."""
    mention = [
        shown.Command(Path("page.md"), 1, text, mention=True) for text in ("farmsight analyze", "farmsight anlyze")
    ]

    assert [bool(shown.problem(one)) for one in mention] == [False, True]


def test_comments_of_the_contract_are_found_by_message_and_field() -> None:
    """The reference of what is collected says what the contract says."""
    said = comments("facts.proto")

    assert said["HostIdentity.os_update_revision"] == "UBR on Windows"
    assert said["StoreCrl"] == 'kind "store-crl", key = STORE/sha1 of the CRL.'
    assert comments("enrolment.proto")["EnrollmentService.Renew"].startswith("Over mTLS")
