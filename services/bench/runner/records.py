"""The REST service, as a runner and a reader of its records know it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import requests

CONNECT, READ = 2, 10  # seconds: a container away is there at once; the service may be the one that is being loaded


class Unreachable(Exception):
    """It does not answer, or not now: what is to be said can be said again later."""


class Lost(Exception):
    """The run is not this runner's any more: cancelled and deleted, or its lease ran out."""


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

    # --- a runner --------------------------------------------------------------------------------

    def begin(self, run: dict[str, Any], runner: str) -> Lease:
        """A new run of this runner's own. Raises Unreachable and Refused."""
        return self._lease(self._ask("POST", "/internal/runs", {"runner": runner, "run": run}))

    def claim(self, runner: str) -> Lease | None:
        """The oldest queued run; None where nothing waits. Raises Unreachable."""
        response = self._ask("POST", "/internal/claim", {"runner": runner})
        return None if response.status_code == 204 else self._lease(response)

    def heartbeat(self, lease: Lease, progress: float, environment: dict[str, Any] | None = None) -> str:
        """The state of the run, which is to be stopped if it is not running. Raises Unreachable and Lost."""
        return self._tell(lease, "heartbeat", progress=round(progress, 4), environment=environment)

    def hand_in(self, lease: Lease, batch: dict[str, Any]) -> str:
        """Like `heartbeat`, with a batch, which may be handed in again."""
        return self._tell(lease, "samples", batch=batch)

    def finish(self, lease: Lease, outcome: dict[str, Any]) -> str:
        return self._tell(lease, "finish", outcome=outcome)

    def _tell(self, lease: Lease, what: str, **members: Any) -> str:
        path = f"/internal/runs/{lease.run['id']}/{what}"
        return str(self._ask("POST", path, {"token": lease.token, **members}).json()["state"])

    def _lease(self, response: requests.Response) -> Lease:
        leased = response.json()
        return Lease(leased["run"], leased["token"])

    # --- a reader --------------------------------------------------------------------------------

    def runs(self, limit: int) -> list[dict[str, Any]]:
        """The newest ones, at most 100. Raises Unreachable, as all of these do."""
        items: list[dict[str, Any]] = self._ask("GET", f"/runs?limit={limit}").json()["items"]
        return items

    def run(self, run_id: UUID | str) -> dict[str, Any]:
        """Raises Lost if there is none."""
        found: dict[str, Any] = self._ask("GET", f"/runs/{run_id}").json()
        return found

    def results(self, run_id: UUID) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._ask("GET", f"/runs/{run_id}/results").json()["items"]
        return items

    def table(self, run_id: UUID) -> str:
        """The results as CSV."""
        return self._ask("GET", f"/runs/{run_id}/results", accept="text/csv").text

    def notices(self, run_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
        """The events beside samples of a run that has ended, with their types, in order."""
        kind = ""
        for line in self._ask("GET", f"/runs/{run_id}/events", accept="text/event-stream").text.splitlines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and kind != "sample":
                yield kind, json.loads(value)

    def _ask(self, method: str, path: str, document: Any = None, accept: str = "*/*") -> requests.Response:
        headers, patience = {"Accept": accept}, (CONNECT, READ)
        try:
            response = self._session.request(method, self._url + path, json=document, headers=headers, timeout=patience)
        except requests.RequestException as error:
            raise Unreachable(f"{self._url} does not answer: {type(error).__name__}.") from error
        if response.status_code < 400:
            return response
        raise _refusal(response)


def _refusal(response: requests.Response) -> Exception:
    try:
        problem = response.json()
        detail = " ".join(
            [problem["detail"], *(f"{each['pointer']}: {each['detail']}" for each in problem.get("errors", []))]
        )
    except ValueError, KeyError, TypeError:
        detail = f"{response.status_code} {response.reason}"
    kind = Unreachable if response.status_code >= 500 else Lost if response.status_code in (404, 409) else Refused
    return kind(detail)
