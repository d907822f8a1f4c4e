"""One request to each contender before anything is measured: where nothing succeeds there is nothing to measure."""

import asyncio
from collections.abc import Iterable

from bench.loadgen import Exchange, Request, burst
from bench.target import lab
from bench.target.replicas import is_running
from contender.catalogue import command
from contender.hosts import is_refused, refusal
from experiments.schema.params import Params

TRIES = 2  # one failure may be chance: a worker that is replaced at that moment
PATIENCE = 10.0  # seconds for a response, above what the workload itself takes: as long as a load waits for one
EXCERPT = 200  # characters of a body: the detail of a problem document, or the title of an error page


async def failures(params: Params, contenders: Iterable[str]) -> dict[str, str]:
    """Why a contender does not do what the run requests: its status, the body's beginning, the command for the log."""
    every = list(contenders)
    found = await asyncio.gather(*(_failure(params, contender) for contender in every))
    return {contender: failure for contender, failure in zip(every, found, strict=True) if failure is not None}


async def _failure(params: Params, contender: str) -> str | None:
    request, patience = _request(params, contender), PATIENCE + lab.service_seconds(params)
    for _ in range(TRIES):
        (exchange,) = await burst(request, 1, patience)
        if exchange.error is None:
            return None
        if exchange.status is None and exchange.error == "timeout":
            break  # another one would take as long
    what = lab.what(params) if params.sends_workload else "/hello"
    return explain(contender, what, exchange, request, patience)


def _request(params: Params, contender: str) -> Request:
    """That of the run; of an experiment that sends others of its own, the smallest."""
    if params.sends_workload:
        return lab.request_of(params, contender)
    return lab.hello(contender, direct=params.direct)


def explain(contender: str, what: str, exchange: Exchange, request: Request, patience: float) -> str:
    remedy = f"docker compose logs {contender}" if is_running(contender) else command(contender)
    body = " ".join((exchange.body or b"").decode(errors="replace").split())
    quoted = f": {body[:EXCERPT]}{'…' if len(body) > EXCERPT else ''}" if body else ""
    if exchange.error == "timeout":
        happened = f"did not respond to {what} within {patience:g} s"
    elif exchange.status is None:
        happened = f"did not respond to {what} ({exchange.error})"
    elif is_refused(exchange.status, body):
        return f"{contender} {refusal(request.host.partition(':')[0])}, or send another one: --header 'Host: NAME'"
    elif exchange.status != request.status:
        happened = f"returned {exchange.status} to {what}, expected {request.status}{quoted}"
    else:
        happened = f"returned an unexpected body to {what} ({exchange.error}){quoted}"
    return f"{contender} {happened}. See: {remedy}"
