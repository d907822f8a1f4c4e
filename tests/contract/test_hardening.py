"""Every service of compose.yaml has as little power as it needs, and only nginx can be reached."""

import re

import pytest

from tests.contract.project import Spec

HARDENED = {
    "init": True,
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
# What would give power back, or, as container_name does, forbid a second copy of the lab.
FORBIDDEN = ("privileged", "cap_add", "devices", "network_mode", "pid", "ipc", "userns_mode", "container_name")
SUITES = {"tests", "browser"}  # run once, and end


@pytest.mark.parametrize("key", HARDENED)
def test_a_service_is_hardened(service: str, key: str, services: dict[str, Spec]) -> None:
    got = services[service].get(key)
    assert got == HARDENED[key], f"compose.yaml: {service} has {key}: {got} instead of {HARDENED[key]}; see x-hardened"


@pytest.mark.parametrize("key", FORBIDDEN)
def test_a_service_takes_no_power_back(service: str, key: str, services: dict[str, Spec]) -> None:
    assert key not in services[service], f"compose.yaml: {service} has {key}: {services[service][key]}; remove it"


def test_a_service_rotates_its_log(service: str, services: dict[str, Spec]) -> None:
    options = services[service].get("logging", {}).get("options", {})
    assert {"max-size", "max-file"} <= set(options), f"compose.yaml: {service} has no log rotation; see x-hardened"


def test_a_service_has_limits(service: str, services: dict[str, Spec]) -> None:
    limits = services[service].get("deploy", {}).get("resources", {}).get("limits", {})
    missing = [key for key in ("cpus", "memory", "pids") if key not in limits]
    assert not missing, f"compose.yaml: {service} has no limit of {', '.join(missing)}"


def test_a_service_never_holds_the_engines_socket(service: str, services: dict[str, Spec]) -> None:
    assert "docker.sock" not in str(services[service]), f"compose.yaml: {service} is given the Docker Engine's socket"


def test_a_service_comes_back_by_itself(service: str, services: dict[str, Spec]) -> None:
    got, wanted = services[service].get("restart"), None if service in SUITES else "unless-stopped"
    assert got == wanted, f"compose.yaml: {service} has restart: {got} instead of {wanted}"


def test_an_image_has_an_exact_tag(service: str, services: dict[str, Spec]) -> None:
    image = services[service].get("image")
    assert image is None or re.search(r":\d+\.\d+\.\d+[\w.-]*$|@sha256:[0-9a-f]{64}$", image), (
        f"compose.yaml: {service} has image: {image}; give it a tag with three numbers, or a digest"
    )


def test_only_nginx_publishes_a_port(service: str, services: dict[str, Spec]) -> None:
    ports = [] if service == "nginx" else services[service].get("ports", [])
    assert not ports, f"compose.yaml: {service} publishes {ports}; only nginx may"


def test_nginx_publishes_on_the_loopback_address_by_default(services: dict[str, Spec]) -> None:
    wanted = "${LAB_BIND:-127.0.0.1}:${LAB_PORT:-8080}:8080"
    got = services["nginx"]["ports"]
    assert got == [wanted], f"compose.yaml: nginx publishes {got} instead of {wanted} alone"
