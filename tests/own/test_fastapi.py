"""services/own/examples/fastapi under each ASGI server: what its README says of it, measured."""

import socket

from websockets.sync.client import connect

from tests.e2e.lab import HOST, PATIENCE, PORT, answered, get
from tests.e2e.lab import WORKERS as PROCESSES
from tests.own.apps import ASGI, are_at_their_host_names, are_contenders, at_once, raced


def test_each_server_has_the_application_below_its_own_path() -> None:
    are_contenders(ASGI, "asgi")
    for name in ASGI:
        page = answered(get(f"/{name}/docs"), 200, "text/html").text
        assert f"'/{name}/openapi.json'" in page, f"a link of {name} leads elsewhere: {page}"


def test_each_server_has_it_at_the_root_of_its_host_name() -> None:
    are_at_their_host_names(ASGI, "/docs")


def test_a_websocket_is_passed_on_at_both_addresses() -> None:
    for name in ASGI:
        for host, path in ((HOST, f"/{name}/echo"), (f"{name}.localhost", "/echo")):
            url = f"ws://{host}:{PORT}{path}"
            sock = socket.create_connection((HOST, PORT), timeout=PATIENCE)  # *.localhost does not resolve everywhere
            with connect(url, sock=sock, open_timeout=PATIENCE, proxy=None) as connection:
                connection.send("hello")
                assert connection.recv(timeout=PATIENCE) == "hello", url


def test_the_same_wait_in_a_coroutine_awaited_and_in_a_thread() -> None:
    for path, together in (("/async", True), ("/threaded", True), ("/blocking", False)):
        for name, rows in raced(ASGI, path).items():
            assert [row["error"] for row in rows if row["error"]] == [], name
            assert (at_once(rows) > PROCESSES) is together, f"{name} {path}: {at_once(rows)} at once"
