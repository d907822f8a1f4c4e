"""What the page shows while a part of the lab is away, and that it recovers. scripts/test gives the engine."""

import importlib.util
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import picture
from tests.browser.runs import RUN_MS, Made, ended
from tests.e2e.lab import ask
from tests.turns import LAB

if importlib.util.find_spec("docker") is None or not Path("/var/run/docker.sock").exists():
    pytest.skip("the Docker Engine's socket is not here; scripts/test gives it", allow_module_level=True)

from tests.lifecycle.engine import container, until_healthy

pytestmark = [LAB, pytest.mark.usefixtures("alone"), pytest.mark.failing_requests]

RECORDS = "records"


@contextmanager
def stopped(service: str) -> Iterator[None]:
    """While the service is down; it is up and healthy again after the block."""
    away = container(service)
    away.stop()
    try:
        yield
    finally:
        with until_healthy(service):
            away.start()


def test_a_contender_down_is_said_and_seen_to_come_back(page: Page) -> None:
    page.goto("/")
    status = page.locator(".card[data-contender=gevent] .status")
    expect(status).to_have_attribute("data-state", "up")
    with stopped("gevent"):
        expect(status).to_have_text(re.compile(r"^down \((502|503|504)\)$"))
        expect(page.locator(".card[data-contender=gevent]")).to_contain_text("docker compose up -d gevent")
        expect(page.locator(".card[data-contender=sync] .status")).to_have_attribute("data-state", "up")
        picture(page, "contender-down")
    expect(status).to_have_attribute("data-state", "up")


def test_without_a_runner_the_page_says_how_to_start_one(page: Page) -> None:
    with stopped("bench"):
        page.goto("/#/race?workload=hello&requests=5&contender=uvicorn")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.get_by_text("No bench is processing the queue.")).to_be_visible()
        expect(page.get_by_text("docker compose up -d bench")).to_be_visible()
        picture(page, "no-runner")
    expect(page.locator(".state")).to_have_text("done", timeout=RUN_MS)
    expect(page.get_by_text("No bench is processing the queue.")).to_be_hidden()
    ask("DELETE", f"/starlette/runs/{page.url.rpartition('/')[2]}")


def test_records_away_are_noticed_and_got_over(page: Page, race: Made) -> None:
    with stopped(RECORDS):
        page.goto(f"/#/runs/{race.id}")
        expect(page.get_by_text("The records service is unreachable.")).to_be_visible()
        expect(page.locator(".notice").first).to_have_css("opacity", "1")
        picture(page, "records-away")
    expect(page.locator(".panel rect.work").first).to_be_visible()
    expect(page.get_by_text("The records service is unreachable.")).to_be_hidden()


def test_a_race_goes_on_over_a_restart_of_the_records(page: Page) -> None:
    page.goto("/#/race?workload=io&ms=1000&requests=8&contender=sync&contender=uvicorn")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".run[data-state=running] .panel").first).to_be_visible()
    with until_healthy(RECORDS):
        container(RECORDS).restart()
    expect(page.locator(".state")).to_have_text("done", timeout=RUN_MS)
    race = ended(page.url.rpartition("/")[2])
    expect(page.locator(".panel rect.work")).to_have_count(len(race.rows))
    ask("DELETE", f"/starlette/runs/{race.id}")
