"""The README files are complete and true: what a user can meet is documented, and every command and link works."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bench.cli import options
from bench.cli.commands import main
from bench.stats import validity
from contender.workload import WORKLOADS, Choice, Parameter
from experiments.registry import EXPERIMENTS
from rest.openapi import document
from tests.contract import nginx_config
from tests.contract.nginx_config import Directive
from tests.contract.project import ROOT, catalogue, files, text

PAGES = sorted(files(".md"))
BENCH, NGINX, REST = "services/bench/README.md", "nginx/README.md", "services/rest/README.md"

_LINK = re.compile(r"""(?:\]\(|src(?:set)?=")(?!https?:|mailto:)([^)#"\s]*)(?:#([\w-]+))?[)"]""")
_PATH = re.compile(r"(?<![\w/.:-])(?:scripts|services|nginx|tests)/[\w./-]+")
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
# The directives of nginx that limit something or end a wait.
_LIMIT = re.compile(
    r"worker_(processes|connections|rlimit_nofile)|.*(timeout|timedout)\w*|keepalive\w*|\w+_max_body_size"
)
# A place on the machine it was written on, or a host that only that machine's package tools need to know.
_ELSEWHERE = re.compile(
    r"(?<![\w.)>}/-])/(?:root(?!/\.cache)|work|workspace|home|Users|tmp/\w+_jobs)(?![\w-])"
    r"|deb\.debian\.org|archive\.ubuntu\.com|pypi\.org|pythonhosted\.org|registry\.npmjs\.org"
    r"|(?:docker\.io|ghcr\.io|quay\.io|gcr\.io)/[\w-]+/"
)


# --- what there is, is documented -----------------------------------------------------------------------


def test_the_readme_has_a_row_for_every_contender(subtests: pytest.Subtests) -> None:
    rows = [" | ".join(cells) for cells in table("README.md")]
    for each in catalogue():
        wanted = (f"/{each['name']}/)", f" | {each['server']} {each['server_version']} | `{each['worker']}` | ")
        with subtests.test(each["name"]):
            assert any(all(part in row for part in wanted) for row in rows), (
                f"README.md: no row of a table has {wanted}"
            )


def described(parameter: Parameter | Choice) -> str:
    if isinstance(parameter, Choice):
        return f"`{parameter.name}` ({' or '.join(parameter.choices)})"
    return f"`{parameter.name}` ({parameter.default or 0}; {parameter.low}-{parameter.high})"


def test_the_readme_has_a_row_for_every_workload_with_its_parameters(subtests: pytest.Subtests) -> None:
    rows = {path: cells[1] for cells in table("README.md") for path in code(cells[0])}
    for name, parameters in WORKLOADS.items():
        wanted = ", ".join(map(described, parameters))
        with subtests.test(name):
            assert rows.get(f"/{name}") == wanted, f"README.md: /{name} has {rows.get(f'/{name}')!r}, wanted {wanted!r}"


def test_the_readme_mentions_the_first_scripts() -> None:
    missing = [verb for verb in ("up", "test", "down") if f"scripts/{verb}" not in text("README.md")]
    assert not missing, f"README.md: does not mention {missing} of scripts/"


def test_every_experiment_has_a_section_and_a_command() -> None:
    page, used = text(BENCH), {words[0] for _, words in bench_commands()}
    unnamed = [name for name in EXPERIMENTS if not re.search(rf"^### `{name}`", page, re.MULTILINE)]
    assert not unnamed, f"{BENCH}: no section ### `...` for {', '.join(unnamed)}"
    assert EXPERIMENTS.keys() <= used, f"no README has a command `bench {', '.join(EXPERIMENTS.keys() - used)}`"


def test_every_option_of_the_bench_has_a_row(subtests: pytest.Subtests) -> None:
    documented = {option.split()[0] for cells in table(BENCH) for option in code(cells[0])}
    for name, command in main.commands.items():
        own = {option.opts[0] for option in command.params if isinstance(option, click.Option)}
        with subtests.test(name):
            assert own <= documented, f"{BENCH}: no row for {', '.join(own - documented)} of `bench {name}`"


def test_the_row_of_an_option_has_its_default(subtests: pytest.Subtests) -> None:
    rows = {option: cells[1].replace("`", "") for cells in table(BENCH) for option in code(cells[0])}
    for experiment in EXPERIMENTS.values():
        for name in experiment.model.model_fields.keys() - {"workload", "direct"}:
            default = experiment.model.model_fields[name].default or "none"
            wanted = ",".join(map(str, default)) if isinstance(default, list) else str(default)
            with subtests.test(f"{experiment.name} {name}"):
                row = rows[f"--{name.replace('_', '-')}"]
                assert wanted in row, f"{BENCH}: the default of `bench {experiment.name}` is {wanted}, not {row!r}"


def test_every_column_of_the_results_has_a_row(subtests: pytest.Subtests) -> None:
    documented = {column for cells in table(BENCH) for column in code(cells[0])}
    for name, experiment in EXPERIMENTS.items():
        missing = experiment.row.model_fields.keys() - documented
        with subtests.test(name):
            assert not missing, f"{BENCH}: no row for the columns {', '.join(sorted(missing))}"


def test_every_kind_of_validity_warning_has_a_row() -> None:
    documented = {kind for cells in table(BENCH) for kind in code(cells[0])}
    missing = validity.KINDS.keys() - documented
    assert not missing, f"{BENCH}: no row for the validity warnings {', '.join(sorted(missing))}"


def test_every_route_of_the_rest_service_has_a_row_with_its_methods(subtests: pytest.Subtests) -> None:
    rows = {path: set(cells[1].split(", ")) for cells in table(REST) for path in code(cells[0]) if path[0] == "/"}
    for path, operations in document("")["paths"].items():
        wanted = {method.upper() for method in operations if method != "parameters"}
        with subtests.test(path):
            assert rows.get(path) == wanted, f"{REST}: {path} has the methods {rows.get(path)}, wanted {wanted}"


def test_every_limit_of_nginx_is_mentioned(nginx: Directive) -> None:
    missing = {each.name for each in limits(nginx)} - set(code(text(NGINX)))
    assert not missing, f"{NGINX}: does not mention {', '.join(sorted(missing))}"


def test_the_row_of_a_limit_of_nginx_has_its_value(nginx: Directive) -> None:
    configured = {f"{each.name} {' '.join(each.arguments)}" for each in limits(nginx)}
    rows = [code(" ".join(cells[:2])) for cells in table(NGINX)]
    documented = {" ".join(row) for row in rows if row and _LIMIT.fullmatch(row[0])}
    assert documented <= configured, f"{NGINX}: {documented - configured} is not what nginx/ has: {sorted(configured)}"


def test_every_header_that_nginx_sets_has_a_row(nginx: Directive) -> None:
    documented = {name for cells in table(NGINX) for name in code(cells[0])}
    missing = {name for name, value in (each.arguments for each in nginx.all("proxy_set_header")) if value} - documented
    assert not missing, f"{NGINX}: no row for {', '.join(sorted(missing))}"


def test_every_suite_has_a_row() -> None:
    documented = {name for cells in table("tests/README.md") for name in re.findall(r"^\[(\w+)\]", cells[0])}
    suites = {path.split("/")[1] for path in files(".py") if path.startswith("tests/") and path.count("/") > 1}
    assert documented == suites, f"tests/README.md: rows for {sorted(documented)}, folders are {sorted(suites)}"


# --- what is documented, works --------------------------------------------------------------------------


def test_the_bench_accepts_every_command(subtests: pytest.Subtests) -> None:
    for page, words in bench_commands():
        with subtests.test(f"{page}: bench {shlex.join(words)}"):
            parse(words)


def parse(words: list[str]) -> None:
    """Fails as the command line would."""
    run = "01a206f0-ce57-7356-8029-1c489cda3cfd"
    stands_for = {"RUN": run, "@-": "from standard input"}
    name, *arguments = (stands_for.get(word, word) for word in words)
    command = main if name == "--help" else main.commands[name]
    parsed = command.make_context(name, arguments, resilient_parsing="--help" in words).params
    if name in EXPERIMENTS:
        common = {"contenders", "note", "tags", "no_save", "as_json", "markdown"}
        options.read(EXPERIMENTS[name], {key: value for key, value in parsed.items() if key not in common})


def test_links_lead_somewhere(subtests: pytest.Subtests) -> None:
    for page in PAGES:
        for link, anchor in _LINK.findall(text(page)):
            target = (ROOT / page).parent / link if link else ROOT / page
            with subtests.test(f"{page}: {link}#{anchor}"):
                assert target.exists(), f"{page}: links to {link}, which is not there"
                assert not anchor or anchor in anchors(target), f"{page}: links to #{anchor}, no heading of {target}"


def test_paths_exist(subtests: pytest.Subtests) -> None:
    for page in PAGES:
        dead = [path for path in _PATH.findall(text(page)) if not (ROOT / path.rstrip("./-")).exists()]
        with subtests.test(page):
            assert not dead, f"{page}: mentions {', '.join(dead)}, which is not there"


def test_no_file_names_the_machine_it_was_written_on() -> None:
    found = [f"{path}:{number}: {match[0]}" for path in files() for number, match in elsewhere(path)]
    assert not found, "the project names a machine or a host that is not its own:\n" + "\n".join(found)


def elsewhere(path: str) -> list[tuple[int, re.Match[str]]]:
    lines = Path(ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines()
    return [(number, match) for number, line in enumerate(lines, 1) if (match := _ELSEWHERE.search(line))]


# --- reading a page -------------------------------------------------------------------------------------


def table(page: str) -> list[list[str]]:
    """The cells of every row of every table."""
    rows = [line for line in text(page).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def code(cell: str) -> list[str]:
    """What stands between backquotes; of `POST /upload`, `--note TEXT`, the whole."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", cell)


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def bench_commands() -> Iterator[tuple[str, list[str]]]:
    """The page and the words of every `bench ...`, in blocks for the shell."""
    for page in PAGES:
        for line in "\n".join(_SHELL.findall(text(page))).splitlines():
            for command in re.findall(r"^(?:scripts/)?bench ([^<>]*)", line):
                yield page, shlex.split(command, comments=True)


def limits(nginx: Directive) -> list[Directive]:
    """Those of nginx.conf, and of the files that its http block includes."""
    every = nginx_config.walk((*nginx_config.read(text("nginx/nginx.conf")), *nginx.block))
    return [each for each, _ in every if _LIMIT.fullmatch(each.name)]
