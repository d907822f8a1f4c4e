"""The Grafana dashboard has what the page draws of it, and no more than it can."""

import json
import re
from typing import Any

import yaml

from tests.contract.project import text

FILE = "services/prometheus/dashboard.json"
PANELS: list[dict[str, Any]] = json.loads(text(FILE))["panels"]


def test_a_panel_has_all_that_the_page_draws_of_it() -> None:
    units = re.findall(r"^  (\w+): \{ label:", text("nginx/html/charts/metric.js"), re.MULTILINE)
    assert len({panel["id"] for panel in PANELS}) == len(PANELS) > 0, f"{FILE}: ids"
    for panel in PANELS:
        wrong = [name for name in ("title", "description", "targets") if not panel[name]]
        assert not wrong, f"{FILE}: {panel['id']} lacks {wrong}"
        unit = panel["fieldConfig"]["defaults"]["unit"]
        assert unit in units, f"{FILE}: {panel['title']}: {unit} is none of {units}, charts/metric.js"


def test_the_page_replaces_every_variable_of_a_query() -> None:
    replaced = set(re.findall(r"replaceAll\('(\$\w+)'", text("nginx/html/core/panels.js")))
    variables = {found for each in queries() for found in re.findall(r"\$\w+", each["expr"])}
    assert variables == replaced, f"{FILE}, nginx/html/core/panels.js: {variables ^ replaced}"


def test_a_query_has_the_interval_at_which_prometheus_scrapes() -> None:
    """Grafana makes $__rate_interval of it; of its own default, 15 s, it would be a minute."""
    interval = yaml.safe_load(text("services/prometheus/prometheus.yml"))["global"]["scrape_interval"]
    assert {each["interval"] for each in queries()} == {interval}, f"{FILE}: interval"
    assert f"const SCRAPE = {interval.removesuffix('s')};" in text("nginx/html/core/panels.js")


def queries() -> list[dict[str, str]]:
    return [target for panel in PANELS for target in panel["targets"]]
