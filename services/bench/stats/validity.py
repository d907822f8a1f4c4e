"""When a figure is not valid: each kind of validity warning as data, and its sentence, made here alone."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Kind:
    sentence: str  # of `value` and `bound`, for str.format: what was seen, the bound, and what would help
    generator: bool = False  # its own limit: the figure is not the contender's
    floor: bool = False  # the value is below the bound, where others are above it
    percentile: bool = False  # about the p99 alone: throughput, errors and medians are what they seem


KINDS: dict[str, Kind] = {
    # --- the generator's own limits ---
    "generator-late": Kind(
        "the generator was {value:.2f} ms late (p99; bound {bound:.2f} ms) in sending requests or reading answers; "
        "give it a core of its own (BENCH_CPUSET), or lower the load",
        generator=True,
    ),
    "generator-lost": Kind(
        "{value:.0f} of the generators that share the load were lost (bound {bound:.0f}), with their results: "
        "the load was smaller; check their logs",
        generator=True,
    ),
    "not-simultaneous": Kind(
        "the last request left {value:.2f} ms after the first (bound {bound:.2f} ms), which is no longer one moment; "
        "send fewer, or requests that take longer",
        generator=True,
    ),
    "generator-cpu": Kind(
        "the generator used {value:.0%} of a core (bound {bound:.0%}), so this may be its limit and not the "
        "contender's; lower the load",
        generator=True,
    ),
    "no-local-port": Kind(
        "the generator found no local port for {value:.0f} connections (bound {bound:.0f}); "
        "wait a minute, or lower the load",
        generator=True,
    ),
    "no-file-descriptor": Kind(
        "the generator had no file descriptor for {value:.0f} connections (limit {bound:.0f}); reduce load",
        generator=True,
    ),
    "ports-short": Kind(
        "{value:.0f} of the generator's local ports were in TIME_WAIT (bound {bound:.0f}), so opening a connection "
        "took longer than it should; wait a minute, or lower the load",
        generator=True,
    ),
    "too-many-connections": Kind(
        "{value:.0f} requests would be in flight, and the generator opens {bound:.0f} connections: the others waited "
        "in the client; lower the load",
        generator=True,
    ),
    # --- the load was another than was requested ---
    "not-sent": Kind(
        "{value:.2%} of the requests were sent (bound {bound:.1%}): connections were refused, or too few; "
        "look at the errors, or lower the rate",
        floor=True,
    ),
    "background-failed": Kind(
        "{value:.1%} of the background requests failed (bound {bound:.0%}), so the load was not the "
        "one requested; check the contender's log"
    ),
    "too-short": Kind(
        "the slow clients had {value:.2g} s, and need {bound:.2g} s to take effect; run longer (--seconds)",
        floor=True,
    ),
    "empty": Kind("no request completed in this window; run longer (--seconds)"),
    "queue-growing": Kind(
        "throughput times mean latency is {value:.1f} requests in flight, where {bound:.1f} or more should be: the "
        "queue was still growing; give it longer (--seconds)",
        floor=True,
    ),
    "little": Kind(
        "throughput times mean latency is {value:.1f} requests in flight, of {bound:.1f} at most: the generator's "
        "figures contradict each other (Little's law); do not use them"
    ),
    # --- too little was measured ---
    "few-responses": Kind(
        "{value:,.0f} responses do not support a p99, which needs {bound:,.0f} per repeat (ten beyond it, of all "
        "repeats together): one slow response more or less moves it; run longer (--seconds) or raise the rate",
        floor=True,
        percentile=True,
    ),
    # --- a profile's ---
    "few-samples": Kind(
        "{value:,.0f} samples are too few to tell shares apart (bound {bound:,.0f}); run longer (--seconds), or "
        "raise the rate",
        floor=True,
    ),
    "samples-off": Kind(
        "samples explain {value:.0%} of the CPU time that the kernel counted (bound {bound:.0%}): above, threads "
        "waited for a core, and below, they could not be seen; stop other programs, or lower the rate",
    ),
    "samples-lost": Kind(
        "{value:.0%} of the looks at a process failed (bound {bound:.0%}), and not at random; try --python-only",
    ),
    "samples-late": Kind(
        "sampling took {value:.1f} s instead of {bound:.1f} s: the machine is too busy for so many samples; lower "
        "--frequency",
    ),
    # --- something else was going on ---
    "foreign-cpu": Kind(
        "other programs used {value:.0%} of all cores (bound {bound:.0%}); "
        "stop them, or repeat when the machine is quiet"
    ),
    "not-drained": Kind(
        "the contender was still processing earlier requests, before this or long after; wait or restart it"
    ),
    "drain-unknown": Kind(
        "the contender did not answer while nothing else was going on, so it is not known whether it had drained; "
        "look at its log"
    ),
    "process-lost": Kind("the contender lost a process, and with it that process's resource usage; check its log"),
    "connections-reopened": Kind(
        "{value:.0f} connections were opened to the contender, where keep-alive needs {bound:.0f} at most: connecting "
        "is part of these figures; look at its keep-alive settings, and at nginx's"
    ),
}


@dataclass(frozen=True, slots=True)
class ValidityWarning:
    """A validity warning. `contender` is None where it is about none in particular, `bound` where there is none."""

    kind: str
    contender: str | None = None
    value: float | None = None
    bound: float | None = None
    via: str | None = None  # "nginx" or "direct", where an experiment goes both ways

    @property
    def generator(self) -> bool:
        return KINDS[self.kind].generator

    @property
    def percentile(self) -> bool:
        return KINDS[self.kind].percentile

    @property
    def text(self) -> str:
        sentence = KINDS[self.kind].sentence.format(value=self.value, bound=self.bound)
        whom = route_label(self.contender, self.via) if self.contender and self.via else self.contender
        return f"{whom}: {sentence}" if whom else sentence

    @property
    def severity(self) -> float:
        """How many times its bound, or how many times below it: what of one kind is compared by."""
        if self.value is None:
            return 0.0
        if not self.bound:
            return self.value
        return self.bound / max(self.value, 1e-9) if KINDS[self.kind].floor else self.value / self.bound

    def of(self, contender: str, via: str | None = None) -> Self:
        return replace(self, contender=contender, via=via)

    def document(self) -> dict[str, Any]:
        """As JSON, on the wire and in the records."""
        return asdict(self) | {"generator": self.generator, "percentile": self.percentile, "text": self.text}


def route_label(contender: str, via: str) -> str:
    return f"{contender}, {'via nginx' if via == 'nginx' else 'bypassing nginx'}"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured once, a point or one of the turns of another experiment, and what makes it doubtful."""

    contender: str
    warnings: list[ValidityWarning]


def worst_warnings(measured: Iterable[Measurement]) -> list[dict[str, Any]]:
    """Each kind once for whom it concerns, where it was worst, with how many points (`points`) of all (`of`)."""
    every = list(measured)
    found: dict[tuple[str, str | None, str | None], list[ValidityWarning]] = {}
    for warning in (warning for each in every for warning in each.warnings):
        found.setdefault((warning.kind, warning.contender, warning.via), []).append(warning)
    return [
        max(alike, key=lambda warning: warning.severity).document()
        | {"points": len(alike), "of": sum(contender in (None, each.contender) for each in every)}
        for (_, contender, _), alike in found.items()
    ]
