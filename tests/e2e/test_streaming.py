"""Streams arrive through nginx as they are made: chunk by chunk, event by event."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.e2e.lab import NAMES, PATIENCE, URL, WORKERS, answered, ask, describe, get

MS = 500  # how long a pause of the machine may be before a chunk seems to have waited for the next


def arrivals(path: str) -> list[tuple[float, str]]:
    """Each line that is not empty, with the time at which it arrived (seconds since the epoch)."""
    with requests.get(URL + path, stream=True, timeout=PATIENCE) as response:
        answered(response, 200)
        return [(time.time(), line.decode()) for line in response.iter_lines(chunk_size=1) if line]


def of_each(path: str) -> dict[str, list[tuple[float, str]]]:
    """Of all contenders beside each other: most of the time they wait."""
    with ThreadPoolExecutor(len(NAMES)) as clients:
        return dict(zip(NAMES, clients.map(lambda name: arrivals(f"/{name}/{path}&ms={MS}"), NAMES), strict=True))


def come_one_by_one(contender: str, arrived: list[float], made: list[float]) -> None:
    """Had anything on the way kept two together, the first would have come when the second was made, or later."""
    pairs = list(zip(arrived, made[1:], strict=False))
    assert all(came < following for came, following in pairs), f"{contender}: made at {made}, arrived at {arrived}"
    assert made[-1] - made[0] >= len(pairs) * MS / 1000 * 0.98, f"{contender}: {made}"


def test_a_stream_arrives_chunk_by_chunk() -> None:
    for contender, lines in of_each("stream?chunks=3").items():
        chunks = [line.partition(" made")[0] for _, line in lines]
        assert chunks == [f"chunk {n} of 3" for n in (1, 2, 3)], f"{contender}: {lines}"
        come_one_by_one(contender, [at for at, _ in lines], [float(line.rpartition(" ")[2]) for _, line in lines])


def test_a_stream_of_one_chunk_waits_for_nothing(contender: str) -> None:
    lines = answered(get(f"/{contender}/stream?chunks=1&ms=10000"), 200, "text/plain").text.splitlines()
    assert len(lines) == 1


def test_head_of_a_stream_waits_for_none_of_it(contender: str) -> None:
    """It would last 10,000 s otherwise, and the request would be given up."""
    for path in ("stream?chunks=1000&ms=10000", "sse?events=1000&ms=10000"):
        answered(ask("HEAD", f"/{contender}/{path}"), 200)


def test_events_arrive_one_by_one_with_ids() -> None:
    for contender, lines in of_each("sse?events=3").items():
        ids = [line for _, line in lines if line.startswith("id:")]
        assert ids == ["id: 1", "id: 2", "id: 3"], f"{contender}: {lines}"
        events = [(at, json.loads(line.removeprefix("data:"))) for at, line in lines if line.startswith("data:")]
        come_one_by_one(contender, [at for at, _ in events], [event["made"] for _, event in events])


def test_events_are_an_event_stream_that_no_cache_keeps(contender: str) -> None:
    response = answered(get(f"/{contender}/sse?events=1"), 200, "text/event-stream")
    assert response.headers["Cache-Control"] == "no-store", describe(response)
    assert response.text.endswith("\n\n")


def test_a_client_that_reconnects_goes_on_behind_its_last_event(contender: str) -> None:
    events = answered(get(f"/{contender}/sse?events=3&ms=1", headers={"Last-Event-ID": "2"}), 200).text
    assert [line for line in events.splitlines() if line.startswith("id:")] == ["id: 3"]


def test_a_client_that_has_seen_all_events_is_told_not_to_come_back(contender: str) -> None:
    answered(get(f"/{contender}/sse?events=3&ms=1", headers={"Last-Event-ID": "3"}), 204)


@pytest.mark.usefixtures("alone")
def test_clients_that_go_away_end_their_work(asgi_contender: str) -> None:
    """Each abandoned stream would stay in flight for 100 s: any request of its process until then would see it."""
    for _ in range(8 * WORKERS):
        url = f"{URL}/{asgi_contender}/stream?chunks=1000&ms=100"
        with requests.get(url, stream=True, timeout=PATIENCE) as response:
            assert next(response.iter_lines(chunk_size=1))
    left = time.monotonic()
    while (in_flight := seen_in_flight(asgi_contender)) != [1] * 8:  # the hang-ups pass through nginx to the server
        assert time.monotonic() - left < PATIENCE, f"{in_flight} in flight {PATIENCE} s after all clients went away"


def seen_in_flight(contender: str) -> list[int]:
    """What so many requests, one after the other, see under way in their process; each sees itself."""
    return [answered(get(f"/{contender}/whoami"), 200).json()["in_flight"] for _ in range(8)]
