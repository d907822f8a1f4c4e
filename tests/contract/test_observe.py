"""OBSERVE adds to a contender what its locks have, and without it a contender has nothing of that."""

import re
import subprocess
import sys
from typing import Any

import yaml

from contender.catalogue import IMAGE, SLOTS, control_path
from tests.contract import project
from tests.contract.project import ROOT, Spec, build_args, pins, text

KINDS = ("prometheus", "otel")
FILE = "services/prometheus/prometheus.yml"
DOCKERFILE = "services/Dockerfile"


def test_without_observe_an_image_has_none_of_its_packages() -> None:
    """The locks of what is served have none, and nothing but OBSERVE, which is empty by default, adds any."""
    added = {name for kind in KINDS for name in pins(f"{kind}.in")} - {"packaging"}
    served = [row["name"] for row in project.catalogue()] + ["own", "records", "certificates", "uvicorn-h2"]
    found = {lock: added & pins(f"{lock}.txt").keys() for lock in served if added & pins(f"{lock}.txt").keys()}
    assert not found, f"services/requirements: {found}; these come with OBSERVE alone"
    assert project.compose_defaults()["OBSERVE"] == {""}, "compose.yaml: OBSERVE has a default"
    assert re.findall(r"^ARG OBSERVE.*", text(DOCKERFILE), re.MULTILINE) == ["ARG OBSERVE"]


def test_what_observe_adds_replaces_no_package_of_a_contender() -> None:
    for kind in KINDS:
        added = pins(f"{kind}.txt")
        for row in project.catalogue():
            own = pins(f"{row['name']}.txt")
            differ = {name: (own[name], added[name]) for name in own.keys() & added.keys() if own[name] != added[name]}
            assert not differ, f"services/requirements/{kind}.txt: {differ} of {row['name']}.txt; pin it in {kind}.in"


def test_a_contender_can_be_observed_and_nothing_else_is(services: dict[str, Spec]) -> None:
    contenders = {row["name"] for row in project.catalogue()} | {"backend", "uvicorn-h2"}
    built = {name for name, spec in services.items() if build_args(spec).get("OBSERVE") == "${OBSERVE:-}"}
    assert built - {"own-image-usage"} == contenders, f"compose.yaml: built with OBSERVE: {built ^ contenders}"
    run = {name for name, spec in services.items() if "OBSERVE" in spec.get("environment", {})} - {"nginx"}
    assert run == contenders, f"compose.yaml: run with OBSERVE: {run ^ contenders}"


def test_prometheus_scrapes_every_contender_where_it_has_its_metrics() -> None:
    """By DNS, as each name has the addresses of all replicas."""
    (job,) = (each for each in configuration()["scrape_configs"] if each["job_name"] == "contenders")
    names = {name for each in job["dns_sd_configs"] for name in each["names"]}
    wanted = {row["name"] for row in project.every() if row.get("profile") != "own" and row["name"] != IMAGE}
    assert names == wanted | {"backend"}, f"{FILE}: {names ^ (wanted | {'backend'})}"
    for name in wanted:
        paths = [
            re.fullmatch(rule["regex"], name).expand(rule["replacement"].replace("$", "\\"))  # type: ignore[union-attr]
            for rule in job["relabel_configs"]
            if rule["target_label"] == "__metrics_path__" and re.fullmatch(rule["regex"], name)
        ]
        assert paths == [control_path(name, "internal/metrics")], f"{FILE}: {name} is scraped at {paths}"
    assert set(SLOTS) <= names


def configuration() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text(FILE))
    return found


def test_an_application_without_observe_imports_nothing_of_it() -> None:
    """The packages are here, as the suite has them."""
    code = """if True:
        import sys, asgi.app, wsgi.app, frameworks.starlette
        print(sorted(name for name in sys.modules if name.startswith(('prometheus', 'opentelemetry', 'contender.obs'))))
    """
    for value, wanted in (
        ("", "['contender.observe', 'contender.observe.files']"),
        ("prometheus", "prometheus_client"),
    ):
        got = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": str(ROOT / "services"), "OBSERVE": value},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert wanted in got, got
