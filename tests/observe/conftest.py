"""The lab has to be up with OBSERVE=prometheus,otel."""

import pytest

from tests.e2e.lab import answered, get


@pytest.fixture(scope="session", autouse=True)
def observed() -> None:
    got = answered(get("/sync/usage"), 200).json()["switches"].get("OBSERVE", "").split(",")
    missing = {"prometheus", "otel"}.difference(got)
    assert not missing, f"the lab is up without OBSERVE={','.join(sorted(missing))}: OBSERVE=prometheus,otel scripts/up"
