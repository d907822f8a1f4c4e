"""Where a client begins: the entry document with its links, and the experiments that can be run."""

from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contender import problem
from contender.starlette import JSONLineResponse
from contender.workload import WORKLOADS
from experiments.registry import EXPERIMENTS
from experiments.schema.experiment import Experiment
from rest.content import JSON, negotiate
from rest.resource import resource

OWN = ("experiments", "runs", "openapi", "docs")
WORKLOAD_PATHS = ("hello", "healthz", "dump", *WORKLOADS, "upload")  # of the contender starlette, under the same prefix


async def entry(request: Request) -> Response:
    """Links are made by the application from what the server passed: they hold under any mount prefix."""
    negotiate(request, JSON)
    here = str(request.url_for("entry"))
    links = {name: str(request.url_for(name)) for name in OWN} | {name: here + name for name in WORKLOAD_PATHS}
    return JSONLineResponse({"title": "serverlab", "links": links})


async def list_experiments(request: Request) -> Response:
    negotiate(request, JSON)
    return JSONLineResponse({"items": [describe(request, each) for each in EXPERIMENTS.values()], "next": None})


async def read_experiment(request: Request) -> Response:
    negotiate(request, JSON)
    name = request.path_params["name"]
    if name not in EXPERIMENTS:
        raise problem.not_found(request.scope["path"])
    return JSONLineResponse(describe(request, EXPERIMENTS[name]))


def describe(request: Request, experiment: Experiment) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "title": experiment.title,
        "description": experiment.description,
        "params": _schema(experiment.name),
        "url": str(request.url_for("experiment", name=experiment.name)),
    }


@cache  # 10 ms of pydantic each, for what never changes
def _schema(name: str) -> dict[str, Any]:
    return EXPERIMENTS[name].schema()


routes = [
    resource("/", "entry", get=entry),
    resource("/experiments", "experiments", get=list_experiments),
    resource("/experiments/{name}", "experiment", get=read_experiment),
]
