"""The lab's nginx in front of an upstream that misbehaves: what it sends again, and what its problem documents say.

It has the lab's configuration, but for the addresses of upstreams and a shorter timeout, and runs in the network
namespace of this container.
"""

import http.client
import io
import json
import re
import socket
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import trustme

from tests.contract.project import ROOT, text
from tests.lifecycle.engine import CLIENT, PROJECT, container
from tests.lifecycle.scripted_upstream import (
    BODY,
    KIB,
    OK,
    Behaviour,
    Upstream,
    close,
    head_of,
    not_accepting,
    refusing,
    reset,
    send,
    send_no_more_than,
)

TABLE = "nginx/conf.d/retries.conf"
ROW = re.compile(r"^# \| (?P<upstream>\S.*?) +\| (?P<get>\d \S+) \| (?P<post>\d \S+) \| (?P<problem>.*?) *\|$", re.M)

SERVER = re.compile(r"server (\S+):8000 resolve max_fails=0;")
CONFIGURATION = [ROOT / "nginx/nginx.conf", *sorted((ROOT / "nginx/conf.d").iterdir())]

# Which upstream of nginx stands for which, and how its replicas are reached.
ONE, REFUSING, NOT_ACCEPTING, TWO, ONE_OF_TWO, NONE_OF_TWO = (
    "gevent",
    "sync",
    "eventlet",
    "gthread",
    "granian",
    "hypercorn",
)
PART = OK[:-10]
ANSWER = send(OK + BODY)

ROWS: dict[str, tuple[str, list[Behaviour]]] = {
    "refuses the connection": (REFUSING, []),
    "does not accept the connection": (NOT_ACCEPTING, []),
    "resets the connection before a byte": (ONE, [reset]),
    "closes the connection before a byte": (ONE, [close]),
    "resets the connection before a byte, once": (ONE, [reset, ANSWER]),
    "sends nothing": (ONE, [send_no_more_than(b"")]),
    "sends a part of the head, and no more": (ONE, [send_no_more_than(PART)]),
    "closes the connection after a part of the head": (ONE, [send(PART)]),
    "sends a head of 9 KiB": (ONE, [head_of(9 * KIB)]),
    "sends a head of 31 KiB": (ONE, [head_of(31 * KIB)]),
    "sends a head of 33 KiB": (ONE, [head_of(33 * KIB)]),
    "sends a malformed header": (ONE, [send(OK + b"no colon\r\n" + BODY)]),
    "sends no status line": (ONE, [send(b"ok\n")]),
    "answers 502 itself": (ONE, [send(OK.replace(b"200 OK", b"502 Bad Gateway") + BODY)]),
    "two replicas, one refuses the connection": (ONE_OF_TWO, [ANSWER]),
    "two replicas, one resets it before a byte": (TWO, [reset, ANSWER]),
    "two replicas, one closes it after a part of the head": (TWO, [send(PART), ANSWER]),
    "two replicas, one sends a head of 33 KiB": (TWO, [head_of(33 * KIB), ANSWER]),
    "two replicas, both refuse the connection": (NONE_OF_TWO, []),
}


def test_a_request_is_sent_as_often_as_the_table_says() -> None:
    table = {row["upstream"]: row for row in ROW.finditer(text(TABLE))}
    assert table.keys() == ROWS.keys(), f"{TABLE}: {table.keys() ^ ROWS.keys()} is only there or only here"
    upstream = Upstream({str(place): behaviours for place, (_, behaviours) in enumerate(ROWS.values())})
    cases = [(name, method) for name in ROWS for method in ("GET", "HEAD", "POST")]
    with nginx(upstream), ThreadPoolExecutor(len(cases)) as pool:  # most of them wait
        results = list(pool.map(lambda case: attempt(upstream, *case), cases))
    wrong = []
    for (name, method), got in zip(cases, results, strict=True):
        wanted = expected(table[name], method)
        if got != wanted:
            wrong.append(f"{method}, the upstream {name}: got {got}, wanted {wanted}")
    assert not wrong, f"{TABLE}:\n" + "\n".join(wrong)


def expected(row: re.Match[str], method: str) -> tuple[str, str]:
    """How often it is sent and what status it has; and how the detail of the problem document begins."""
    result = row["post" if method == "POST" else "get"]
    problem = row["problem"] if method != "HEAD" and result.endswith(("502", "504")) else ""
    return result, problem and f"{ROWS[row['upstream']][0]} {problem}"


def attempt(upstream: Upstream, name: str, method: str) -> tuple[str, str]:
    """The same, as it is."""
    contender, place = ROWS[name][0], list(ROWS).index(name)
    status, detail = response_to(method, f"/{contender}/{place}")
    return f"{upstream.received[f'{method} {place}']} {status}", detail.partition(". See ")[0].partition(":")[0]


def response_to(method: str, path: str) -> tuple[str, str]:
    """The status, and the detail of a problem document."""
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=20)  # above all attempts of nginx together
    with closing(connection):
        connection.request(method, path, b"" if method == "POST" else None, {"Connection": "close"})
        try:
            response = connection.getresponse()
        except http.client.BadStatusLine:
            return "0.9", ""
        body = response.read()
    is_problem = body and response.headers["Content-Type"] == "application/problem+json"
    return str(response.status), json.loads(body)["detail"] if is_problem else ""


@contextmanager
def nginx(upstream: Upstream) -> Iterator[None]:
    """In a container of the lab's image, whose file system can be written to."""
    with ExitStack() as stack:
        one, two, none, never = (
            stack.enter_context(port)
            for port in (upstream.listening(), upstream.listening(), refusing(), not_accepting())
        )
        ports = {REFUSING: [none], NOT_ACCEPTING: [never], TWO: [one, two], ONE_OF_TWO: [one, none]}
        ports[NONE_OF_TWO] = [none, none]
        made = CLIENT.containers.create(
            container("nginx").attrs["Image"],
            name=f"{PROJECT}-nginx-scripted",
            network_mode=f"container:{socket.gethostname()}",
            user="0:0",  # it reads a key that is put into it
        )
        stack.callback(made.remove, force=True, v=True)
        made.put_archive("/", archive(ports, one))
        made.start()
        wait_until_listening(made)
        yield


def archive(ports: dict[str, list[int]], other: int) -> io.BytesIO:
    """The lab's configuration for these upstreams (all others are `other`), and a certificate."""
    files = {f"etc/nginx/{path.relative_to(ROOT / 'nginx')}": path.read_text() for path in CONFIGURATION}
    upstreams = files["etc/nginx/conf.d/upstreams.conf"]
    upstreams = SERVER.sub(lambda found: servers(ports.get(found[1], [other])), upstreams)
    files["etc/nginx/conf.d/upstreams.conf"] = upstreams.replace("proxy_read_timeout 60s", "proxy_read_timeout 500ms")
    issued = trustme.CA().issue_cert("localhost")
    files |= {
        "tls/lab.pem": issued.cert_chain_pems[0].bytes().decode(),
        "tls/lab.key": issued.private_key_pem.bytes().decode(),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()))
    packed.seek(0)
    return packed


def servers(ports: list[int]) -> str:
    return " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in ports)


def wait_until_listening(made: Any) -> None:
    end = time.monotonic() + 10  # it starts in a tenth of a second
    while True:
        try:
            socket.create_connection(("127.0.0.1", 8080)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end, made.logs().decode()
            time.sleep(0.02)
        else:
            return
