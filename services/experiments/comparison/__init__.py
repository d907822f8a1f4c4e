"""How far two stored runs of one experiment differ: unpaired, from the logarithms of what each has measured again."""

from experiments.comparison.runs import Side, compare

__all__ = ["Side", "compare"]
