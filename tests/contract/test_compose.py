"""compose.yaml runs what the catalogue lists: each contender as its row says, and nothing beside them."""

import itertools

import pytest

from contender.catalogue import IMAGE, IMAGE_USAGE
from tests.contract import project
from tests.contract.project import Contender, Spec, build_args
from tests.contract.test_hardening import ONCE

# Built like a contender: what they call, a variant of one, what makes a certificate, takes spans, or watches an image.
BESIDE = {"backend", "uvicorn-h2", "certificates", "sink", IMAGE_USAGE}
SUITES = ["tests", "browser"]


def test_a_contender_is_built_from_its_codebase_and_its_own_lock(subtests: pytest.Subtests) -> None:
    for contender in project.catalogue():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            name, build = contender["name"], spec["build"]
            assert (build["dockerfile"], build.get("target")) == ("services/Dockerfile", "app"), (
                f"compose.yaml: {name} is not built from services/Dockerfile, target app"
            )
            args = build_args(spec)
            for key, wanted in {"APP": contender["codebase"], "LOCK": name}.items():
                assert args.get(key) == wanted, (
                    f"compose.yaml: {name} has {key}={args.get(key)}; the catalogue wants {wanted}"
                )


def test_an_application_of_the_user_s_is_built_from_its_folder_for_all_servers(subtests: pytest.Subtests) -> None:
    for contender in project.own():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            build = spec["build"]
            got = build["target"], build["args"]["LOCK"], list(build["additional_contexts"])
            assert got == ("own", "own", ["application"]), f"compose.yaml: {contender['name']} is built from {got}"
            image = spec["image"]
            assert image == "${COMPOSE_PROJECT_NAME}-own:${OWN_TAG:-example}", (
                f"compose.yaml: {contender['name']} runs {image}"
            )


def test_a_slot_is_built_from_its_base(subtests: pytest.Subtests) -> None:
    """By scripts/ab, which names that; until then nothing runs in it."""
    for contender in project.slots():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            got = spec["image"], spec["build"]["target"], spec["build"]["args"]["SLOT_BASE"].partition(":")[0]
            wanted = "${COMPOSE_PROJECT_NAME}-slot:${SLOT_TAG:-empty}", "slot", "${SLOT_BASE"
            assert got == wanted, f"compose.yaml: {contender['name']} is {got} instead of {wanted}"
            assert "scripts/ab" in spec["command"][-1], f"compose.yaml: {contender['name']} runs {spec['command']}"


def test_a_contender_says_its_own_name(subtests: pytest.Subtests) -> None:
    for contender in project.rows():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            got = spec["environment"].get("SERVICE")
            assert got == contender["name"], f"compose.yaml: {contender['name']} has SERVICE={got}"


def test_a_contender_runs_its_application_under_its_server(subtests: pytest.Subtests) -> None:
    for contender in project.servers():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            command, app = spec["command"], project.application(contender)
            assert command[0] == contender["server"], (
                f"compose.yaml: {contender['name']} runs {command[0]}; the catalogue says {contender['server']}"
            )
            assert app in command, f"compose.yaml: {contender['name']} does not run {app}: {command}"


def test_a_contender_runs_its_worker(subtests: pytest.Subtests) -> None:
    for contender in project.servers():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            got = {
                "gunicorn": option(spec["command"], "-k"),
                "uvicorn": spec["environment"].get("UVICORN_LOOP"),
                "hypercorn": project.hypercorn()["worker_class"],
                "granian": spec["environment"].get("GRANIAN_LOOP"),
            }.get(contender["server"], "a server that tests/contract/test_compose.py does not know")
            assert got == contender["worker"], (
                f"compose.yaml: {contender['name']} runs the worker {got}; the catalogue says {contender['worker']}"
            )


def test_a_contender_is_mounted_at_its_prefix(subtests: pytest.Subtests) -> None:
    for contender in project.servers():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            got = {
                "wsgi": spec["environment"].get("SCRIPT_NAME"),
                "asgi": option(spec["command"], "--root-path") or spec["environment"].get("GRANIAN_URL_PATH_PREFIX"),
            }[contender["interface"]]
            wanted = f"/{contender['name']}"
            assert got == wanted, f"compose.yaml: {contender['name']} is mounted at {got} instead of {wanted}"


def test_a_contender_is_asked_for_its_health(subtests: pytest.Subtests) -> None:
    for contender in project.rows():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            got, wanted = spec.get("healthcheck", {}).get("test"), ["CMD", "python", "-m", "contender.healthcheck"]
            assert got == wanted, f"compose.yaml: {contender['name']} has the healthcheck {got} instead of {wanted}"


def test_a_contender_is_reached_through_nginx_only(subtests: pytest.Subtests) -> None:
    for contender in project.catalogue():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            name, networks = contender["name"], list(spec.get("networks", []))
            assert networks == ["contenders"], f"compose.yaml: {name} is on the networks {networks}, not [contenders]"
    for contender in project.slots():
        networks = list(project.spec(contender)["networks"])
        assert networks == ["contenders"], f"compose.yaml: {contender['name']} is on the networks {networks}"
    for contender in [*project.own(), {"name": IMAGE}]:  # `scripts/try` keeps other networks with --network and --join
        networks = list(project.spec(contender)["networks"])
        wanted = ["contenders", "own"]
        assert networks == wanted, f"compose.yaml: {contender['name']} is on the networks {networks}"


def test_a_suite_has_no_way_around_nginx(services: dict[str, Spec], subtests: pytest.Subtests) -> None:
    for suite in SUITES:
        for contender in project.rows():
            with subtests.test(contender["name"], suite=suite):
                spec = project.spec(contender)
                shared = set(services[suite]["networks"]) & set(spec["networks"])
                assert not shared, (
                    f"compose.yaml: {suite} and {contender['name']} share {shared}; only nginx may be between them"
                )


def test_only_nginx_and_the_bench_reach_the_records(services: dict[str, Spec]) -> None:
    """Where /internal/ is: a contender that runs a user's code must not claim or finish runs."""
    for network in services["records"]["networks"]:
        members = {name for name, spec in services.items() if network in spec.get("networks", ())}
        allowed = {"records", "postgres"} if network == "database" else {"records", "nginx", "bench"}
        assert members <= allowed, f"compose.yaml: {members - allowed} share the network {network} with the records"


def test_nginx_reaches_the_contenders(services: dict[str, Spec]) -> None:
    assert "contenders" in services["nginx"]["networks"], "compose.yaml: nginx is not on the network contenders"


def test_a_suite_waits_until_all_of_the_lab_is_healthy(services: dict[str, Spec], contenders: list[Contender]) -> None:
    """For the bench, which waits for all the others."""
    healthy = {"condition": "service_healthy"}
    for suite in SUITES:
        got = services[suite]["depends_on"]
        assert got == {"bench": healthy}, f"compose.yaml: {suite}.depends_on is {got} instead of bench, healthy"
    lab = {name for name, spec in services.items() if "profiles" not in spec} - {"bench", *ONCE}
    more = {row["name"] for row in contenders if "profile" in row}
    wanted = dict.fromkeys(lab, healthy) | dict.fromkeys(more, healthy | {"required": False})
    got = services["bench"]["depends_on"]
    wrong = {name: got.get(name) for name in got | wanted if got.get(name) != wanted.get(name)}
    assert not wrong, (
        f"compose.yaml: bench.depends_on has {wrong}; it waits for each, for those of a profile if they are up"
    )


def test_a_contender_starts_with_its_profile(subtests: pytest.Subtests) -> None:
    for contender in project.every():
        with subtests.test(contender["name"]):
            got, wanted = (
                project.spec(contender).get("profiles"),
                [contender["profile"]] if "profile" in contender else None,
            )
            assert got == wanted, (
                f"compose.yaml: {contender['name']} has profiles: {got}, services/catalog.json {wanted}"
            )


def test_contenders_have_equal_limits(services: dict[str, Spec], subtests: pytest.Subtests) -> None:
    for key in ("deploy", "mem_limit", "cpus", "cpuset", "tmpfs", "stop_grace_period"):
        with subtests.test(key):
            values = {
                # scripts/try --tmp-mb is the user's own choice, an image may load from there, and neither is observed
                row["name"]: str(services[row["name"]].get(key))
                .replace("${OWN_TMP_MB:-16}", "16")
                .replace(",exec", "")
                .replace(", '/metrics:size=64m,mode=1777'", "")
                for row in project.every()
                if row["name"] in services
            }
            first = next(iter(values))
            unequal = {name: value for name, value in values.items() if value != values[first]}
            assert not unequal, (
                f"compose.yaml: {key} differs from {first}'s {values[first]}: {unequal}; see x-contender"
            )


def test_contenders_have_as_many_worker_processes(subtests: pytest.Subtests) -> None:
    for contender in project.servers():
        with subtests.test(contender["name"]):
            spec = project.spec(contender)
            got = spec["environment"].get("WEB_CONCURRENCY")
            assert got == "${WORKERS:-2}", (
                f"compose.yaml: {contender['name']} has WEB_CONCURRENCY={got}, not ${{WORKERS:-2}}"
            )


def test_no_service_is_a_contender_that_the_catalogue_does_not_list(
    contenders: list[Contender], services: dict[str, Spec]
) -> None:
    built = {name for name, spec in services.items() if spec.get("build", {}).get("target") == "app"}
    unknown = built - {row["name"] for row in contenders} - BESIDE
    assert not unknown, f"services/catalog.json: no row for {', '.join(sorted(unknown))}, which compose.yaml runs"


def option(command: list[str], name: str) -> str | None:
    return next((value for each, value in itertools.pairwise(command) if each == name), None)
