"""Whether a machine is fit to measure, as it is before a run: what speaks against it, and what helps."""

from collections.abc import Collection
from dataclasses import asdict, dataclass

from bench.notices import MachineSeen
from bench.stats.checks import FOREIGN

# Of the CPU time of all cores. A look of a quarter of a second has fifty ticks on two cores: three of them.
STEAL = 0.05
STEADY = "performance"  # the governor that leaves the frequency where it is
SEPARABLE = 4  # cores: two for nginx and the contender, one or two for the generator


@dataclass(frozen=True, slots=True)
class Machine:
    """What a look at it has found. Shares are of all cores, from 0 to 1."""

    cores: int
    foreign: float
    steal: float
    governors: Collection[str]  # of its cores; none where that cannot be read, as in most virtual machines
    separated: bool  # the generator has cores that no contender may use


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    text: str
    disturbs: bool = True  # false: so it is on this machine, and every run's comparisons allow for it


def findings(machine: Machine) -> list[Finding]:
    every = (_foreign(machine), _steal(machine), _scaling(machine), _shared(machine))
    return [each for each in every if each is not None]


def notice(machine: Machine) -> MachineSeen:
    found = findings(machine)
    fit = not any(each.disturbs for each in found)
    used = f"other programs use {machine.foreign:.0%} of its cores"
    text = f"The machine is fit to measure: {used}." if fit else "The machine is not fit to measure."
    return MachineSeen(
        fit=fit,
        text=text,
        findings=[asdict(each) for each in found],
        foreign=round(machine.foreign, 4),
        steal=round(machine.steal, 4),
        cores=machine.cores,
    )


def sentences(seen: MachineSeen) -> list[str]:
    return [seen.text, *(each["text"] for each in seen.findings)]


def _foreign(machine: Machine) -> Finding | None:
    if machine.foreign <= FOREIGN:
        return None
    used = f"Other programs use {machine.foreign:.0%} of all cores (limit {FOREIGN:.0%})"
    return Finding("foreign-cpu", f"{used}: stop them, or wait until they have ended.")


def _steal(machine: Machine) -> Finding | None:
    if machine.steal <= STEAL:
        return None
    taken = f"The host of this virtual machine takes {machine.steal:.0%} of its CPU time (steal; limit {STEAL:.0%})"
    return Finding("steal", f"{taken}: measure on dedicated cores, or when its neighbours are quiet.")


def _scaling(machine: Machine) -> Finding | None:
    scaled = sorted({*machine.governors} - {STEADY})
    if not scaled:
        return None
    remedy = f"sudo cpupower frequency-set --governor {STEADY}"
    return Finding("frequency", f"The CPU frequency changes with the load (governor {', '.join(scaled)}): {remedy}")


def _shared(machine: Machine) -> Finding | None:
    if machine.separated:
        return None
    shared = "Load generator and contenders share cores: compare ratios, not figures"
    remedy = "BENCH_CPUSET and CONTENDER_CPUSET in .env separate them"
    if machine.cores < SEPARABLE:
        remedy = f"with {SEPARABLE} cores, {remedy}"
    return Finding("shared-cores", f"{shared}; {remedy}.", disturbs=False)
