"""The records service, as a runner and a reader use it."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import requests

from bench import event_stream
from bench.notices import Notice, read

URL = os.environ.get("RECORDS_URL", "http://records:8000")
CONNECT, READ = 2, 10  # seconds: it is one container away; it shares the machine with what is being loaded

LEASE_LOST = "/problems/lease-lost"  # the type of the one conflict that ends a run: see rest.problems
OF_THE_STORE = ("state", "progress", "sample")  # which are no notices: see experiments.schema.reports
BUSY = "/problems/busy"  # and of the one that passes by itself


class Unreachable(Exception):
    """It does not answer, or not now: the same request may succeed later."""


class Lost(Exception):
    """There is no such run (any more), or its lease is not this runner's any more."""


class Busy(Exception):
    """Another bench measures, on this machine or on another one: the same request succeeds when it has ended."""


class Refused(Exception):
    """The request was wrong; the text is the problem's detail."""


@dataclass(frozen=True, slots=True)
class Lease:
    run: dict[str, Any]
    token: str


class Records:
    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy of the user's stands between two containers

    @classmethod
    def of_the_lab(cls) -> Self:
        return cls(URL)

    # --- a runner --------------------------------------------------------------------------------

    def begin(self, run: dict[str, Any], runner: str) -> Lease:
        """A new run of this runner's own. Raises Unreachable, Busy and Refused."""
        return self._lease(self._request("POST", "/internal/runs", {"runner": runner, "run": run, "alone": True}))

    def claim(self, runner: str) -> Lease | None:
        """The oldest queued run; None where nothing waits, or another bench measures. Raises Unreachable."""
        response = self._request("POST", "/internal/claim", {"runner": runner, "alone": True})
        return None if response.status_code == 204 else self._lease(response)

    def heartbeat(self, lease: Lease, progress: float, environment: dict[str, Any] | None = None) -> str:
        """The state of the run, which is to be stopped if it is not running. Raises Unreachable and Lost."""
        return self._report(lease, "heartbeat", progress=round(progress, 4), environment=environment)

    def hand_in(self, lease: Lease, batch: dict[str, Any]) -> str:
        """Like `heartbeat`, with a batch, which may be handed in again."""
        return self._report(lease, "samples", batch=batch)

    def finish(self, lease: Lease, outcome: dict[str, Any]) -> str:
        return self._report(lease, "finish", outcome=outcome)

    def _report(self, lease: Lease, what: str, **members: Any) -> str:
        path = f"/internal/runs/{lease.run['id']}/{what}"
        return str(self._request("POST", path, {"token": lease.token, **members}).json()["state"])

    def _lease(self, response: requests.Response) -> Lease:
        leased = response.json()
        return Lease(leased["run"], leased["token"])

    # --- a reader --------------------------------------------------------------------------------

    def runs(self, limit: int) -> list[dict[str, Any]]:
        """The newest ones, at most 100. Raises Unreachable, as all of these do."""
        items: list[dict[str, Any]] = self._request("GET", f"/runs?limit={limit}").json()["items"]
        return items

    def every_run(self) -> Iterator[dict[str, Any]]:
        """All of them, newest first, page by page."""
        path: str | None = "/runs?limit=100"
        while path is not None:
            page = self._request("GET", path).json()
            yield from page["items"]
            cursor = parse_qs(urlsplit(page["next"] or "").query).get("cursor")
            path = f"/runs?limit=100&cursor={quote(cursor[0])}" if cursor else None

    def run(self, run_id: UUID | str) -> dict[str, Any]:
        """Raises Lost if there is none."""
        found: dict[str, Any] = self._request("GET", f"/runs/{run_id}").json()
        return found

    def results(self, run_id: UUID) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._request("GET", f"/runs/{run_id}/results").json()["items"]
        return items

    def table(self, run_id: UUID) -> str:
        """The results as CSV."""
        return self._request("GET", f"/runs/{run_id}/results", accept="text/csv").text

    def notices(self, run_id: UUID) -> Iterator[Notice]:
        """Of a run that has ended, in order."""
        stream = self._request("GET", f"/runs/{run_id}/events", accept="text/event-stream").text
        for event in event_stream.parse(stream):
            if event.type not in OF_THE_STORE:
                yield read(event.type, json.loads(event.data))

    def _request(self, method: str, path: str, document: Any = None, accept: str = "*/*") -> requests.Response:
        headers, patience = {"Accept": accept}, (CONNECT, READ)
        try:
            response = self._session.request(method, self._url + path, json=document, headers=headers, timeout=patience)
        except requests.RequestException as error:
            raise Unreachable(f"{self._url} is unreachable: {type(error).__name__}.") from error
        if response.status_code < 400:
            return response
        raise _refusal(response)


def _refusal(response: requests.Response) -> Exception:
    kind = None
    try:
        problem = response.json()
        kind = problem.get("type")
        detail = " ".join(
            [problem["detail"], *(f"{each['pointer']}: {each['detail']}" for each in problem.get("errors", []))]
        )
    except ValueError, KeyError, TypeError, AttributeError:
        detail = f"{response.status_code} {response.reason}"
    if kind == BUSY:
        return Busy(detail)
    lost = response.status_code == 404 or kind == LEASE_LOST
    return (Unreachable if response.status_code >= 500 else Lost if lost else Refused)(detail)
