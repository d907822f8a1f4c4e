"""What Docker Swarm is given: what compose says, in the older format, without what Swarm cannot do."""

from typing import Any

import pytest

from swarm.stack import stack

IMAGES = {"web": "localhost/web:1"}


def lab(**service: Any) -> dict[str, Any]:
    limits: dict[str, Any] = {"deploy": {"resources": {"limits": {"cpus": 2}}}}
    return {
        "services": {"web": limits | service},
        "networks": {"edge": {"driver": "overlay"}, "inside": {"name": "lab_inside", "internal": True}},
        "volumes": {"data": {"name": "lab_data"}},
        "secrets": {},
    }


def test_a_service_says_the_same_in_the_older_format(subtests: pytest.Subtests) -> None:
    volume = {"type": "volume", "source": "data", "target": "/data"}
    port = {"target": 8443, "protocol": "udp"}
    rows: list[tuple[str, Any, Any]] = [
        ("read_only", True, True),
        ("volumes", [volume], [volume | {"volume": {}}]),
        (
            "ports",
            [port | {"published": "443", "host_ip": "::1", "mode": "ingress"}],
            [port | {"published": 443, "mode": "host"}],
        ),
        ("secrets", [{"source": "password", "mode": "0400"}], [{"source": "password", "mode": 0o400}]),
        ("secrets", [{"source": "password", "mode": 0o400}], [{"source": "password", "mode": 0o400}]),
        ("depends_on", {"db": {"condition": "service_healthy"}}, None),
        ("security_opt", ["no-new-privileges:true"], None),
        ("command", None, None),
    ]
    for key, value, wanted in rows:
        with subtests.test(key=key):
            assert stack(lab(**{key: value}), IMAGES)["services"]["web"].get(key) == wanted


def test_memory_as_a_file_system_is_a_volume_of_that_size(subtests: pytest.Subtests) -> None:
    for value, options in (("/tmp", {}), ("/tmp:size=16m,mode=1777", {"tmpfs": {"size": 16 * 2**20}})):
        with subtests.test(tmpfs=value):
            service = stack(lab(tmpfs=[value]), IMAGES)["services"]["web"]
            assert service["volumes"] == [{"type": "tmpfs", "target": "/tmp"} | options]
            assert "tmpfs" not in service


def test_a_service_without_a_network_has_one_that_leads_nowhere() -> None:
    made = stack(lab(network_mode="none"), IMAGES)
    assert made["services"]["web"]["networks"] == ["alone"]
    assert made["networks"] == {
        "alone": {"driver": "overlay", "internal": True},
        "edge": {"driver": "overlay"},
        "inside": {"internal": True},
    }


def test_what_has_no_meaning_on_a_swarm_is_refused(subtests: pytest.Subtests) -> None:
    rows: list[tuple[dict[str, Any], dict[str, str], str]] = [
        ({}, {}, "web has no image; give web=<image>"),
        ({"cpuset": "0-1"}, IMAGES, "web is pinned to cores 0-1.*unset CONTENDER_CPUSET and BENCH_CPUSET"),
        ({"tmpfs": ["/tmp:size=1g"]}, IMAGES, "web: /tmp:size=1g.*as 16m"),
    ]
    for service, images, message in rows:
        with subtests.test(message=message), pytest.raises(ValueError, match=message):
            stack(lab(**service), images)
