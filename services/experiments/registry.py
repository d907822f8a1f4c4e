"""All experiments, found in the modules of this package, and what a run of one sends."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import experiments
from experiments.schema.experiment import Experiment, label_of


def _find() -> Iterator[Experiment]:
    for module in pkgutil.iter_modules(experiments.__path__, f"{experiments.__name__}."):
        if not module.ispkg and module.name != __name__:
            experiment = import_module(module.name).EXPERIMENT
            if experiment.name.replace("-", "_") != module.name.rpartition(".")[2]:
                raise ValueError(f"{module.name} has the experiment {experiment.name!r}: name one after the other")
            yield experiment


EXPERIMENTS: dict[str, Experiment] = {
    each.name: each for each in sorted(_find(), key=lambda each: (each.place, each.name))
}


def label(experiment: str, params: Mapping[str, Any]) -> str:
    """What a run sends, in a few words: the same in lists, titles, exports and the records' API.

    The experiment may have gone since.
    """
    return EXPERIMENTS[experiment].label(params) if experiment in EXPERIMENTS else label_of(experiment, params)
