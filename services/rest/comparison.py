"""Two stored runs of one experiment against each other: what the bench would compute, for every client alike."""

import asyncio
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from contender.problem import Problem
from contender.starlette import JSONLineResponse
from experiments.comparison import Side, compare
from experiments.comparison.runs import comparable
from rest.content import JSON, negotiate, query
from rest.models import Run
from rest.resource import run_id, store


class Against(BaseModel):
    """The query of a comparison."""

    model_config = ConfigDict(extra="forbid")

    against: UUID = Field(description="The other run, b.")


async def comparison(request: Request) -> Response:
    negotiate(request, JSON)
    other = query(request, Against.model_validate).against
    runs = [(await store(request).runs.get(each))[0] for each in (run_id(request), other)]
    a, b = runs
    if a.experiment != b.experiment:
        why = f"{a.experiment} and {b.experiment} measure different things: compare runs of one experiment."
        raise Problem(422, why, errors=[{"parameter": "against", "detail": why}])
    known = comparable(a.experiment)  # else its rows, which may be many, are of no use
    sides = [Side(each.experiment, each.params, await _rows(request, each) if known else []) for each in runs]
    found = await asyncio.to_thread(compare, *sides)
    return JSONLineResponse({"a": str(a.id), "b": str(b.id), **found})


async def _rows(request: Request, run: Run) -> list[dict[str, Any]]:
    return [row async for page in store(request).events.results(run.id) for row in page]
