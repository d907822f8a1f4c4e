"""Methods, representations and headers, resource by resource: what each answers, and how it says what it does not."""

import pytest
from starlette.testclient import TestClient

from tests.unit.service import JSON, answered, made_at, problem, queued

# Resource, and its methods as Allow names them.
READ = "GET, HEAD, OPTIONS"
RESOURCES = [
    ("/", READ),
    ("/experiments", READ),
    ("/experiments/race", READ),
    ("/openapi.json", READ),
    ("/runs", "GET, HEAD, OPTIONS, POST"),
    ("{run}", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    ("{run}/results", READ),
    ("{run}/events", READ),
    ("{run}/comparison?against={id}", READ),
    ("/internal/claim", "OPTIONS, POST"),
    ("/internal{run}/heartbeat", "OPTIONS, POST"),
    ("/internal{run}/samples", "OPTIONS, POST"),
    ("/internal{run}/finish", "OPTIONS, POST"),
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "BREW"]
READABLE = [path for path, allowed in RESOURCES if "GET" in allowed]


def address(client: TestClient, path: str) -> str:
    """Of a run that it queues."""
    run = made_at(queued(client))
    return path.format(run=run, id=run.rpartition("/")[2])


def test_a_method_that_a_resource_lacks_is_405_with_allow(rest: TestClient, subtests: pytest.Subtests) -> None:
    for path, allowed in RESOURCES:
        with subtests.test(path=path, allowed=allowed):
            url = address(rest, path)
            for method in METHODS:
                if method not in allowed.split(", "):
                    refused = rest.request(method, url)
                    assert refused.headers["Allow"] == allowed, (
                        f"{method} {url}: wanted {allowed!r}, got {refused.headers}"
                    )
                    assert method == "HEAD" or method in problem(refused, 405)["detail"], refused.text


def test_options_tells_the_methods(rest: TestClient, subtests: pytest.Subtests) -> None:
    for path, allowed in RESOURCES:
        with subtests.test(path=path, allowed=allowed):
            response = answered(rest.options(address(rest, path)), 204)
            assert (response.headers["Allow"], response.content) == (allowed, b"")


def test_head_is_get_without_the_body(rest: TestClient, subtests: pytest.Subtests) -> None:
    for path in [path for path in READABLE if not path.endswith("/events")]:
        with subtests.test(path=path):
            url = address(rest, path)
            head, whole = rest.head(url), answered(rest.get(url), 200)
            own = ("x-request-id", "server-timing", "x-served-by")
            assert (head.status_code, head.content) == (200, b"")
            for name in {*head.headers, *whole.headers}.difference(own):
                got, want = head.headers.get(name), whole.headers.get(name)
                assert got == want, f"HEAD {url}: wanted {name}: {want!r} as GET answers, got {got!r}"


# --- Accept -------------------------------------------------------------------------------------------

ANSWERED = {"{run}/events": "text/event-stream"}


def test_what_is_not_there_to_be_had_is_406(rest: TestClient, subtests: pytest.Subtests) -> None:
    accept_rows: list[str] = ["image/png", "nonsense", "*/*;q=0", "application/xml, image/*", "{own};q=0, x/*"]
    for accept in accept_rows:
        for path in READABLE:
            with subtests.test(accept=accept, path=path):
                own = ANSWERED.get(path, JSON)
                refused = rest.get(address(rest, path), headers={"Accept": accept.format(own=own)})
                assert own in problem(refused, 406)["detail"], f"wanted {own} offered, got {refused.text}"


def test_whoever_takes_json_gets_it(rest: TestClient, subtests: pytest.Subtests) -> None:
    accept_rows: list[str] = [
        "",
        "*/*",
        "application/*",
        "APPLICATION/JSON",
        "text/html, */*;q=0.1",
        "application/json;q=0.001",
    ]
    for path in [path for path in READABLE if not path.endswith("/events")]:
        for accept in accept_rows:
            with subtests.test(path=path, accept=accept):
                answered(rest.get(address(rest, path), headers={"Accept": accept}), 200, JSON)


def test_a_change_that_could_not_be_answered_is_not_made(rest: TestClient) -> None:
    made = queued(rest)
    headers = {"Accept": "image/png", "If-Match": "*", "Content-Type": "application/merge-patch+json"}
    problem(rest.post("/runs", json={"experiment": "race"}, headers={"Accept": "image/png"}), 406)
    problem(rest.patch(made_at(made), json={"note": "x"}, headers=headers), 406)
    assert rest.get("/runs").json()["items"] == [made.json()]


# --- results ------------------------------------------------------------------------------------------

RACE_COLUMNS = "contender,seq,sent,status,started,finished,received,pid,lane,queued_ms,error,host"
POINT_COLUMNS = (
    "contender,point,seconds,requests,errors,timeouts,rps,"
    "p50_ms,p90_ms,p99_ms,p999_ms,max_ms,mean_ms,cpu_pct,rss_mb,repeat"
)


def test_results_are_json_or_csv_as_accept_prefers(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[str | None, str]] = [
        (None, JSON), ("*/*", JSON), ("text/csv, application/json", JSON), (JSON, JSON), ("application/*", JSON),
        ("text/csv", "text/csv"), ("text/*", "text/csv"), ("application/json;q=0.5, text/csv", "text/csv"),
        ("application/json;q=0, */*", "text/csv"), ("text/csv;q=0.1, */*", JSON), ("text/csv;q=0, */*", JSON),
    ]  # fmt: skip
    for accept, want in rows:
        with subtests.test(accept=accept, want=want):
            headers = {} if accept is None else {"Accept": accept}
            got = answered(rest.get(f"{made_at(queued(rest))}/results", headers=headers), 200, want)
            assert got.headers["Vary"] == "Accept", f"wanted Vary: Accept for caches, got {got.headers}"


def test_without_results_there_is_an_empty_list_and_a_header_row(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[str, str]] = [("race", RACE_COLUMNS), ("sweep", POINT_COLUMNS)]
    for experiment, columns in rows:
        with subtests.test(experiment=experiment, columns=columns):
            path = made_at(queued(rest, experiment=experiment, params={}))
            assert answered(rest.get(f"{path}/results"), 200, JSON).json() == {"items": [], "next": None}
            table = answered(rest.get(f"{path}/results", headers={"Accept": "text/csv"}), 200, "text/csv")
            assert table.text == f"{columns}\r\n"
            identifier = path.rpartition("/")[2]
            assert table.headers["Content-Disposition"] == f'attachment; filename="{experiment}-{identifier}.csv"'


# --- problems elsewhere -------------------------------------------------------------------------------


UNKNOWN = [
    "/nothing", "/runs/", "/RUNS", "/runs;v=1", "/runs/x/results", "/experiments/",
    "/experiments/race/x", "/internal", "/internal/", "/internal/claim/", "/internal/runs/",
]  # fmt: skip


def test_an_unknown_path_is_404_whatever_the_method(rest: TestClient, subtests: pytest.Subtests) -> None:
    for path in UNKNOWN:
        with subtests.test(path=path):
            for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS"):
                problem(rest.request(method, path), 404)


def test_an_experiment_that_there_is_none_of_is_404(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["chess", "Race", "race%00", "%F0%9F%90%8D"]
    for name in rows:
        with subtests.test(name=name):
            problem(rest.get(f"/experiments/{name}"), 404)
