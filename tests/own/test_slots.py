"""Two slots that differ in uvicorn's parser (`scripts/ab --preset parser`): what each is, and how they compare."""

from tests.e2e.lab import answered, get
from tests.e2e.queue import finished

PLACE = ".well-known/serverlab"


def test_each_slot_says_what_it_is_and_a_comparison_says_it_with_its_result() -> None:
    for name, settings in (("a", {"http": "httptools"}), ("b", {"http": "h11"})):
        for path in ("whoami", f"{PLACE}/whoami"):
            who = answered(get(f"/{name}/{path}"), 200).json()
            assert (who["service"], who["server"], who["workload"]) == (name, "uvicorn", "whoami"), who
        slot = answered(get(f"/{name}/{PLACE}/usage"), 200).json()["slot"]
        assert slot == {"base": "uvicorn", "settings": settings, "preset": "parser"}, slot
        for path in ("internal/workers", f"{PLACE}/internal/workers"):
            answered(get(f"/{name}/{path}"), 404)
        assert answered(get(f"/{name}/dump"), 200).json()["root_path"] == f"/{name}"
    params = {"workload": "hello", "seconds": 0.2, "budget": 10, "detect": 100}
    run = finished({"experiment": "ab", "params": params, "contenders": ["a", "b"]})
    assert run["environment"]["contenders"]["b"]["slot"]["settings"] == {"http": "h11"}
    assert {(row["side"], row["setting"]) for row in run["results"]} == {
        ("a", "uvicorn with http=httptools"),
        ("b", "uvicorn with http=h11"),
    }
    (summary,) = (data for kind, data in run["notices"] if kind == "summary")
    assert "a is uvicorn with http=httptools; b is uvicorn with http=h11." in summary["sentences"]
