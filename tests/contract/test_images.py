"""The base images: one exact tag, the same wherever it stands, and nothing fetched beside them."""

import re

import pytest

from tests.contract import project
from tests.contract.project import Spec, build_args, compose_defaults, files, text

BASES = [
    ("PYTHON_IMAGE", "services/Dockerfile"),
    ("PYTHON_IMAGE", "services/swarm/Dockerfile"),
    ("NGINX_IMAGE", "services/Dockerfile"),
    ("POSTGRES_IMAGE", "services/postgres/Dockerfile"),
    ("PROMETHEUS_IMAGE", "services/prometheus/Dockerfile"),
    ("NGINX_EXPORTER_IMAGE", "services/prometheus/Dockerfile"),
]
# Of an exact version: Postgres has two, https://www.postgresql.org/support/versioning/
NUMBERS = {"POSTGRES_IMAGE": 2}
DOCKERFILES = list(files("Dockerfile"))


def base(key: str) -> str:
    (tag,) = compose_defaults().get(key, {"none"})
    return tag


def test_a_base_image_is_the_same_everywhere(subtests: pytest.Subtests) -> None:
    for key, dockerfile in BASES:
        with subtests.test(key=key, dockerfile=dockerfile):
            got = re.findall(rf"^ARG {key}=(\S+)", text(dockerfile), re.MULTILINE)
            assert got == [base(key)], f"{dockerfile}: ARG {key} is {got}; compose.yaml says {base(key)}"


def test_a_base_image_has_an_exact_tag(subtests: pytest.Subtests) -> None:
    for key, dockerfile in BASES:
        with subtests.test(key=key, dockerfile=dockerfile):
            numbers = r"\.".join([r"\d+"] * NUMBERS.get(key, 3))
            exact = re.fullmatch(rf"([a-z]+/)?[a-z-]+:v?{numbers}(-[a-z-]+)?(@sha256:[0-9a-f]{{64}})?", base(key))
            assert exact, f"compose.yaml and {dockerfile}: {key}={base(key)} is no exact tag such as name:1.2.3"


def test_a_base_image_is_prepared(subtests: pytest.Subtests) -> None:
    for key, dockerfile in BASES:
        with subtests.test(key=key, dockerfile=dockerfile):
            assert re.search(rf"\bBASES\+?=\([^)]*\b{key}\b", text("scripts/prepare"), re.MULTILINE), (
                f"scripts/prepare: BASES lacks {key}, which {dockerfile} is built on"
            )


def test_no_image_runs_as_root(subtests: pytest.Subtests) -> None:
    for dockerfile in set(DOCKERFILES) - {"services/swarm/Dockerfile"}:  # an engine: a machine, not a service
        with subtests.test(dockerfile=dockerfile):
            stages = text(dockerfile).split("\nFROM ")
            last = [users[-1] for stage in stages if (users := re.findall(r"^USER (\S+)", stage, re.MULTILINE))]
            # A stage may be root while it installs a package; what it ends with is what runs, and what is built on it.
            assert set(last) == {"10001:10001"}, f"{dockerfile}: a stage ends with USER {last} instead of 10001:10001"


def test_an_image_is_linted(subtests: pytest.Subtests) -> None:
    for dockerfile in DOCKERFILES:
        with subtests.test(dockerfile=dockerfile):
            (line,) = (line for line in text("scripts/lint").splitlines() if line.lstrip().startswith("hadolint"))
            assert f" {dockerfile}" in line, f"scripts/lint: hadolint does not read {dockerfile}"


def test_a_service_passes_its_base_image_on(services: dict[str, Spec], subtests: pytest.Subtests) -> None:
    for service in (name for name, spec in services.items() if "build" in spec):
        with subtests.test(service):
            dockerfile, args = services[service]["build"]["dockerfile"], build_args(services[service])
            needed = {key for key, file in BASES if file == dockerfile} - (
                {"NGINX_IMAGE"} - {f"{service.upper()}_IMAGE"}
            )
            for key in needed:
                wanted = f"${{{key}:-{base(key)}}}"
                assert args.get(key) == wanted, (
                    f"compose.yaml: {service} has {key}: {args.get(key)} instead of {wanted}"
                )


def test_an_image_is_made_of_a_chosen_base_or_a_stage(subtests: pytest.Subtests) -> None:
    for dockerfile in DOCKERFILES:
        with subtests.test(dockerfile=dockerfile):
            source = text(dockerfile)
            stages = re.findall(r"^FROM \S+ AS (\S+)", source, re.MULTILINE)
            used = re.findall(r"^FROM (\S+)|--from=(\S+)", source, re.MULTILINE)
            contexts = {
                name
                for spec in project.services().values()
                for name in spec.get("build", {}).get("additional_contexts", ())
            }
            fetched = {left or right for left, right in used} - {
                *stages,
                *contexts,
                *(f"${{{key}}}" for key, _ in BASES),
                "${SLOT_BASE}",  # a contender's image, on which scripts/ab has another one made
            }
            assert not fetched, (
                f"{dockerfile}: {', '.join(fetched)} is neither a stage of it nor one of the chosen bases"
            )


def test_no_build_fetches_a_frontend(subtests: pytest.Subtests) -> None:
    for dockerfile in DOCKERFILES:
        with subtests.test(dockerfile=dockerfile):
            assert not re.search(r"^#\s*syntax\s*=", text(dockerfile), re.MULTILINE | re.IGNORECASE), (
                f"{dockerfile}: a `# syntax=` line fetches a frontend, which fails where no registry answers"
            )


def test_tools_mean_the_python_of_the_images(subtests: pytest.Subtests) -> None:
    rows: list[tuple[str, str]] = [
        ("scripts/lock", r"--python-version (\d+\.\d+)"),
        ("pyproject.toml", r'target-version = "py(\d+)"'),
    ]
    for file, pattern in rows:
        with subtests.test(file=file, pattern=pattern):
            major, minor = re.findall(r"\d+", base("PYTHON_IMAGE"))[:2]
            got = re.findall(pattern, text(file))
            assert got in ([f"{major}.{minor}"], [f"{major}{minor}"]), (
                f"{file}: {pattern} finds {got}; PYTHON_IMAGE in compose.yaml is {base('PYTHON_IMAGE')}"
            )
