"""The base images: one exact tag, said alike wherever it stands, and nothing fetched beside them."""

import re

import pytest

from tests.contract.project import Spec, build_args, compose_defaults, files, text

BASES = [
    ("PYTHON_IMAGE", "services/Dockerfile"),
    ("NGINX_IMAGE", "services/Dockerfile"),
    ("POSTGRES_IMAGE", "services/postgres/Dockerfile"),
]
# Of an exact version: Postgres has two, https://www.postgresql.org/support/versioning/
NUMBERS = {"POSTGRES_IMAGE": 2}
DOCKERFILES = list(files("Dockerfile"))


def base(key: str) -> str:
    (tag,) = compose_defaults().get(key, {"none"})
    return tag


@pytest.mark.parametrize(("key", "dockerfile"), BASES)
def test_a_base_image_is_the_same_everywhere(key: str, dockerfile: str) -> None:
    got = re.findall(rf"^ARG {key}=(\S+)", text(dockerfile), re.MULTILINE)
    assert got == [base(key)], f"{dockerfile}: ARG {key} is {got}; compose.yaml says {base(key)}"


@pytest.mark.parametrize(("key", "dockerfile"), BASES)
def test_a_base_image_has_an_exact_tag(key: str, dockerfile: str) -> None:
    numbers = r"\.".join([r"\d+"] * NUMBERS.get(key, 3))
    exact = re.fullmatch(rf"[a-z]+:{numbers}(-[a-z-]+)?", base(key))
    assert exact, f"compose.yaml and {dockerfile}: {key}={base(key)} is no exact tag such as name:1.2.3"


@pytest.mark.parametrize(("key", "dockerfile"), BASES)
def test_a_base_image_is_prepared(key: str, dockerfile: str) -> None:
    assert re.search(rf"^  ensure_base {key}\b", text("scripts/prepare"), re.MULTILINE), (
        f"scripts/prepare: no `ensure_base {key}`, which {dockerfile} is built on"
    )


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_no_image_runs_as_root(dockerfile: str) -> None:
    stages = text(dockerfile).split("\nFROM ")
    last = [users[-1] for stage in stages if (users := re.findall(r"^USER (\S+)", stage, re.MULTILINE))]
    # A stage may be root while it installs a package; what it ends with is what runs, and what is built on it.
    assert set(last) == {"10001:10001"}, f"{dockerfile}: a stage ends with USER {last} instead of 10001:10001"


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_an_image_is_linted(dockerfile: str) -> None:
    (line,) = (line for line in text("scripts/check").splitlines() if line.lstrip().startswith("hadolint"))
    assert f" {dockerfile}" in line, f"scripts/check: hadolint does not read {dockerfile}"


def test_a_service_passes_its_base_image_on(service: str, services: dict[str, Spec]) -> None:
    dockerfile, args = services[service]["build"]["dockerfile"], build_args(services[service])
    for key in (key for key, file in BASES if file == dockerfile):
        wanted = f"${{{key}:-{base(key)}}}"
        assert args.get(key) == wanted, f"compose.yaml: {service} has {key}: {args.get(key)} instead of {wanted}"


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_an_image_is_made_of_a_chosen_base_or_a_stage(dockerfile: str) -> None:
    source = text(dockerfile)
    stages = re.findall(r"^FROM \S+ AS (\S+)", source, re.MULTILINE)
    used = re.findall(r"^FROM (\S+)|--from=(\S+)", source, re.MULTILINE)
    fetched = {left or right for left, right in used} - set(stages) - {f"${{{key}}}" for key, _ in BASES}
    assert not fetched, f"{dockerfile}: {', '.join(fetched)} is neither a stage of it nor one of the chosen bases"


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_no_build_fetches_a_frontend(dockerfile: str) -> None:
    assert not re.search(r"^#\s*syntax\s*=", text(dockerfile), re.MULTILINE | re.IGNORECASE), (
        f"{dockerfile}: a `# syntax=` line fetches a frontend, which fails where no registry answers"
    )


@pytest.mark.parametrize(
    ("file", "pattern"),
    [("scripts/lock", r"--python-version (\d+\.\d+)"), ("pyproject.toml", r'target-version = "py(\d+)"')],
)
def test_tools_mean_the_python_of_the_images(file: str, pattern: str) -> None:
    major, minor = re.findall(r"\d+", base("PYTHON_IMAGE"))[:2]
    got = re.findall(pattern, text(file))
    assert got in ([f"{major}.{minor}"], [f"{major}{minor}"]), (
        f"{file}: {pattern} finds {got}; PYTHON_IMAGE in compose.yaml is {base('PYTHON_IMAGE')}"
    )
