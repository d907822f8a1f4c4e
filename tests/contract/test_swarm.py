"""compose.swarm.yaml says of every service of the lab where it runs and how it is replaced, and nothing else twice."""

from typing import Any

import pytest
import yaml

from tests.contract import project
from tests.contract.project import Spec, text
from tests.contract.test_hardening import ONCE

FILE = "compose.swarm.yaml"
DIFFERENCES: dict[str, Any] = yaml.safe_load(text(FILE))
NOT_THERE = {"own", "own-image", "ab", "prometheus", "otel", "tests", "browser", "drills"}  # profiles of one machine
SERVES, MEASURES, KEEPS = "lab.role != load", "lab.role != serve", "lab.data == true"


def on_a_swarm(services: dict[str, Spec]) -> set[str]:
    return {name for name, spec in services.items() if not NOT_THERE & set(spec.get("profiles", []))}


def placed(name: str) -> str:
    constraints = DIFFERENCES["services"][name]["deploy"].get("placement", {}).get("constraints", ["anywhere"])
    return ", ".join(constraints).removeprefix("node.labels.")


def test_every_service_of_the_lab_is_there(services: dict[str, Spec]) -> None:
    got, wanted = set(DIFFERENCES["services"]), on_a_swarm(services)
    assert got == wanted, f"{FILE}: missing {sorted(wanted - got)}, not of compose.yaml {sorted(got - wanted)}"


def test_a_service_is_found_by_dns_comes_back_and_is_replaced_with_care(subtests: pytest.Subtests) -> None:
    for name, spec in DIFFERENCES["services"].items():
        with subtests.test(name):
            deploy = spec["deploy"]
            assert deploy["restart_policy"]["condition"] == ("on-failure" if name in ONCE else "any")
            if name not in ONCE:
                assert deploy["endpoint_mode"] == "dnsrr", "a virtual address would choose the replica, not nginx"
                assert deploy["update_config"]["failure_action"] == "rollback"


def test_a_volume_is_on_the_node_that_keeps_the_data(services: dict[str, Spec], subtests: pytest.Subtests) -> None:
    not_data = {"bench", "records"}  # a lock for one machine's benches; SQLite, where Postgres is not
    for name in on_a_swarm(services) - not_data:
        with subtests.test(name):
            port_or_volume = bool(services[name].get("volumes") or services[name].get("ports"))
            assert (placed(name) == KEEPS) == port_or_volume, f"{FILE}: {name} runs where {placed(name)}"
            order = DIFFERENCES["services"][name]["deploy"].get("update_config", {}).get("order", "stop-first")
            assert (order == "start-first") == (placed(name) == SERVES), f"{FILE}: {name} is replaced {order}"


def test_contenders_serve_and_generators_measure(subtests: pytest.Subtests) -> None:
    wanted = {row["name"]: SERVES for row in project.catalogue()} | {"bench": MEASURES, "generator": MEASURES}
    for name, where in wanted.items():
        with subtests.test(name):
            assert placed(name) == where, f"{FILE}: {name} runs where {placed(name)}, not where {where}"


def test_networks_are_as_separate_as_on_one_machine(services: dict[str, Spec]) -> None:
    joined = {name: spec["networks"] for name, spec in DIFFERENCES["services"].items() if "networks" in spec}
    assert not joined, f"{FILE}: {joined}; the networks of a service belong in compose.yaml"
    used = {network for name in on_a_swarm(services) for network in services[name].get("networks", [])}
    got = {name: network["driver"] for name, network in DIFFERENCES["networks"].items()}
    assert got == dict.fromkeys(used, "overlay"), f"{FILE}: {got}"


def test_the_database_s_password_is_a_secret() -> None:
    records, postgres = (DIFFERENCES["services"][name] for name in ("records", "postgres"))
    assert records["secrets"] == postgres["secrets"] == [{"source": "database-password", "uid": "10001", "mode": 0o400}]
    assert postgres["environment"]["POSTGRES_PASSWORD"] == "", f"{FILE}: postgres has a password that is no secret"
    assert "@" in records["environment"]["DATABASE_URL"]
    assert ":" not in records["environment"]["DATABASE_URL"].removeprefix("postgresql://"), f"{FILE}: records has one"
