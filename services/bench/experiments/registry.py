"""The scenario of an experiment, from the module of its name: imported when it is needed, as help needs none."""

import pkgutil
from importlib import import_module
from typing import Any

import bench.experiments
from bench.scenarios.scenario import Scenario


def scenario(experiment: str) -> Scenario[Any, Any]:
    found: Scenario[Any, Any] = import_module(f"{bench.experiments.__name__}.{experiment.replace('-', '_')}").SCENARIO
    return found


def scenarios() -> dict[str, Scenario[Any, Any]]:
    """All of them, by experiment."""
    modules = (each.name for each in pkgutil.iter_modules(bench.experiments.__path__) if each.name != "registry")
    return {name: scenario(name) for name in (module.replace("_", "-") for module in modules)}
