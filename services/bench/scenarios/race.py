"""race: the same requests to every contender at one moment, and who served which of them, when."""

from bench.loadgen import Exchange, burst, epoch
from bench.protocols.wire import Answer, headers_of
from bench.scenarios.report import Report
from bench.scenarios.verdict import Verdict, verdict
from bench.stats import Checked, Doubt
from bench.stats.checks import check_simultaneous
from bench.target import lab
from bench.target.drain import drain_before
from experiments.registry import Race
from experiments.samples import RaceSample

TIMEOUT = 65.0  # seconds; nginx gives up after 60, and its answer is worth more than our impatience


async def race(params: Race, contenders: list[str], report: Report) -> Verdict:
    measured: list[Checked] = []
    for turn, contender in enumerate(contenders):
        report.turn(contender, turn, len(contenders), _expected_seconds(params))
        # A turn takes less than a look at the machine: what stays is seen at the first or at the last.
        ends = turn in (0, len(contenders) - 1)
        doubts = await drain_before(contender, direct=params.direct, look=ends)
        request = lab.request_of(params, contender)
        requests = RequestReport(contender, report)
        exchanges = await burst(request, params.requests, TIMEOUT, requests, requests.sent)
        measured.append(_checked(contender, doubts, exchanges))
    return verdict(measured)


def _checked(contender: str, doubts: list[Doubt], exchanges: list[Exchange]) -> Checked:
    sent = [1000 * each.sent for each in exchanges if each.sent is not None]
    took = [1000 * (each.received - each.sent) for each in exchanges if each.sent and each.received]
    apart = check_simultaneous(sent, took)
    return Checked(contender, [*doubts, *([apart.of(contender)] if apart else [])])


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
            self._report.notice("contender", contender=self._contender, at=epoch(due))

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
