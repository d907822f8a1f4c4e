"""Every service of compose.yaml has as little power as it needs, and only nginx can be reached."""

import re

from contender.catalogue import IMAGE, IMAGE_USAGE
from tests.contract import project
from tests.contract.project import Spec

HARDENED = {
    "init": True,
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
# What would give power back, or, as container_name does, forbid a second copy of the lab.
FORBIDDEN = {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc", "userns_mode", "container_name"}
ALLOWED = {("certificates", "network_mode", "none"), (IMAGE_USAGE, "pid", f"service:{IMAGE}")}
ONCE = {"tests", "browser", "drills", "certificates"}  # they end
EXACT = re.compile(r":\d+\.\d+\.\d+[\w.-]*$|@sha256:[0-9a-f]{64}$")


def test_a_service_is_hardened_and_takes_no_power_back(services: dict[str, Spec]) -> None:
    """An application of the user's own may write to its folder, as it does at home; it is hardened otherwise.

    An image of the user's also has the engine's default capabilities, as its server may begin as root; what is beside
    it sees its processes, and nothing else of it.
    """
    own = {row["name"] for row in project.own()} | {IMAGE}
    for name, spec in services.items():
        got, wanted = {key: spec.get(key) for key in HARDENED}, HARDENED | {"read_only": name not in own}
        if name == IMAGE:
            wanted["cap_drop"] = ["NET_RAW"]
        assert got == wanted, f"compose.yaml: {name} has {got} instead of {wanted}; see x-hardened"
        taken = {key for key in FORBIDDEN & spec.keys() if (name, key, spec[key]) not in ALLOWED}
        assert not taken, f"compose.yaml: {name} has {taken}; remove it"
        assert "docker.sock" not in str(spec), f"compose.yaml: {name} is given the Docker Engine's socket"


def test_a_service_is_bounded_and_comes_back_by_itself(services: dict[str, Spec]) -> None:
    for name, spec in services.items():
        options = spec.get("logging", {}).get("options", {})
        assert {"max-size", "max-file"} <= set(options), f"compose.yaml: {name} has no log rotation; see x-hardened"
        limits = spec.get("deploy", {}).get("resources", {}).get("limits", {})
        assert {"cpus", "memory", "pids"} <= set(limits), f"compose.yaml: {name} has no limits but {limits}"
        restart = None if name in ONCE else "unless-stopped"
        assert spec.get("restart") == restart, f"compose.yaml: {name} has restart: {spec.get('restart')}, not {restart}"


def test_an_image_has_an_exact_tag(services: dict[str, Spec]) -> None:
    loose = {
        name: spec["image"]
        for name, spec in services.items()
        if "image" in spec and "build" not in spec and not EXACT.search(spec["image"])
    }
    assert not loose, f"compose.yaml: {loose}; give each a tag with three numbers, or a digest"


def test_only_nginx_publishes_a_port_and_on_the_loopback_address_by_default(services: dict[str, Spec]) -> None:
    published = {name: spec["ports"] for name, spec in services.items() if spec.get("ports")}
    tls = "${LAB_BIND:-127.0.0.1}:${LAB_TLS_PORT:-8443}:8443"
    wanted = ["${LAB_BIND:-127.0.0.1}:${LAB_PORT:-8080}:8080", tls, f"{tls}/udp"]
    assert published == {"nginx": wanted}, f"compose.yaml: {published}"


def test_the_keys_are_where_they_are_needed_and_nowhere_else(services: dict[str, Spec]) -> None:
    """The authority's with what signs, nginx's with nginx, which cannot change it."""
    for volume, wanted in (
        ("authority:", {"certificates": "authority:/authority"}),
        ("tls:", {"certificates": "tls:/tls", "nginx": "tls:/tls:ro"}),
    ):
        got = {
            name: each for name, spec in services.items() for each in spec.get("volumes", ()) if each.startswith(volume)
        }
        assert got == wanted, f"compose.yaml: the volume {volume} is at {got}, not at {wanted}"
