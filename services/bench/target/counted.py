"""What a contender that is observed counts itself, beside what the bench sent: nothing of one that is not."""

import asyncio
import re
from dataclasses import dataclass
from typing import Self

from bench.notices import Counted
from bench.target import lab
from bench.target.replicas import NoAnswer

PATIENCE, INTERVAL = 3.0, 0.1  # seconds: metrics follow the response, spans are sent in batches
_REQUESTS = re.compile(r'http_requests_total\{.*\broute="(?P<route>[^"]*)".*\} (?P<count>\S+)')
_PROBES = ("/healthz", "/usage")  # whose requests are Docker's and the bench's own


@dataclass(frozen=True, slots=True)
class Counts:
    requests: int
    series: int
    files: int

    @classmethod
    def of(cls, contender: str) -> Self:
        lines, files = lab.metrics(contender)
        series = [line for line in lines if line and not line.startswith("#")]
        counters = filter(None, map(_REQUESTS.fullmatch, series))
        requests = sum(float(each["count"]) for each in counters if not each["route"].endswith(_PROBES))
        return cls(int(requests), len(series), files)


class Counting:
    """From before what is sent until all of it is counted, or PATIENCE is over."""

    def __init__(self, contender: str, before: Counts | None) -> None:
        self._contender, self._before = contender, before

    @classmethod
    async def begin(cls, contender: str) -> Self:
        return cls(contender, await asyncio.to_thread(_counts, contender))

    async def end(self, sent: int) -> Counted | None:
        if self._before is None:
            return None
        for _ in range(round(PATIENCE / INTERVAL)):
            now = await asyncio.to_thread(_counts, self._contender)
            if now is None:
                return None
            found = _counted(self._contender, sent, now.requests - self._before.requests, now)
            if found.requests == sent:
                break
            await asyncio.sleep(INTERVAL)
        return found


def _counted(contender: str, sent: int, requests: int, now: Counts) -> Counted:
    place = f"{now.files} files" if now.files else "memory"
    text = f"{contender} counted {requests} of {sent} requests: {now.series:,} series in {place}."
    return Counted(text=text, contender=contender, sent=sent, requests=requests, series=now.series, files=now.files)


def _counts(contender: str) -> Counts | None:
    try:
        return Counts.of(contender) if "prometheus" in lab.observed_with(contender) else None
    except NoAnswer:
        return None
