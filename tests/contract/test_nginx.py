"""nginx routes to every contender of the catalogue, to nothing else, and treats all of them alike."""

import pytest

from contender.identity import REQUEST_ID
from contender.workload import UPLOAD_LIMIT
from tests.contract import nginx_config
from tests.contract.nginx_config import Directive
from tests.contract.project import Contender, Spec, text

HEADERS, LAB, UPSTREAMS = (f"nginx/conf.d/{name}.conf" for name in ("headers", "lab", "upstreams"))
MEBIBYTE = 1024 * 1024


def test_an_upstream_finds_recreated_containers(contender: Contender, upstream: Directive) -> None:
    name = contender["name"]
    got, wanted = upstream.value("server"), f"{name}:8000 resolve max_fails=0"
    assert got == wanted, f"{UPSTREAMS}: upstream {name} has `server {got}` instead of `server {wanted}`"
    assert upstream.value("zone").startswith(f"{name} "), f"{UPSTREAMS}: upstream {name} has no `zone {name} 64k`"


def test_a_location_passes_to_its_contender(contender: Contender, location: Directive, upload: Directive) -> None:
    wanted = f"http://{contender['name']}"
    for each in (location, upload):
        got = each.value("proxy_pass")
        assert got == wanted, f"{LAB}: `{each}` passes to {got!r} instead of {wanted}"


def test_what_nginx_matched_is_what_it_passes_on(location: Directive, upload: Directive) -> None:
    # Without a rewrite of its own, a location passes on the path as sent: /gevent//upload or /gevent/./upload.
    for each in (location, upload):
        assert each.value("rewrite").endswith(" break"), f"{LAB}: `{each}` has no `rewrite ... break`"


def test_a_prefix_stays_for_wsgi_and_goes_for_asgi(contender: Contender, location: Directive) -> None:
    prefix = "" if contender["interface"] == "wsgi" else f"/{contender['name']}"
    wanted = f"^{prefix}(/.*)$ $1 break" if prefix else "^(.*)$ $1 break"
    got = location.value("rewrite")
    assert got == wanted, f"{LAB}: `{location}` has `rewrite {got}` instead of `rewrite {wanted}`"


def test_uploads_may_be_as_large_as_the_applications_allow(upload: Directive) -> None:
    got, wanted = upload.value("client_max_body_size"), f"{UPLOAD_LIMIT // MEBIBYTE}m"
    assert got == wanted, (
        f"{LAB}: `{upload}` has client_max_body_size {got!r}; UPLOAD_LIMIT in workload.py says {wanted}"
    )


def test_a_refusal_says_how_large_a_body_may_be(nginx: Directive) -> None:
    limits = {nginx.value("client_max_body_size").replace("m", " MiB"), f"{UPLOAD_LIMIT // MEBIBYTE} MiB"}
    (details,) = (each for each in nginx.all("map") if each.arguments == ("$status", "$problem_detail"))
    unsaid = {limit for limit in limits if limit not in details.value("413")}
    assert not unsaid, f"nginx/conf.d/problems.conf: 413 does not say {unsaid}: {details.value('413')}"


def test_a_websocket_message_may_be_as_large_as_a_body(nginx: Directive, services: dict[str, Spec]) -> None:
    limit = int(nginx.value("client_max_body_size").removesuffix("m")) * MEBIBYTE
    sizes = {name: spec["environment"].get("UVICORN_WS_MAX_SIZE") for name, spec in uvicorns(services).items()}
    wrong = {name: size for name, size in sizes.items() if size != limit}
    assert not wrong, (
        f"compose.yaml: UVICORN_WS_MAX_SIZE is {wrong}; client_max_body_size in nginx/nginx.conf is {limit}"
    )


def test_no_upstream_lacks_a_row_in_the_catalogue(nginx: Directive, contenders: list[Contender]) -> None:
    unknown = {each.arguments[0] for each in nginx.all("upstream")} - {row["name"] for row in contenders}
    assert not unknown, f"{UPSTREAMS}: upstream {', '.join(sorted(unknown))} has no row in services/catalog.json"


def test_no_location_lacks_a_row_in_the_catalogue(server: Directive, contenders: list[Contender]) -> None:
    proxied = {str(each) for each in server.all("location") if each.all("proxy_pass")}
    unknown = proxied - {f"location /{row['name']}/" for row in contenders}
    assert not unknown, f"{LAB}: `{', '.join(sorted(unknown))}` has no row in services/catalog.json"


def test_a_refusal_names_every_contender_and_nobody_else(nginx: Directive, contenders: list[Contender]) -> None:
    (names,) = (each for each in nginx.all("map") if each.arguments == ("$asked", "$contender"))
    (pattern,) = (each.name for each in names.block if each.name.startswith("~"))
    wanted = f"~^/(?<prefix>{'|'.join(row['name'] for row in contenders)})/"
    assert pattern == wanted, f"nginx/conf.d/problems.conf: $contender is {pattern} instead of {wanted}"


@pytest.mark.parametrize("name", ["proxy_set_header", "proxy_hide_header"])
def test_headers_are_set_once_for_all(name: str, nginx: Directive) -> None:
    # One of them in a block discards all that the block inherits: https://nginx.org/r/proxy_set_header
    allowed = {"proxy_set_header": (), "proxy_hide_header": ("server",)}[name]
    found = [(each, blocks) for each, blocks in nginx_config.walk(nginx.block) if each.name == name]
    stray = [f"`{each}` in `{blocks[-1]}`" for each, blocks in found if tuple(b.name for b in blocks) != allowed]
    assert found, f"{HEADERS}: no {name} at all"
    assert not stray, f"{LAB}: {'; '.join(stray)}: move it to {HEADERS}, beside the others"


def test_a_request_id_is_well_formed_by_one_rule(nginx: Directive) -> None:
    (rule,) = (each for each in nginx.all("map") if each.arguments[1] == "$lab_request_id")
    (pattern,) = (each.name for each in rule.block if each.name.startswith("~"))
    got, wanted = pattern, f"~^{REQUEST_ID.pattern}$"
    assert got == wanted, (
        f"{HEADERS}: a request id is {got}; REQUEST_ID in services/contender/identity.py says {wanted}"
    )


def test_the_image_carries_the_catalogue() -> None:
    line = "services/catalog.json /lab/html/catalog.json"
    assert line in text("services/Dockerfile"), f"services/Dockerfile: does not copy {line}, which the dashboard reads"


def uvicorns(services: dict[str, Spec]) -> dict[str, Spec]:
    return {name: spec for name, spec in services.items() if spec.get("command", [""])[0] == "uvicorn"}
