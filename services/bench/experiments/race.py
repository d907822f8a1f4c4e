"""race: the same requests, all at once, to one contender after another: who served which, when."""

from collections.abc import Iterable, Sequence
from typing import Any

from bench.loadgen import Exchange, burst, epoch
from bench.notices import Notice, Summary, TurnBegan, Verdict, of
from bench.protocols.raw import Answer, headers_of
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict
from bench.stats import Measurement, ValidityWarning
from bench.stats.checks import check_simultaneous
from bench.stats.phrases import milliseconds, names, times
from bench.stats.races import RaceSummary, summarise, summarise_races
from bench.stats.theory import kind_of
from bench.target import lab
from bench.target.counted import Counting
from bench.target.drain import drain_before
from bench.views.lanes import draw_lanes, gantt
from bench.views.parts import Line, Part, Table, ms
from contender.catalogue import IMAGE, OWN
from experiments.race import Race, RaceSample

TIMEOUT = 65.0  # seconds; nginx gives up after 60, and its answer is worth more than our impatience
ALIKE = 1.35  # slower over faster, up to which neither has won
NAMED = 5  # of those that took about as long; more are counted
QUEUED = 3  # rounds, in which requests queued for their process for certain


async def run(params: Race, contenders: list[str], report: Report) -> Verdict:
    measured: list[Measurement] = []
    for turn, contender in enumerate(contenders):
        report.turn(contender, turn, len(contenders), _expected_seconds(params))
        # Checking the machine takes longer than a turn: only before the first and the last.
        ends = turn in (0, len(contenders) - 1)
        warnings = await drain_before(contender, direct=params.direct, look=ends)
        request = lab.request_of(params, contender)
        requests = RequestReport(contender, report)
        counting = await Counting.begin(contender)
        exchanges = await burst(request, params.requests, TIMEOUT, requests, requests.sent)
        if (counted := await counting.end(len(exchanges))) is not None:
            report.notice(counted)
        measured.append(_measurement(contender, warnings, exchanges))
    return verdict(measured)


def _measurement(contender: str, warnings: list[ValidityWarning], exchanges: list[Exchange]) -> Measurement:
    sent = [1000 * each.sent for each in exchanges if each.sent is not None]
    took = [1000 * (each.received - each.sent) for each in exchanges if each.sent and each.received]
    apart = check_simultaneous(sent, took)
    return Measurement(contender, [*warnings, *([apart.of(contender)] if apart else [])])


def _expected_seconds(params: Race) -> float:
    """Of a server that serves two at a time."""
    return params.requests / 2 * lab.service_seconds(params)


class RequestReport:
    """Reports when the requests are sent, and each when it ends: one that finds no connection ends before."""

    def __init__(self, contender: str, report: Report) -> None:
        self._contender, self._report = contender, report
        self._begun = False

    def sent(self, due: float) -> None:
        if not self._begun:
            self._begun = True
            self._report.notice(TurnBegan(contender=self._contender, at=epoch(due)))

    def __call__(self, exchange: Exchange) -> None:
        self.sent(exchange.due)
        self._report.sample(sample(self._contender, exchange))


def sample(contender: str, exchange: Exchange) -> RaceSample:
    """The client's times, and those of the process that the answer's headers name, JSON or not."""
    head = exchange.head if exchange.error is None else b""
    received = None if exchange.received is None else epoch(exchange.received)
    served = Answer(exchange.status or 0, headers_of(head), "1.1").served_by(received)
    return RaceSample(
        contender=contender,
        seq=exchange.connection or 0,  # each has a connection of its own, numbered in the order of sending
        sent=epoch(exchange.sent if exchange.sent is not None else exchange.due),
        status=exchange.status,
        received=received,
        error=exchange.error,
        **served,
    )


def sentences(_params: dict[str, Any], rows: Sequence[RaceSample], _notices: Sequence[Notice]) -> list[str]:
    every = summarise_races(rows)
    whole = [each for each in every if not each.errors]
    short = [each.failed for each in every if each.errors]
    if every and not whole:
        return [f"Every contender had failures: {'; '.join(short)}."]
    return [*(_outcome(whole) if whole else ()), *(f"{each}." for each in short), *_never_yielding(every)]


def _never_yielding(every: list[RaceSummary]) -> list[str]:
    """Of an application of the user's own: whether its requests waited for each other where they need not."""
    what = "ran no more requests at once than it has processes, like sync: nothing in this request yields"
    return [
        f"{each.contender} {what} (a driver that blocks in C, or CPU work)."
        for each in every
        if each.contender in OWN
        and each.contender != IMAGE  # whose processes are not known
        and kind_of(each.contender) == "loop"
        and each.at_once <= each.processes
        and each.answered >= QUEUED * each.processes
        and (each.last_ms or 0) >= QUEUED * (each.first_ms or 0)
    ]


def _outcome(whole: list[RaceSummary]) -> list[str]:
    """Of those that answered everything, and none called the first of those that took about as long."""
    ordered = sorted(whole, key=_last)
    first, last = ordered[0], ordered[-1]
    every = "its one request" if first.answered == 1 else f"all {first.answered}"
    if len(ordered) == 1:
        return [f"{first.contender} served {every} in {milliseconds(_last(first))}."]
    ahead = [each for each in ordered if _last(each) < ALIKE * _last(first)]
    took = " to ".join(dict.fromkeys(milliseconds(_last(each)) for each in (first, ahead[-1])))
    if len(ahead) == len(ordered):
        return [f"No clear winner: {took}."]
    who = f"{len(ahead)} of {len(ordered)}" if len(ahead) > NAMED else names([each.contender for each in ahead])
    slower = f"{last.contender} took {times(_last(last) / _last(first))}× as long, {milliseconds(_last(last))}"
    return [f"{who} served {every} in {took}; {slower}."]


def _last(one: RaceSummary) -> float:
    return max(one.last_ms or 0.0, 1e-3)


def table(rows: Sequence[RaceSample], notices: Sequence[Notice]) -> Iterable[Part]:
    shown = Table(("contender", "answered", "errors", "first", "last", "at once", "processes", "lanes"))
    for each in summarise_races(rows):
        shown.add(
            each.contender,
            *map(str, (each.answered, each.errors)),
            *map(ms, (each.first_ms, each.last_ms)),
            *map(str, (each.at_once, each.processes, each.lanes)),
        )
    yield shown
    for each in summarise_races(rows):
        if each.text:
            yield Line(each.text)
        if each.errors and not of(Summary, notices):  # of a run that did not come to its end
            yield Line(f"{each.failed}.", "yellow")


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=draw_lanes,
    sketch=gantt,
    skips_failing=False,  # it is short, and shows how each request failed
)
