"""What a run sends, in a few words: the same in lists, titles and exports, and in the records' API."""

from collections.abc import Mapping
from typing import Any

from experiments.registry import REQUEST


def label(experiment: str, params: Mapping[str, Any]) -> str:
    """GET /items; /io; of slow clients what is slow. Runs of earlier versions may lack any of it."""
    if experiment == "protocols":
        return str(params.get("feature") or "feature matrix")
    if experiment == "slow-clients":
        return f"slow {params.get('mode', 'clients')}"
    if params.get("workload") == REQUEST:
        return f"{params.get('method', 'GET')} {params.get('path', '/')}"
    return f"/{params['workload']}" if "workload" in params else experiment
