"""The README files are true: contenders, scripts and links; and no file tells where it was written."""

import re
from pathlib import Path

import pytest

from tests.contract.project import ROOT, Contender, files, text

PAGES = sorted({"README.md", "scripts/README.md", *files(".md")})
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
_PATH = re.compile(r"(?<![\w/.:-])(?:scripts|services|nginx|tests)/[\w./-]+")
# A place on the machine it was written on, or a host that only that machine's package tools need to know.
_ELSEWHERE = re.compile(
    r"(?<![\w.)>}/-])/(?:root(?!/\.cache)|work|workspace|home|Users|tmp/\w+_jobs)(?![\w-])"
    r"|deb\.debian\.org|archive\.ubuntu\.com|pypi\.org|pythonhosted\.org|registry\.npmjs\.org"
    r"|(?:docker\.io|ghcr\.io|quay\.io|gcr\.io)/[\w-]+/"
)


def test_the_readme_has_a_row_for_every_contender(contender: Contender) -> None:
    rows = [line for line in text("README.md").splitlines() if line.startswith("|")]
    wanted = (f"/{contender['name']}/", contender["title"])
    assert any(all(each in row for each in wanted) for row in rows), (
        f"README.md: no row of a table has both {wanted[0]} and {wanted[1]!r}, as services/catalog.json has"
    )


@pytest.mark.parametrize("verb", ["up", "test", "down", "check"])
def test_the_readme_tells_the_verb(verb: str) -> None:
    assert re.search(rf"\bscripts/{verb}\b", text("README.md")), f"README.md: does not mention scripts/{verb}"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    dead = [link for link in _LINK.findall(text(page)) if not ((ROOT / page).parent / link).exists()]
    assert not dead, f"{page}: links to {', '.join(dead)}, which is not there"


@pytest.mark.parametrize("page", PAGES)
def test_paths_that_are_told_exist(page: str) -> None:
    dead = [path for path in _PATH.findall(text(page)) if not (ROOT / path.rstrip("./-")).exists()]
    assert not dead, f"{page}: mentions {', '.join(dead)}, which is not there"


def test_no_file_tells_where_it_was_written() -> None:
    found = [f"{path}:{number}: {match[0]}" for path in files() for number, match in elsewhere(path)]
    assert not found, "the project speaks of a machine or a host that is not its own:\n" + "\n".join(found)


def elsewhere(path: str) -> list[tuple[int, re.Match[str]]]:
    lines = Path(ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines()
    return [(number, match) for number, line in enumerate(lines, 1) if (match := _ELSEWHERE.search(line))]
