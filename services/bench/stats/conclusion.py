"""What a run says, in a sentence or two: who was first, who carries how much, who suffered."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from bench.messages import Noticed, Row
from bench.stats.advice import advice
from bench.stats.spoken import count, milliseconds, names, times, toll
from bench.stats.summary import (
    P99,
    Fetched,
    Pointed,
    Probed,
    Raced,
    Tail,
    by,
    data_of,
    fetched,
    pointed,
    probed,
    raced,
    tail,
    verdicts,
)
from bench.stats.theory import kind_of
from contender.catalogue import OWN, in_order

ALIKE = 1.35  # slower over faster, up to which neither has won
NAMED = 5  # of those that took about as long; more are counted
HIDDEN = 1.5  # corrected over uncorrected latency, from which on coordinated omission is worth a sentence
QUEUED = 3  # rounds, in which requests queued for their process for certain
IN_WORDS = ("loop-lag", "refused", "switched")  # notices that say themselves what they are about
SUFFERED = 5  # times the latency before, from which on a probe has suffered


def conclude(experiment: str, params: Row, rows: Iterable[Row], notices: Iterable[Noticed] = ()) -> list[str]:
    """Sentences about a run that came to its end; none where there is nothing to compare."""
    told = [str(data["text"]) for kind in IN_WORDS for data in data_of(notices, kind)]
    return [*_SENTENCES[experiment](params, rows, notices), *told]


# --- race ---------------------------------------------------------------------------------------------


def _race(_params: Row, rows: Iterable[Row], _notices: Iterable[Noticed]) -> list[str]:
    every = raced(rows)
    whole = [each for each in every if not each.errors]
    short = [each.failed for each in every if each.errors]
    if every and not whole:
        return [f"Every contender had failures: {'; '.join(short)}."]
    return [*(_outcome(whole) if whole else ()), *(f"{each}." for each in short), *_never_yielding(every)]


def _never_yielding(every: list[Raced]) -> list[str]:
    """Of an application of the user's own: whether its requests waited for each other where they need not."""
    told = "served no more at a time than it has processes, as sync does: nothing in this request lets another one run"
    return [
        f"{each.contender} {told} (a driver that waits in C, or a computation)."
        for each in every
        if each.contender in OWN
        and kind_of(each.contender) == "loop"
        and each.at_once <= each.processes
        and each.answered >= QUEUED * each.processes
        and (each.last_ms or 0) >= QUEUED * (each.first_ms or 0)
    ]


def _outcome(whole: list[Raced]) -> list[str]:
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


def _last(one: Raced | Fetched) -> float:
    return max(one.last_ms or 0.0, 1e-3)


# --- load ---------------------------------------------------------------------------------------------


def _sweep(_params: Row, rows: Iterable[Row], _notices: Iterable[Noticed]) -> list[str]:
    """Each contender where it carries most."""
    best: dict[str, Pointed] = {}
    for each in pointed(rows):
        if each.contender not in best or _rps(each) > _rps(best[each.contender]):
            best[each.contender] = each
    if not best:
        return []
    ordered = sorted(best.values(), key=_rps, reverse=True)
    first, last = ordered[0], ordered[-1]
    most = f"{first.contender} peaks at {_rps(first):,.0f} req/s with {first.point:g} in flight"
    least = f"; {last.contender} {_rps(last):,.0f} with {last.point:g}" if len(ordered) > 1 else ""
    return [f"{most}{least}."]


def _rps(point: Pointed) -> float:
    return point.values["rps"] or 0.0


def _rate(params: Row, rows: Iterable[Row], notices: Iterable[Noticed]) -> list[str]:
    rows = list(rows)
    points = pointed(rows, notices)
    told = params.get("halfway")
    lost = _interrupted(told, rows) if told else []
    answered = [each for each in points if each.values["p99_ms"] is not None]
    if not answered:
        return [*lost, "No responses."] if points else []
    slowest = tail(answered)
    answered.sort(key=lambda each: each.latency(slowest))
    first, last = answered[0], answered[-1]
    lowest = f"At {first.point:,g} req/s, the {slowest.name} of {first.contender} is"
    others = f"; of {last.contender} {milliseconds(last.latency(slowest))}" if len(answered) > 1 else ""
    few = "" if slowest is P99 else " (too few responses for a p99)"
    return [*lost, f"{lowest} {milliseconds(first.latency(slowest))}{others}{few}.", *_hidden(last, slowest)]


def _interrupted(told: str, rows: list[Row]) -> list[str]:
    """What that cost each contender."""
    said = []
    for contender in in_order({row["contender"] for row in rows}):
        own = [row for row in rows if row["contender"] == contender]
        lost = sum(row["errors"] + row["timeouts"] for row in own)
        said.append(toll(contender, lost, lost + sum(row["requests"] for row in own)))
    return [f"On a {told} mid-run, {'; '.join(said)}."]


def _hidden(point: Pointed, slowest: Tail) -> list[str]:
    """By coordinated omission."""
    naive, corrected = point.uncorrected(slowest), point.latency(slowest)
    if not naive or corrected <= HIDDEN * naive:
        return []
    shown = f"Uncorrected, the {slowest.name} of {point.contender} would read {milliseconds(naive)}"
    return [f"{shown}, {times(corrected / naive)}× too low."]


def _capacity(params: Row, _rows: Iterable[Row], notices: Iterable[Noticed]) -> list[str]:
    answers = sorted(data_of(notices, "answer"), key=lambda answer: -(answer["rate"] or 0))
    if not answers:
        return []
    carried = ", ".join(map(_carried, answers))
    return [f"At p99 ≤ {milliseconds(params['p99_ms'])}, {carried}."]


def _carried(answer: dict[str, Any]) -> str:
    if answer["rate"] is None:
        return f"{answer['contender']} sustains under {answer['high'] or 0:,.0f} req/s"
    return f"{answer['contender']} sustains {answer['rate']:,.0f} req/s"


# --- probes -------------------------------------------------------------------------------------------


def _probes(_params: Row, rows: Iterable[Row], _notices: Iterable[Noticed]) -> list[str]:
    """Who suffered, the worst first, and whom it hardly touched: by one figure for all of them."""
    phases = {(each.contender, each.via, each.phase): each for each in probed(rows)}
    slowest = tail(phases.values())
    ways = list(dict.fromkeys((contender, via) for contender, via, _ in phases))
    several = len({via for _, via in ways}) > 1
    compared = [
        (f"{contender} ({via})" if several else contender, usual, during)
        for contender, via in ways
        if (before := phases.get((contender, via, "before"))) and (during := phases.get((contender, via, "during")))
        if (usual := before.latency(slowest))
    ]
    ordered = sorted(compared, key=lambda each: -_factor(each[1], each[2].latency(slowest)))
    suffered = [each for each in ordered if _factor(each[1], each[2].latency(slowest)) >= SUFFERED or _lost(each[2])]
    calm = [who for who, *rest in ordered if (who, *rest) not in suffered]
    if not suffered:
        steady = f"No contender degraded: the probe {slowest.name} stayed below {SUFFERED}× its baseline."
        return [steady] if ordered else []
    answered = [
        _suffering(who, usual, took, during)
        for who, usual, during in suffered
        if (took := during.latency(slowest)) is not None
    ]
    silent = [
        f"{who} answered 0 of {during.sent} probes during the attack."
        for who, _, during in suffered
        if during.latency(slowest) is None
    ]
    rose = [f"The probe {slowest.name} rose {'; '.join(answered)}."] if answered else []
    return [*rose, *silent, *([f"Little change: {', '.join(calm)}."] if calm else [])]


def _lost(during: Probed) -> int:
    return during.errors + during.timeouts


def _factor(before: float, during: float | None) -> float:
    return math.inf if during is None else during / before


def _suffering(who: str, before: float, took: float, during: Probed) -> str:
    lost = _lost(during)
    unanswered = f", {lost} of {during.sent} unanswered" if lost else ""
    return f"from {milliseconds(before)} to {milliseconds(took)} on {who} ({times(_factor(before, took))}×{unanswered})"


# --- protocols ----------------------------------------------------------------------------------------

# What is worth a sentence: on which way, which feature, and what it is called.
TOLD = (
    ("direct", "h2-prior-knowledge", "HTTP/2 without TLS"),
    ("direct", "websocket-text", "WebSocket"),
    ("direct", "early-hints", "early hints"),
    ("direct", "graceful-shutdown", "a request in flight answered when the server is told to stop"),
    ("nginx-tls", "h2-alpn", "HTTP/2 by TLS, through nginx"),
    ("nginx-tls", "h3", "HTTP/3, through nginx"),
)


def _protocols(_params: Row, rows: Iterable[Row], _notices: Iterable[Noticed]) -> list[str]:
    found = verdicts(rows)
    return [_who(what, found[via][feature]) for via, feature, what in TOLD if feature in found.get(via, {})]


def _who(what: str, by_contender: dict[str, Row]) -> str:
    ordered = in_order(by_contender)
    able = [name for name in ordered if by_contender[name]["verdict"] == "yes"]
    unable = [name for name in ordered if name not in able]
    if not unable:
        return f"{_capital(what)}: {'all' if len(able) > 1 else able[0]}."
    return f"{_capital(what)}: {names(able)}; not {names(unable)}." if able else f"{_capital(what)}: none."


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


# --- waterfall ----------------------------------------------------------------------------------------

PROTOCOLS = {"http/1.1": "HTTP/1.1", "h2": "HTTP/2", "h3": "HTTP/3"}


def _waterfall(_params: Row, rows: Iterable[Row], _notices: Iterable[Noticed]) -> list[str]:
    pages: dict[str, list[Fetched]] = {}
    for each in fetched(rows):
        pages.setdefault(each.contender, []).append(each)
    return [sentence for contender, own in pages.items() for sentence in _pages(contender, own)]


def _pages(contender: str, pages: list[Fetched]) -> list[str]:
    whole = [each for each in pages if each.last_ms is not None and not each.errors]
    short = [each for each in pages if each not in whole]
    failed = [f"{contender}: {each.errors} requests over {PROTOCOLS[each.protocol]} failed." for each in short]
    if not whole:
        return failed
    took = ", ".join(f"{milliseconds(each.last_ms or 0)} over {_connected(each)}" for each in whole)
    return [f"{contender}'s last of {whole[0].answered} answers came after {took}.", *_limit(contender, whole), *failed]


def _connected(page: Fetched) -> str:
    connections = f" ({page.connections} connections)" if page.connections > 1 else ""
    return f"{PROTOCOLS[page.protocol]}{connections}"


def _limit(contender: str, pages: list[Fetched]) -> list[str]:
    """Where another protocol makes no difference, because the contender works on a few at a time whatever comes."""
    first, *others = pages
    free = [each for each in others if each.connections < first.connections]
    if not free or any(_last(each) * ALIKE < _last(first) for each in free):
        return []
    most = max(each.at_once for each in pages)
    if most >= first.answered:
        return []
    return [f"The limit was {contender}, not the protocol: it worked on {most} at a time at most."]


# --- decisions ----------------------------------------------------------------------------------------

GAIN = 1.15  # times what fewer workers carry, below which more are not worth their memory

ENDS = {
    "cores": "all cores are busy, which nginx and the load generator share",
    "workers": "more of them share the same cores, with nginx and the load generator",
    "pool": "it is no longer their pools that end it",
}


def _workers(_params: Row, rows: Iterable[Row], _notices: Iterable[Noticed]) -> list[str]:
    return [_knee(name, own) for name, own in by(rows, "contender").items()]


def _knee(name: str, rows: list[Row]) -> str:
    """The number of workers above which there is nothing to gain."""
    best = knee(rows)
    if best is None:
        return f"{name}: {next((row['error'] for row in rows if row['error']), 'met the target at no rate')}"
    count_of = count(best["workers"], "worker")
    if best["workers"] == max(row["workers"] for row in rows if row["rate"] is not None):
        return f"{name} gains from each worker: {best['rate']:,.0f} requests a second with {count_of}."
    beyond = f"{name} gains nothing after {count_of}, {best['rate']:,.0f} requests a second"
    return f"{beyond}: {ENDS[best['limit']]}." if best["limit"] else f"{beyond}."


def knee(rows: Iterable[Row]) -> Row | None:
    """Of one contender: the fewest workers that carry about as much as any number of them."""
    carried = sorted((row for row in rows if row["rate"] is not None), key=lambda row: row["workers"])
    most = max((row["rate"] for row in carried), default=0)
    return next((row for row in carried if row["rate"] * GAIN >= most), None)


def _advise(params: Row, rows: Iterable[Row], _notices: Iterable[Noticed]) -> list[str]:
    every = list(rows)
    return advice(params, every).sentences if every else []


_SENTENCES: dict[str, Callable[[Row, Iterable[Row], Iterable[Noticed]], list[str]]] = {
    "race": _race,
    "sweep": _sweep,
    "rate": _rate,
    "capacity": _capacity,
    "victim": _probes,
    "slow-clients": _probes,
    "protocols": _protocols,
    "waterfall": _waterfall,
    "workers": _workers,
    "advise": _advise,
}
