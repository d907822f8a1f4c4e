"""The resources: what a client may send, what is made of it, and the pointer to a mistake."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid7

import pytest
from pydantic import ValidationError

from contender.catalogue import DEFAULTS, SLOTS
from experiments.race import RaceSample
from experiments.registry import EXPERIMENTS
from experiments.schema.reports import BATCH, Batch, Heartbeat, Outcome
from experiments.schema.samples import PointSample, RateSample
from rest.models import NEW_RUN, Filters, Run, RunPatch, State, begun_run, new_run
from rest.validation import field_errors


def pointers(error: ValidationError) -> list[str]:
    return [each.pointer for each in field_errors(error)]


# --- a new run --------------------------------------------------------------------------------------------


def test_the_contract_s_example_is_a_run() -> None:
    document = {
        "experiment": "race",
        "params": {"workload": "io", "ms": 200, "requests": 20},
        "contenders": ["sync", "gevent"],
        "tags": [],
        "note": "",
    }
    made = new_run(document).model_dump(mode="json")
    assert made == document | {"params": {"workload": "io", "ms": 200, "requests": 20, "direct": False}}


def test_an_experiment_alone_is_a_run_of_all_contenders(subtests: pytest.Subtests) -> None:
    """Of the two slots, where two are compared. One that a script starts is begun by its bench, and never queued."""
    for name, experiment in EXPERIMENTS.items():
        with subtests.test(name=name):
            validate = begun_run if experiment.model.needs_engine else new_run
            made = validate({"experiment": name}).model_dump(mode="json")
            contenders = [*(SLOTS if name == "ab" else DEFAULTS)]
            wanted = {"params": experiment.complete({}), "contenders": contenders, "tags": [], "note": ""}
            assert made == {"experiment": name} | wanted


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"experiment": "x"}, ["/experiment"]),
    ({"experiment": 3}, ["/experiment"]),
    ({"experiment": None}, ["/experiment"]),
    ({"params": {"ms": -1}}, ["/params/ms"]),
    ({"params": {"ms": 1e9, "requests": 0}}, ["/params/requests", "/params/ms"]),
    ({"params": {"workload": "x"}}, ["/params/workload"]),
    ({"params": {"workload": "cpu", "ms": 2001}}, ["/params/ms"]),
    ({"params": {"workload": "cpu", "cpu": 1}}, ["/params/cpu"]),
    ({"params": []}, ["/params"]),
    ({"params": None}, ["/params"]),
    ({"experiment": "sweep", "params": {"points": [1, 0, 2, 999]}}, ["/params/points/1", "/params/points/3"]),
    ({"contenders": []}, ["/contenders"]),
    ({"contenders": ["sync", "nginx"]}, ["/contenders/1"]),
    ({"contenders": ["sync", "gevent", "sync"]}, ["/contenders"]),
    ({"contenders": "sync"}, ["/contenders"]),
    ({"tags": ["", "a", "x" * 65, 3, "a\nb", "\0"]}, [f"/tags/{number}" for number in (0, 2, 3, 4, 5)]),
    ({"tags": ["a", "a"]}, ["/tags"]),
    ({"tags": [str(number) for number in range(17)]}, ["/tags"]),
    ({"tags": None, "note": None}, ["/tags", "/note"]),
    ({"note": "x" * 2001}, ["/note"]),
    ({"note": "a\0b"}, ["/note"]),
    ({"note": "\ud800"}, ["/note"]),
    ({"race": 1, "a/b~c": 2}, ["/race", "/a~1b~0c"]),
    ({"state": "queued"}, ["/state"]),
]


def test_a_mistake_is_pointed_at(subtests: pytest.Subtests) -> None:
    for members, wanted in REFUSED:
        with subtests.test(members=members, wanted=wanted):
            with pytest.raises(ValidationError) as refused:
                new_run({"experiment": "race"} | members)
            assert pointers(refused.value) == wanted


def test_what_is_no_run_at_all_is_refused(subtests: pytest.Subtests) -> None:
    rows: list[tuple[Any, str]] = [({}, "/experiment"), ([], ""), ("x", ""), (None, ""), (3, "")]
    for document, pointer in rows:
        with subtests.test(document=document, pointer=pointer):
            with pytest.raises(ValidationError) as refused:
                new_run(document)
            assert pointers(refused.value) == [pointer]


def test_limits_are_inclusive() -> None:
    tags = ["x" * 64, *(str(number) for number in range(15))]
    assert new_run({"experiment": "race", "tags": tags, "note": "ä" * 2000}).tags == tags


def test_a_mistake_names_what_is_wanted_and_what_was_given() -> None:
    with pytest.raises(ValidationError) as refused:
        new_run({"experiment": "race", "params": {"requests": 501, "ms": "x" * 1000}})
    details = [each.detail for each in field_errors(refused.value)]
    assert details[0] == "Input should be less than or equal to 500; got 501"
    assert len(details[1]) < 200, f"wanted a long value cut, got {details[1]}"


def test_an_unknown_experiment_is_answered_with_the_known_ones() -> None:
    for document in ({}, {"experiment": "x"}):
        with pytest.raises(ValidationError) as refused:
            new_run(document)
        assert [each.detail for each in field_errors(refused.value)] == [
            f"Input should be one of {', '.join(map(repr, EXPERIMENTS))}"
        ]


def test_the_schema_tells_the_experiments_apart() -> None:
    schema = NEW_RUN.json_schema()
    assert schema["discriminator"]["mapping"].keys() == EXPERIMENTS.keys()
    assert len(schema["oneOf"]) == len(EXPERIMENTS)


# --- a patch ----------------------------------------------------------------------------------------------


def test_absent_is_untouched_and_null_is_empty(subtests: pytest.Subtests) -> None:
    rows: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {}),
        ({"note": "x"}, {"note": "x"}),
        ({"note": None}, {"note": ""}),
        ({"tags": None}, {"tags": []}),
        ({"tags": ["a"], "state": "cancelled"}, {"tags": ["a"], "state": "cancelled"}),
    ]
    for sent, changes in rows:
        with subtests.test(sent=sent, changes=changes):
            assert RunPatch.model_validate(sent).changes() == changes


def test_a_patch_of_anything_else_is_refused(subtests: pytest.Subtests) -> None:
    rows: list[tuple[Any, str]] = [
        ({"state": "done"}, "/state"),
        ({"state": None}, "/state"),
        ({"experiment": "race"}, "/experiment"),
        ({"race": 1}, "/race"),
        ({"tags": ["a", "a"]}, "/tags"),
        ({"note": 1}, "/note"),
        ({"note": "x" * 2001}, "/note"),
        ([], ""),
    ]
    for sent, pointer in rows:
        with subtests.test(sent=sent, pointer=pointer):
            with pytest.raises(ValidationError) as refused:
                RunPatch.model_validate(sent)
            assert pointers(refused.value) == [pointer]


def test_the_schema_of_a_patch_has_no_defaults() -> None:
    members = RunPatch.model_json_schema()["properties"]
    assert members.keys() == {"note", "tags", "state"}
    assert not [name for name, each in members.items() if "default" in each], "a default would be taken for a change"


# --- a run, filters ---------------------------------------------------------------------------------------


def test_a_run_is_written_as_the_contract_says() -> None:
    moment = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
    queued = {"state": State.QUEUED, "progress": 0, "created": moment, "tags": [], "note": "", "contenders": ["sync"]}
    nothing = dict.fromkeys(("started", "finished", "environment", "error"))
    run = Run.model_validate({"id": uuid7(), "experiment": "race", "params": {"ms": 200}} | queued | nothing)
    written = json.loads(run.model_dump_json())
    assert list(written) == [
        *("id", "experiment", "params", "contenders", "state", "progress", "created", "started", "finished"),
        *("environment", "error", "note", "tags", "label"),
    ]
    assert (written["id"], written["created"], written["state"]) == (
        str(run.id),
        "2026-11-23T12:00:00.250000Z",
        "queued",
    )


def test_an_end_is_an_end() -> None:
    assert [state for state in State if not state.final] == [State.QUEUED, State.RUNNING]


def test_a_filter_that_no_run_could_pass_is_refused(subtests: pytest.Subtests) -> None:
    rows: list[dict[str, str]] = [{"state": "x"}, {"tag": ""}, {"tag": "\0"}, {"experiment": "a b"}, {"limit": "1"}]
    for query in rows:
        with subtests.test(query=query), pytest.raises(ValidationError):
            Filters.model_validate(query)


# --- a runner's reports -----------------------------------------------------------------------------------


def race_sample(**members: Any) -> dict[str, Any]:
    return dict.fromkeys(RaceSample.model_fields) | {"contender": "sync", "seq": 1, "sent": 1.5} | members


def point_sample(**members: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("point", "seconds", "requests", "errors", "timeouts", "rps", "repeat"), 1)
    return dict.fromkeys(PointSample.model_fields) | counts | {"contender": "sync"} | members


def test_the_columns_are_the_contract_s() -> None:
    race = "contender seq sent status started finished received pid lane queued_ms error host"
    point = (
        "contender point seconds requests errors timeouts rps p50_ms p90_ms p99_ms p999_ms max_ms mean_ms"
        " cpu_pct rss_mb repeat"
    )
    assert [*RaceSample.model_fields] == race.split()
    assert [*PointSample.model_fields] == point.split()
    assert [*RateSample.model_fields] == [*point.split(), "app_p99_ms"]
    (old,) = EXPERIMENTS["rate"].rows([point_sample()])
    assert old.app_p99_ms is None, "rows of earlier versions lack it"


def test_a_batch_has_samples_of_its_experiment_alone() -> None:
    for row, own, other in ((RaceSample, race_sample(), point_sample()), (PointSample, point_sample(), race_sample())):
        batch = Batch[row].model_validate({"number": 1, "samples": [own]})  # type: ignore[valid-type]
        assert [type(each) for each in batch.samples] == [row]
        with pytest.raises(ValidationError) as refused:
            Batch[row].model_validate({"number": 1, "samples": [own, other]})  # type: ignore[valid-type]
        assert {each.split("/")[2] for each in pointers(refused.value)} == {"1"}, "wanted the second one pointed at"


def test_a_batch_with_a_mistake_is_pointed_at(subtests: pytest.Subtests) -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"samples": [race_sample(), race_sample(pid="x")]}, "/samples/1/pid"),
        ({"samples": [race_sample(seq=-1)]}, "/samples/0/seq"),
        ({"samples": [3]}, "/samples/0"),
        ({"samples": [race_sample(error="a\0b")]}, "/samples/0/error"),
        ({"samples": [race_sample()] * (BATCH + 1)}, "/samples"),
        ({"number": 0}, "/number"),
        ({"events": [{"type": "A b"}]}, "/events/0/type"),
        ({"events": [{"type": "point"}, {"type": "sample"}]}, "/events/1/type"),
    ]
    for sent, pointer in rows:
        with subtests.test(sent=sent, pointer=pointer):
            with pytest.raises(ValidationError) as refused:
                Batch[RaceSample].model_validate({"number": 1} | sent)
            assert pointers(refused.value) == [pointer]


def test_progress_is_a_share(subtests: pytest.Subtests) -> None:
    rows: list[Any] = [-0.1, 1.1, float("nan"), "0.5"]
    for progress in rows:
        with subtests.test(progress=progress), pytest.raises(ValidationError):
            Heartbeat.model_validate({"progress": progress})


def test_what_is_no_json_is_not_taken_for_json(subtests: pytest.Subtests) -> None:
    rows: list[float] = [float("nan"), float("inf")]
    for number in rows:
        with subtests.test(number=number), pytest.raises(ValidationError):
            Outcome.model_validate({"state": "done", "environment": {"load": number}})


def test_a_run_ends_only_in_an_end(subtests: pytest.Subtests) -> None:
    rows: list[str] = ["queued", "running", "over"]
    for state in rows:
        with subtests.test(state=state), pytest.raises(ValidationError):
            Outcome.model_validate({"state": state})
