"""The runner's side, which nginx never routes: claim a run or begin one, keep its lease, hand in samples, finish it."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from contender.starlette import JSONLineResponse
from experiments.registry import EXPERIMENTS
from experiments.schema.reports import Batch, Claim, Heartbeat, Outcome
from experiments.schema.samples import Sample, Strict
from rest.content import JSON, json_document, parse_model
from rest.models import State, begun_run
from rest.resource import resource, run_id, store
from rest.runs import document
from rest.store.leases import Lease

Token = Annotated[UUID, Field(strict=False, description="From the claim.")]


class Begin(Claim):
    run: dict[str, JsonValue]  # what a client would POST to /runs


class Beat(Heartbeat):
    token: Token


class Samples[Row: Sample](Strict):
    token: Token
    batch: Batch[Row]


class Finish(Strict):
    token: Token
    outcome: Outcome


LIMIT = 1024 * 1024  # bytes; three times a batch of a thousand samples


async def _read[Model: Strict](request: Request, model: type[Model]) -> Model:
    return parse_model(model.model_validate, await json_document(request, JSON, "Accept-Post", LIMIT))


async def claim(request: Request) -> Response:
    """The oldest queued run with its lease; 204 where nothing waits, or another one measures and this one wants no
    other."""
    body = await _read(request, Claim)
    lease = await store(request).leases.claim(body.runner, exclusive=body.exclusive)
    if lease is None:
        return Response(status_code=204)
    return _lease(lease)


async def begin(request: Request) -> Response:
    """A new run, which is this runner's from the beginning; 409 while another one measures and this one wants no
    other."""
    body = await _read(request, Begin)
    new = parse_model(begun_run, body.run)
    return _lease(await store(request).leases.begin(new, body.runner, exclusive=body.exclusive), 201)


async def heartbeat(request: Request) -> Response:
    """Keeps the lease; any state but running tells the runner to stop."""
    body = await _read(request, Beat)
    return _state(await store(request).leases.heartbeat(run_id(request), body.token, body.progress, body.environment))


def _samples_of(experiment: str) -> type[Samples[Any]]:
    row = EXPERIMENTS[experiment].row
    return Samples[row]  # type: ignore[valid-type]


async def samples(request: Request) -> Response:
    """Each is a row of the run's own experiment, or refused."""
    run, _ = await store(request).runs.get(run_id(request))
    body = await _read(request, _samples_of(run.experiment))
    return _state(await store(request).leases.append(run_id(request), body.token, body.batch))


async def finish(request: Request) -> Response:
    body = await _read(request, Finish)
    return _state(await store(request).leases.finish(run_id(request), body.token, body.outcome))


def _lease(lease: Lease, status: int = 200) -> Response:
    leased = {"run": document(lease.run), "token": str(lease.token), "lease_seconds": lease.seconds}
    return JSONLineResponse(leased, status)


def _state(state: State) -> Response:
    return JSONLineResponse({"state": state})


routes = [
    resource("/internal/claim", "claim", post=claim),
    resource("/internal/runs", "begin", post=begin),
    resource("/internal/runs/{id:uuid}/heartbeat", "heartbeat", post=heartbeat),
    resource("/internal/runs/{id:uuid}/samples", "samples", post=samples),
    resource("/internal/runs/{id:uuid}/finish", "finish", post=finish),
]
