"""A line that does not yield delays every request of its process."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.probes import probes_of
from bench.notices import LoopLag, of
from bench.stats.phrases import count, milliseconds, times
from bench.stats.tail import tail


def blocking_line(params: Params, rows: Rows, notices: Notices) -> ClaimResult:
    probes = probes_of(rows)
    before, during = (probes["uvicorn", "nginx", phase] for phase in ("before", "during"))
    slowest = tail(probes.values())
    usual, worst = before.latency(slowest) or 0.0, during.latency(slowest) or 0.0
    text = (
        f"The {slowest.name} of the /hello probes was {milliseconds(usual)} before, and {milliseconds(worst)} during "
        f"the {params['ms']:g} ms blocking requests: {times(worst / usual)}×, though /hello itself does nothing. "
    )
    (lag,) = of(LoopLag, notices)
    text += f"A watchdog thread saw an event loop blocked {count(lag.held, 'time')}, the last time by {lag.held_by}."
    return ClaimResult(worst > max(5 * usual, 0.5 * params["ms"]) and lag.held_by is not None, text)


CLAIMS = (blocking_line,)
