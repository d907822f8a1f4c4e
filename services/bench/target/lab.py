"""The lab as its bench sees it: where each contender answers, through nginx and bypassing it, and what it reports."""

import http.client
import json
import os
from functools import cache
from http.client import BAD_REQUEST
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.loadgen import Request, any_request, get
from bench.loadgen.request import Expected
from bench.target.replicas import PORT, Address, NoAnswer, fetch, replicas
from bench.target.usage import Usage, added_up
from contender.catalogue import CATALOGUE, IMAGE, IMAGE_USAGE, OWN, SLOTS, control_path, lab_prefix, mount
from contender.hosts import AT_ROOT, host_name
from contender.masking import mask_text
from contender.workload import HELLO
from experiments.schema.headers import is_closed_by, split
from experiments.schema.params import Params, query
from experiments.schema.workloads import REQUEST

# Seconds of CPU time at most, as control groups counted in sweeps on a slow machine: of nginx for each request or chunk
# that it passes on (50 to 180 us, most where the contender closes its connections) and each byte of an answer, of the
# slow upstream for each call (250 us), and of Postgres for each query. What is above is somebody else's.
PASSED, COPIED, CALLED = 200e-6, 2e-9, 300e-6

EDGE = os.environ.get("EDGE_URL", "http://nginx:8080")
EDGE_TLS = os.environ.get("EDGE_TLS_URL", "https://nginx:8443")
# The Host of the user's own request: a browser's, as applications refuse others (Django's ALLOWED_HOSTS).
BROWSER_HOST = os.environ.get("BROWSER_HOST", "localhost:8080")


Headers = tuple[tuple[str, str], ...]


def request_of(params: Params, contender: str) -> Request:
    """What a run sends."""
    if params.workload != REQUEST:
        return request(contender, params.workload, query(params), direct=params.direct)
    values: Any = params  # of the one model that has them
    headers = tuple(split(each) for each in values.headers)
    addresses, _, path = address(contender, values.path[1:], direct=params.direct)
    host = BROWSER_HOST
    if values.at_root:
        _, _, port = BROWSER_HOST.partition(":")
        host = f"{host_name(contender)}:{port}" if port else host_name(contender)
        if params.direct:
            headers += ((AT_ROOT, "1"),)  # nginx's part
        else:
            path = values.path
    body = None if values.body is None else values.body.encode()
    return any_request(addresses, host, f"{values.method} {path}", headers, body, values.expect)


def closes(params: Params) -> bool:
    """Whether the user's own request closes its connection."""
    values: Any = params
    return params.workload == REQUEST and is_closed_by(values.headers)


def what(params: Params) -> str:
    """The same in words, without its secrets."""
    values: Any = params
    return f"{values.method} {mask_text(values.path)}" if params.workload == REQUEST else f"/{params.workload}"


def hello(contender: str, *, direct: bool, headers: Headers = ()) -> Request:
    """The smallest request that it serves; of an application of the user's own, the lab's endpoint beside it.

    Nor is a slot, which may have one.
    """
    if contender not in OWN + SLOTS:
        return request(contender, "hello", {}, direct=direct, headers=headers)
    addresses, host, path = address(contender, f"{lab_prefix(contender)[1:]}/healthz", direct=direct)
    if contender == IMAGE:  # where nginx requests the path of scripts/try --health
        return get(addresses, host, path, headers, below=BAD_REQUEST)
    return get(addresses, host, path, headers, body=b"ok\n")


def request(contender: str, workload: str, params: dict[str, Any], *, direct: bool, headers: Headers = ()) -> Request:
    """Through nginx, or bypassing it."""
    addresses, host, path = address(contender, workload, direct=direct)
    path += f"?{urlencode(params)}" if params else ""
    return get(addresses, host, path, headers, **_right(contender, workload, params))


def _right(contender: str, workload: str, params: dict[str, Any]) -> Expected:
    """What a right answer has: its contender's name, but where it is made line by line, which ends in its last line."""
    match workload:
        case "hello":
            return {"body": HELLO}
        case "stream":
            return {"part": f"chunk {params['chunks']} of {params['chunks']} made at ".encode()}
        case "sse":
            return {"part": f'{{"event": {params["events"]}, "of": {params["events"]}, '.encode()}
        case _:
            return {"service": contender, "least": int(params.get("bytes", 0))}


def address(contender: str, path: str, *, direct: bool) -> tuple[tuple[Address, ...], str, str]:
    """Addresses, Host header and path."""
    addresses = replicas(contender) if direct else edge()
    prefix = mount(contender) if direct else f"/{contender}"
    return addresses, f"{addresses[0][0]}:{addresses[0][1]}", f"{prefix}/{path}"


def service_seconds(params: Params) -> float:
    """What one request takes by itself, about; a fan-out one after the other at worst."""
    values = query(params)
    one_after_another = next((values[name] for name in ("n", "chunks", "events", "queries") if name in values), 1)
    once = sum(values.get(name, 0) for name in ("io_ms", "block_ms", "cpu_ms"))
    return float(values.get("ms", 0) * one_after_another + once) / 1000


def cpu_seconds_beside(params: Params, *, direct: bool) -> float:
    """CPU time that one request costs nginx, if it goes there, and the slow upstream or the database, at most."""
    values = query(params)
    passed = 0 if direct else 1 + values.get("chunks", 0) + values.get("events", 0)
    called = values.get("n", 0) + values.get("queries", 0)
    return float(passed * PASSED + called * CALLED + (0 if direct else values.get("bytes", 0) * COPIED))


def edge() -> tuple[Address, ...]:
    return _named(EDGE, 80)


def edge_tls() -> tuple[Address, ...]:
    return _named(EDGE_TLS, 443)


def _named(url: str, usual: int) -> tuple[Address, ...]:
    parts = urlsplit(url)
    return ((parts.hostname or "nginx", parts.port or usual),)


def authority() -> str:
    """The certificate (PEM) of who signed the edge's. Raises NoAnswer."""
    return _get("nginx", edge()[0], "/ca.pem")[1].decode()


def keeps_connections(contender: str) -> bool:
    """gunicorn's sync worker closes every connection behind its answer."""
    return worker_of(contender) != "sync"


def worker_of(contender: str) -> str:
    """As the catalogue has it; of a slot as it says itself."""
    return _worker_of_slot(contender) if contender in SLOTS else CATALOGUE[contender]["worker"]


@cache  # a run has a process of its own, and a slot stays what it is meanwhile
def _worker_of_slot(slot: str) -> str:
    return str(_request(slot, replicas(slot)[0], "whoami")["worker"])


def usage(contender: str) -> Usage:
    """Raises NoAnswer."""
    return added_up([_request(contender, address, "usage") for address in _usage_addresses(contender)])


def observed_with(contender: str) -> set[str]:
    """Raises NoAnswer."""
    switches = _request(contender, _usage_addresses(contender)[0], "usage").get("switches", {})
    return set(filter(None, switches.get("OBSERVE", "").split(",")))


def metrics(contender: str) -> tuple[list[str], int]:
    """Of all replicas, the lines of what a scrape returns, and how many files their workers share. Raises NoAnswer."""
    addresses, path = replicas(contender), control_path(contender, "internal/metrics")
    scraped = [_get(contender, each, path)[1] for each in addresses]
    files = [_request(contender, each, "usage")["metrics_files"] or 0 for each in addresses]
    return [line for each in scraped for line in each.decode().splitlines()], sum(files)


def spans(contender: str) -> int:
    """Of requests, that the sink has got. Raises NoAnswer."""
    _, body = _get("sink", ("sink", PORT), "/spans")
    return int(json.loads(body)["spans"].get(contender, {}).get("server", 0))


def describe_edge() -> dict[str, Any]:
    """The server before them, from its own answer. Raises NoAnswer."""
    response, _ = _get("nginx", edge()[0], "/healthz")
    return {"server": "nginx", "server_version": response.headers["X-Nginx-Version"]}


def describe(contender: str) -> dict[str, Any]:
    """What is measured: as the servers themselves say; of an image, what it may use. Raises NoAnswer."""
    addresses = _usage_addresses(contender)
    used = _request(contender, addresses[0], "usage")
    allowed = {"cpus": used["cpus"], "memory_mb": used["memory_limit_mb"], "cpuset": used["cpuset"]}
    if contender == IMAGE:
        return allowed
    who = _request(contender, addresses[0], "whoami")
    return {
        **{name: who[name] for name in ("server", "server_version", "worker", "python")},
        "workers": used["workers"],
        "threads": used["threads"],
        "db_pool": used["db_pool"],
        "switches": used["switches"],
        **({"slot": used["slot"]} if used.get("slot") else {}),
        **allowed,
        "replicas": len(addresses),
    }


def is_observed(contender: str) -> bool:
    """Whether Prometheus collects what it measures itself (OBSERVE). False where it does not say."""
    try:
        return "prometheus" in observed_with(contender)
    except NoAnswer:
        return False


def _usage_addresses(contender: str) -> tuple[Address, ...]:
    """Who says what it has used: its own workers, of an image the container beside it."""
    return replicas(IMAGE_USAGE if contender == IMAGE else contender)


def _request(contender: str, address: Address, what: str) -> dict[str, Any]:
    _, body = _get(contender, address, control_path(contender, what))
    answer: dict[str, Any] = json.loads(body)
    return answer


def _get(container: str, address: Address, path: str) -> tuple[http.client.HTTPResponse, bytes]:
    response, body = fetch(container, address, path)
    if response.status != 200:
        raise NoAnswer(f"{container} {path} returned {response.status}: docker compose logs {container}")
    return response, body
