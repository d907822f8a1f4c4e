"""nginx routes to every contender and to the records, to nothing else, and treats all contenders alike."""

import re
from collections.abc import Iterator

from bench.loadgen.result import CONNECTIONS
from contender.catalogue import IMAGE, command, lab_prefix, mount
from contender.hosts import AT_ROOT, host_name
from contender.identity import REQUEST_ID
from contender.workload import UPLOAD_LIMIT
from tests.contract import nginx_config, project
from tests.contract.nginx_config import Directive
from tests.contract.project import Contender, Spec, text

HEADERS, LAB, OWN, RETRIES, UPSTREAMS = (
    f"nginx/conf.d/{name}.conf" for name in ("headers", "lab", "own", "retries", "upstreams")
)
KEPT = "nginx/conf.d/keepalive.include"
MEBIBYTE = 1024 * 1024
H2 = "location ~ ^/h2/"
STATUS = "location ~ ^/status/"
UPLOAD = "location ~ ^/(?<receiver>"
RECORDS = "records"  # the REST service, at some of the addresses of a contender
PROMETHEUS, SINK = "prometheus", "sink"
API, TRACES = "location ~ ^/prometheus/", "location ~ ^/traces/"
CHOSEN = {H2: "http://$h2-h2", STATUS: "http://$checked", API: f"http://{PROMETHEUS}", TRACES: f"http://{SINK}"}
APART = (RECORDS, PROMETHEUS, SINK)  # which no experiment loads
PORTS = {PROMETHEUS: 9090}  # of all others 8000


def test_every_upstream_finds_recreated_containers(nginx: Directive, services: dict[str, Spec]) -> None:
    upstreams = {each.arguments[0]: each for each in nginx.all("upstream")}
    wanted = {*APART} | {row["name"] for row in project.every()} | {f"{name}-h2" for name in over_h2(nginx)}
    assert upstreams.keys() == wanted, (
        f"{UPSTREAMS}: {upstreams.keys() ^ wanted} is only there or only in the catalogue"
    )
    for name, upstream in upstreams.items():
        host = name if name in services else name.removesuffix("-h2")
        if name == IMAGE:  # its port is one that scripts/try was given
            assert upstream.value("include") == "/tmp/own-image-server.conf", f"{UPSTREAMS}: upstream {name}"
            assert "server own-image:%s resolve max_fails=0;" in text("nginx/start")
            continue
        got = upstream.value("server"), upstream.value("zone")
        assert got == (f"{host}:{PORTS.get(host, 8000)} resolve max_fails=0", f"{name} 64k"), (
            f"{UPSTREAMS}: upstream {name} has {got}"
        )


def over_h2(nginx: Directive) -> list[str]:
    """The contenders below /h2/."""
    (location,) = (name for name in _proxied(nginx) if name.startswith(H2))
    return location.removeprefix(f"{H2}(?<h2>").removesuffix(")/").split("|")


def test_nginx_keeps_as_many_connections_as_the_bench_has_in_flight(nginx: Directive) -> None:
    """But to sync, which closes each. Those of one process count, and one may get them all."""
    kept = {each.arguments[0]: int(each.value("keepalive")) for each in nginx.all("upstream")}
    few = {
        name: count for name, count in kept.items() if name not in ("sync", "own-sync", *APART) and count < CONNECTIONS
    }
    assert not few, f"{KEPT}: keepalive is {few}; CONNECTIONS in services/bench/loadgen/result.py is {CONNECTIONS}"


def test_a_contender_has_its_prefix_and_uploads_as_large_as_it_allows(
    nginx: Directive, contenders: list[Contender]
) -> None:
    """The prefix stays, but for uvicorn. With a path in proxy_pass nginx passes on what it has matched."""
    wanted = {}
    for row in contenders:
        name = row["name"]
        wanted[f"location /{name}/"] = (f"http://{name}{mount(name)}/", "")
    again = ("location @again", "location @last", "location /upgraded/")
    wanted |= dict.fromkeys(again, ("http://$service$own_path", ""))  # whatever it was for
    wanted[f"location = /{IMAGE}{lab_prefix(IMAGE)}/healthz"] = (f"http://{IMAGE}$own_image_health", "")
    wanted |= {
        name: (next((to for prefix, to in CHOSEN.items() if name.startswith(prefix)), f"http://{RECORDS}"), "")
        for name in _proxied(nginx)
        if name.startswith("location ~")
    }
    receivers = "|".join(row["name"] for row in contenders)
    wanted[f"{UPLOAD}{receivers})/upload$"] = ("http://$receiver", f"{UPLOAD_LIMIT // MEBIBYTE}m")
    wanted[f"location ~ ^/(?<own>{_own()})/"] = ("http://$own$own_path", f"{UPLOAD_LIMIT // MEBIBYTE}m")
    got = {
        name: (each.value("proxy_pass"), each.value("client_max_body_size")) for name, each in _proxied(nginx).items()
    }
    wrong = {name: (got.get(name), wanted.get(name)) for name in got | wanted if got.get(name) != wanted.get(name)}
    assert not wrong, f"{LAB}: proxy_pass and client_max_body_size, got and wanted: {wrong}"


def test_another_attempt_passes_on_a_path_as_the_first_one_does(nginx: Directive) -> None:
    stripped = "|".join(row["name"] for row in project.every() if not mount(row["name"]))
    for name in ("location @again", "location @last"):
        rewrite, _ = _proxied(nginx)[name].all("rewrite")
        wanted = f"^/(?:{stripped})(/.*)$"
        assert rewrite.arguments[0] == wanted, f"{LAB}: {name} rewrites {rewrite.arguments[0]} instead of {wanted}"
    (upload,) = (each for name, each in _proxied(nginx).items() if name.startswith(UPLOAD))
    prefixes = "|".join(row["name"] for row in project.rows() if not mount(row["name"]) and row in project.catalogue())
    assert upload.all("rewrite")[0].arguments[0] == f"^/(?:{prefixes})(/.*)$", f"{LAB}: {UPLOAD}"
    (status,) = (each for name, each in _proxied(nginx).items() if name.startswith(STATUS))
    got = [each.arguments for each in status.all("rewrite")[:2]]
    image = (f"^/status/{IMAGE}/", "$own_image_health", "break")
    assert got == [image, (f"^/status/(?:{stripped})(/.*)$", "$1", "break")], f"{LAB}: {STATUS}: {got}"


def test_the_status_of_every_contender_is_asked_for() -> None:
    wanted = {
        row["name"]: f'<!--# include virtual="/status/{row["name"]}{lab_prefix(row["name"])}/healthz" -->'
        for row in project.every()
    }
    got = dict(re.findall(r'^  "(.*?)": "(.*)",?$', text("nginx/html/status.json"), re.MULTILINE))
    assert got == wanted, "nginx/html/status.json: a line for each contender of services/catalog.json, and no other"


def _own() -> str:
    """The user's own, as nginx names them."""
    """The servers of the user's own, and the slots, in which one of them may be."""
    return "|".join(row["name"] for row in project.every() if row not in project.catalogue())


def _proxied(nginx: Directive) -> dict[str, Directive]:
    found = (each for each, _ in nginx_config.walk(nginx.block) if each.name == "location" and each.all("proxy_pass"))
    return {str(each): each for each in found}


def test_no_service_s_own_side_is_routed(nginx: Directive) -> None:
    """Regular expressions are tried in their order: what closes /internal/ stands before all that pass something on."""
    locations = [
        each for each, _ in nginx_config.walk(nginx.block) if each.name == "location" and "~" in each.arguments
    ]
    assert locations[0].value("return") == "404", f"{LAB}: the first is {locations[0]}"
    for path, wanted in (
        ("starlette/internal/claim", True),
        ("gunicorn-asgi/internal/stop", True),
        ("h2/gthread/internal", True),
        ("sync/io", False),
        ("own-sync/.well-known/serverlab/internal/stop", True),
        ("own-sync/.well-known/serverlab/usage", False),
        ("own-sync/internal/reports", False),  # the application's own
        ("a/internal/stop", True),
        ("b/.well-known/serverlab/internal/workers", True),
        ("a/.well-known/serverlab/usage", False),
    ):
        got = re.search(locations[0].arguments[1], f"/{path}") is not None
        assert got is wanted, f"{LAB}: whether /{path} is closed: wanted {wanted}, got {got}"


def test_prometheus_and_traces_can_be_read_and_nothing_else(nginx: Directive) -> None:
    """Its paths to change it, to stop it and to read its configuration are no addresses of the lab."""
    (api,) = (each for name, each in _proxied(nginx).items() if name.startswith(API))
    for path, wanted in (
        *((path, True) for path in ("query", "query_range", "series", "labels", "label/contender/values")),
        *((path, False) for path in ("admin/tsdb/delete_series", "status/config", "write", "targets", "../../-/quit")),
        *((path, False) for path in ("query/", "label/a/b/values", "query_exemplars")),
    ):
        got = re.search(api.arguments[1], f"/prometheus/api/v1/{path}") is not None
        assert got is wanted, f"{LAB}: whether /prometheus/api/v1/{path} goes to Prometheus: wanted {wanted}, got {got}"
    (traces,) = (each for name, each in _proxied(nginx).items() if name.startswith(TRACES))
    for path, wanted in (("a" * 32, True), ("a" * 31, False), (f"{'a' * 32}/x", False), ("../spans", False)):
        got = re.search(traces.arguments[1], f"/traces/{path}") is not None
        assert got is wanted, f"{LAB}: whether /traces/{path} goes to the sink: wanted {wanted}, got {got}"
    for each in (api, traces):
        (refusal,) = each.all("if")
        assert refusal.arguments == ("($request_method", "!=", "GET)"), f"{LAB}: {refusal}"
        assert refusal.value("return") == "405"


def test_the_records_have_their_addresses_and_no_other(nginx: Directive) -> None:
    (theirs,) = (each for name, each in _proxied(nginx).items() if name.startswith("location ~ ^/starlette/"))
    for path, wanted in (
        *((path, True) for path in ("", "runs", "runs/", "runs/x/events", "experiments", "docs/x.js", "openapi.json")),
        *((path, False) for path in ("hello", "internal/claim", "x/runs", "runsx", "docs.html", "openapi-json")),
    ):
        got = re.search(theirs.arguments[1], f"/starlette/{path}") is not None
        assert got is wanted, f"{LAB}: whether /starlette/{path} goes to {RECORDS}: wanted {wanted}, got {got}"


def test_a_refusal_says_how_large_a_body_may_be(nginx: Directive) -> None:
    limits = {nginx.value("client_max_body_size").replace("m", " MiB"), f"{UPLOAD_LIMIT // MEBIBYTE} MiB"}
    (details,) = (each for each in nginx.all("map") if each.arguments == ("$status", "$problem_detail"))
    unsaid = {limit for limit in limits if limit not in details.value("413")}
    assert not unsaid, f"nginx/conf.d/problems.conf: 413 does not say {unsaid}: {details.value('413')}"


def test_a_websocket_message_may_be_as_large_as_a_body(nginx: Directive, services: dict[str, Spec]) -> None:
    limit = int(nginx.value("client_max_body_size").removesuffix("m")) * MEBIBYTE
    uvicorns = {name: spec for name, spec in services.items() if spec.get("command", [""])[0] == "uvicorn"}
    sizes = {name: spec["environment"].get("UVICORN_WS_MAX_SIZE") for name, spec in uvicorns.items()}
    wrong = {name: size for name, size in sizes.items() if size != limit}
    assert not wrong, (
        f"compose.yaml: UVICORN_WS_MAX_SIZE is {wrong}; client_max_body_size in nginx/nginx.conf is {limit}"
    )


def test_a_refusal_names_every_contender_and_nobody_else(nginx: Directive) -> None:
    (names,) = (each for each in nginx.all("map") if each.arguments == ("$uri", "$mount"))
    (pattern,) = (each.name for each in names.block if each.name.startswith("~"))
    wanted = f"~^/(?:h2/)?(?<prefix>{'|'.join(row['name'] for row in project.every())})/"
    assert pattern == wanted, f"nginx/conf.d/problems.conf: $mount is {pattern} instead of {wanted}"


def test_a_refusal_says_how_to_start_the_contenders_of_a_profile(nginx: Directive) -> None:
    (remedies,) = (each for each in nginx.all("map") if each.arguments == ("$service", "$problem_remedy"))
    names: dict[str, list[str]] = {}
    for row in project.every():
        if "profile" in row:
            names.setdefault(f"`{command(row['name'])}` starts it.", []).append(row["name"])
    wanted = {f"~^({'|'.join(group)})$": remedy for remedy, group in names.items()}
    wanted[PROMETHEUS] = "`OBSERVE=prometheus scripts/up` starts it."
    wanted[SINK] = "`OBSERVE=otel scripts/up` starts it."
    got = {each.name: each.arguments[0] for each in remedies.block if each.name != "default"}
    assert got == wanted, f"nginx/conf.d/problems.conf: $problem_remedy has {got} instead of {wanted}"


def test_another_attempt_is_made_for_nothing_that_may_have_been_executed(nginx: Directive) -> None:
    """A method, the status of each attempt, how long each connection took (`-`: none was made), the bytes received."""
    (rule,) = (each for each in nginx.all("map") if each.arguments[1] == "$retry")
    assert rule.all("volatile"), f"{RETRIES}: $retry would keep the value that it had after the first attempt"
    for attempts, wanted in (
        ("GET 502|0.001|0", "again"),
        ("GET 502|0.001|120", "502"),  # an invalid head
        ("HEAD 504, 502|-, 0.000|0, 0", "again"),
        ("GET 502, 504|0.000, -|0, 0", "again"),
        ("GET 502, 502|0.000, 0.000|17, 0", "again"),  # the last attempt decides
        ("GET 502, 502|0.000, 0.000|0, 32768", "502"),
        ("POST 502, 504|0.000, -|0, 0", "504"),
        ("GET 504|0.000|0", "504"),  # it has taken its time already
        ("POST 502|0.001|0", "502"),
        ("POST 502, 502|0.001, -|0, 0", "502"),
        ("DELETE 504|0.001|0", "504"),
        ("POST 504, 502|-, -|0, 0", "again"),
        ("DELETE 504|-|0", "again"),
        ("POST ||", "again"),  # no address to connect to
        ("POST 504, 502 : 504|-, - : -|0, 0 : 0", "again"),
        ("GET 502 : 502|0.001 : 0.000|0 : 0", "again"),
        ("GET 502 : 502|0.001 : 0.000|0 : 10", "502"),
        ("GET 502 : 504|0.001 : -|0 : 0", "again"),
        ("GET 502 : 504|0.001 : 0.000|0 : 0", "504"),
        ("POST 504 : 502|- : 0.000|0 : 0", "502"),
    ):
        got = _mapped(rule, attempts)
        assert got == wanted, f"{RETRIES}: $retry of {attempts!r} is {got} instead of {wanted}"


def _mapped(rule: Directive, text: str) -> str:
    """What a map of regular expressions makes of the text: the first that matches decides."""
    patterns = (each for each in rule.block if each.name.startswith("~") and re.search(each.name[1:], text))
    return next((each.arguments[0] for each in patterns), rule.value("default"))


def test_headers_are_set_once_for_all(nginx: Directive) -> None:
    # One of them in a block discards all that the block inherits: https://nginx.org/r/proxy_set_header
    for name, allowed in (("proxy_set_header", ()), ("proxy_hide_header", ("server",))):
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


def test_an_application_of_the_user_s_own_gets_its_path_as_it_was_sent(nginx: Directive) -> None:
    """By its mount, its host name if it was requested there, and the request's target."""
    (paths,) = (each for each in nginx.all("map") if each.arguments[1] == "$own_path")
    for request, wanted in (
        ("own-sync  /own-sync/a//b%2Fc/../d?x=%20", "/own-sync/a//b%2Fc/../d?x=%20"),
        ("own-sync own-sync /a//b%2Fc?x", "/own-sync/a//b%2Fc?x"),
        ("own-uvicorn  /own-uvicorn/a//b%2Fc", "/a//b%2Fc"),
        ("own-uvicorn own-uvicorn /own-uvicorn/a", "/own-uvicorn/a"),
        ("own-image  /own-image/a//b%2Fc?x", "/a//b%2Fc?x"),
        ("own-image own-image /own-image/a//b", "/own-image/a//b"),
        ("own-image  /own-uvicorn/../own-image/a", ""),
        ("a  /a/b//c%2Fd", "/a/b//c%2Fd"),
        ("b b /c", "/b/c"),
        ("a  /x/../a/b", ""),
        ("own-sync  /x/../own-sync/a", ""),  # the prefix in another spelling
        ("own-sync  /own-gevent/../own-sync/a", ""),
        ("sync  /sync/a", ""),
    ):
        got = next((found.expand(_as_python(to)) for found, to in _matches(paths, request)), "")
        assert got == wanted, f"{OWN}: $own_path of {request!r} is {got!r} instead of {wanted!r}"


def _matches(rule: Directive, text: str) -> Iterator[tuple[re.Match[str], str]]:
    for each in rule.block:
        if each.name.startswith("~") and (found := re.search(each.name[1:].replace("(?<", "(?P<"), text)):
            yield found, each.arguments[0]


def _as_python(template: str) -> str:
    return re.sub(r"\$(\w+)", r"\\g<\1>", template)


def test_the_host_names_are_those_of_the_user_s_own_servers(nginx: Directive) -> None:
    own = _own()
    (hosts,) = (each for each in nginx.all("map") if each.arguments[1] == "$own_host")
    names = [each.name for each in hosts.block if each.name.startswith("~")]
    assert names == [rf"~^000 (?<named>{own})\.localhost$"], f"{OWN}: $own_host is of {names}"
    assert [host_name(name) for name in own.split("|")] == [f"{name}.localhost" for name in own.split("|")]
    marks = [each.arguments for each in nginx.all("proxy_set_header") if each.arguments[0] == AT_ROOT]
    assert marks == [(AT_ROOT, "$at_root")], f"{HEADERS}: {AT_ROOT}, without which a client's own arrives: {marks}"


def test_the_uploads_that_are_let_in_fit_into_nginx_s_room_for_bodies(
    nginx: Directive, services: dict[str, Spec]
) -> None:
    uploads = [each for each in _proxied(nginx).values() if each.all("client_max_body_size")]
    places = {each.value("limit_conn", "unlimited").split(" ")[-1] for each in uploads}
    assert len(places) == 1, f"{LAB}: wanted one number of places for uploads, got {places}"
    needed = len(project.every()) * int(places.pop()) * UPLOAD_LIMIT // MEBIBYTE
    (room,) = (int(found[1]) for each in services["nginx"]["tmpfs"] if (found := re.search(r"size=(\d+)m", each)))
    assert room > needed, f"compose.yaml: nginx has {room} MiB for bodies, and uploads may take {needed}"


def test_the_image_carries_the_catalogue() -> None:
    line = "services/catalog.json /lab/html/catalog.json"
    assert line in text("services/Dockerfile"), f"services/Dockerfile: does not copy {line}, which the dashboard reads"
