"""A difference in words: by how much b is better than a, or how large a difference would have been found."""

from bench.stats.paired import Difference

DOUBLED = 1.0  # a difference above which its size says nothing but that too little was measured

# Of b, as verb and what: "b spends 21 % less CPU per request than a".
WORDS = {
    "cpu_us": ("spends", "less", "more", "CPU per request"),
    "rps": ("has", "less", "more", "throughput"),
    "p50_ms": ("has", "a lower", "a higher", "p50"),
    "p99_ms": ("has", "a lower", "a higher", "p99"),
    "memory_mb": ("holds", "less", "more", "memory"),
}


def sentence(metric: str, found: Difference, a: str, b: str) -> str:
    verb, less, more, what = WORDS[metric]
    if not found.significant:
        missed = f"one of {percent(found.detectable)} or more would have been, in nine of ten runs"
        if found.detectable > DOUBLED:
            missed = "with so few pairs and so much noise, twice as much would not have been found either"
        return f"No difference in {what} was found; {missed}."
    near, far = sorted(abs(end - 1) for end in (found.low, found.high))
    size, kind = percent(abs(found.ratio - 1)), less if found.ratio < 1 else more
    size = f"{kind} {what} than {a}, by {size}" if kind.startswith("a ") else f"{size} {kind} {what} than {a}"
    return f"{b} {verb} {size} ({_range(near, far)})."


def _range(near: float, far: float) -> str:
    return f"{_digits(near)} to {_digits(far)} %"


def percent(share: float) -> str:
    return f"{_digits(share)} %"


def _digits(share: float) -> str:
    """Whole from ten on; 0.04 is 4.0."""
    return f"{100 * share:,.0f}" if share >= 0.0995 else f"{100 * share:.1f}"


def detectable(found: Difference) -> str:
    return percent(found.detectable) if found.detectable <= DOUBLED else f"> {percent(DOUBLED)}"
