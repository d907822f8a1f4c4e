"""What a contender that is observed counts itself, beside what the bench sent: nothing of one that is not."""

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Self

from bench.notices import Counted
from bench.target import lab
from bench.target.replicas import NoAnswer

PATIENCE, INTERVAL = 3.0, 0.1  # seconds: metrics follow the response, spans are sent in batches
_REQUESTS = re.compile(r'http_requests_total\{.*\broute="(?P<route>[^"]*)".*\} (?P<count>\S+)')
_PROBES = ("/healthz", "/usage")  # whose requests are Docker's and the bench's own


@dataclass(frozen=True, slots=True)
class Counts:
    requests: int | None = None
    series: int = 0
    files: int = 0
    spans: int | None = None

    @classmethod
    def of(cls, contender: str) -> Self | None:
        """None where it has neither metrics nor spans, or does not answer."""
        try:
            kinds = lab.observed_with(contender)
            found = cls._of_metrics(contender) if "prometheus" in kinds else cls()
            return replace(found, spans=lab.spans(contender)) if "otel" in kinds else found if kinds else None
        except NoAnswer:
            return None

    @classmethod
    def _of_metrics(cls, contender: str) -> Self:
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
        return cls(contender, await asyncio.to_thread(Counts.of, contender))

    async def end(self, sent: int) -> Counted | None:
        if self._before is None:
            return None
        for _ in range(round(PATIENCE / INTERVAL)):
            now = await asyncio.to_thread(Counts.of, self._contender)
            if now is None:
                return None
            found = _counted(self._contender, sent, self._before, now)
            if found.requests in (sent, None) and (found.spans is None or found.spans >= sent):
                break
            await asyncio.sleep(INTERVAL)
        return found


def _counted(contender: str, sent: int, before: Counts, now: Counts) -> Counted:
    requests, spans = _since(now.requests, before.requests), _since(now.spans, before.spans)
    phrases = []
    if requests is not None:
        place = f"{now.files} files" if now.files else "memory"
        phrases.append(f"{contender} counted {requests} of {sent} requests: {now.series:,} series in {place}.")
    if spans is not None:
        phrases.append(f"The sink got {spans} spans of {contender}, which was sent {sent} requests.")
    return Counted(
        text=" ".join(phrases),
        contender=contender,
        sent=sent,
        requests=requests,
        series=now.series,
        files=now.files,
        spans=spans,
    )


def _since(now: int | None, before: int | None) -> int | None:
    return None if now is None or before is None else now - before
