"""The OpenAPI document and the application say the same, in both directions."""

from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.routing import Route

from contender.problem import Problem
from experiments.ab import AbSample
from experiments.advise import AdviceSample
from experiments.memory import MemorySample
from experiments.profile import ProfileSample
from experiments.protocols import ProtocolSample
from experiments.race import RaceSample
from experiments.registry import EXPERIMENTS
from experiments.schema.samples import PointSample, ProbeSample, RateSample, Sample
from experiments.waterfall import WaterfallSample
from experiments.workers import WorkersSample
from rest.app import service
from rest.event_stream import last_event_id
from rest.preconditions import not_modified, required_if_match
from rest.runs import idempotency_key
from tests.unit.bench_rows import (
    ab_row,
    advice_row,
    excluded,
    fetched_row,
    memory_row,
    nothing_answered,
    point_row,
    probe_row,
    profile_row,
    protocol_row,
    race_row,
    unanswered,
    unprofiled,
    workers_row,
)
from tests.unit.encodable import ENCODABLE
from tests.unit.interface import http_scope
from tests.unit.service import DOCUMENT, OPERATIONS

# Nothing for a client of the API: the document itself, the page that shows it, the runner's side and the health check.
UNTOLD = ("/openapi.json", "/docs", "/internal/", "/healthz")


# What reads each header, and raises Problem 400.
READ: dict[str, Callable[[Request], object]] = {
    "Idempotency-Key": idempotency_key,
    "If-Match": required_if_match,
    "If-None-Match": lambda request: not_modified(request, 1),
    "Last-Event-ID": last_event_id,
}
HEADERS = [
    (operation, each)
    for operation, document in OPERATIONS.items()
    for each in document.get("parameters", [])
    if each["in"] == "header"
]


def parts(of: Any, place: str = "#") -> Iterator[tuple[str, Any]]:
    """Every value in a document, with its place."""
    yield place, of
    for key, value in of.items() if isinstance(of, dict) else enumerate(of) if isinstance(of, list) else ():
        yield from parts(value, f"{place}/{key}")


def at(reference: str) -> Any:
    """What a reference leads to; raises KeyError where it leads nowhere."""
    found = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


ROWS: dict[type[Sample], list[Any]] = {
    RaceSample: [race_row(), unanswered()],
    PointSample: [point_row(), nothing_answered()],
    RateSample: [RateSample(**point_row().model_dump(), app_p99_ms=each) for each in (9.5, None)],
    ProbeSample: [probe_row(), probe_row(took=None)],
    ProtocolSample: [protocol_row(), protocol_row("sse", "yes", "nginx-tls")],
    WaterfallSample: [fetched_row()],
    WorkersSample: [workers_row(), workers_row(rate=None, p99_ms=None, error="no answer")],
    AdviceSample: [advice_row(), excluded()],
    AbSample: [ab_row("a"), ab_row("b", cpu_us=None)],
    ProfileSample: [profile_row(), unprofiled()],
    MemorySample: [memory_row()],
}


def test_the_results_of_every_experiment_are_as_it_says(subtests: pytest.Subtests) -> None:
    for experiment in EXPERIMENTS:
        with subtests.test(experiment=experiment):
            results = DOCUMENT | {"$ref": "#/components/schemas/Results"}
            rows = [row.model_dump(mode="json") for row in ROWS[EXPERIMENTS[experiment].row]]
            jsonschema_rs.validator_for(results).validate({"items": rows, "next": None})


def test_its_paths_and_methods_are_those_of_the_application() -> None:
    routed = {
        f"{method} {route.path.replace(':uuid', '')}"
        for route in service.routes
        if isinstance(route, Route) and not route.path.startswith(UNTOLD)
        for method in route.methods or ()
    }
    come_along = {each for each in routed if each.startswith(("HEAD ", "OPTIONS "))}
    assert OPERATIONS.keys() == routed - come_along


def test_its_path_parameters_are_those_of_the_paths() -> None:
    for path, methods in DOCUMENT["paths"].items():
        document = [each["name"] for each in methods.get("parameters", []) if each["in"] == "path"]
        assert [f"{{{name}}}" for name in document] == [part for part in path.split("/") if part.startswith("{")], path


def test_its_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names)), names


def test_every_reference_in_it_leads_somewhere() -> None:
    references = [value for place, value in parts(DOCUMENT) if place.endswith("/$ref")]
    assert references, "wanted references, got none"
    for reference in references:
        assert isinstance(at(reference), dict), reference
    mapped = [value for _, value in parts(DOCUMENT) if isinstance(value, dict) and "mapping" in value]
    for reference in (each for value in mapped for each in value["mapping"].values()):
        assert isinstance(at(reference), dict), reference


def test_every_schema_in_it_is_referred_to() -> None:
    used = {value for place, value in parts(DOCUMENT) if place.endswith("/$ref")}
    unused = [name for name in DOCUMENT["components"]["schemas"] if f"#/components/schemas/{name}" not in used]
    assert not unused, f"wanted no schema that nothing refers to, got {unused}"


def test_every_schema_in_it_is_json_schema_2020_12() -> None:
    for place, value in parts(DOCUMENT):
        if place.endswith("/schema") and isinstance(value, dict):
            jsonschema_rs.Draft202012Validator(value | {"components": DOCUMENT["components"]})


def valid(schema: dict[str, Any], instance: Any) -> None:
    jsonschema_rs.Draft202012Validator(schema | {"components": DOCUMENT["components"]}).validate(instance)


def test_every_example_in_it_is_valid() -> None:
    given = [each for _, each in parts(DOCUMENT) if isinstance(each, dict) and "example" in each]
    assert len(given) >= 2, f"wanted examples of what to send, got {given}"
    for each in given:
        valid(each["schema"], each["example"])


def test_links_lead_to_operations_and_their_parameters() -> None:
    known = {operation["operationId"]: name for name, operation in OPERATIONS.items()}
    answers = [answer for operation in OPERATIONS.values() for answer in operation["responses"].values()]
    links = [link for answer in answers for link in answer.get("links", {}).values()]
    assert links, "wanted links, got none"
    for link in links:
        name = known[link["operationId"]]
        own, shared = OPERATIONS[name], DOCUMENT["paths"][name.partition(" ")[2]]
        taken = {each["name"] for of in (own, shared) for each in of.get("parameters", [])}
        assert link["parameters"].keys() <= taken, f"wanted parameters that {name} has, got {link}"


# --- headers -----------------------------------------------------------------------------------------


def read(name: str, value: str) -> bool:
    try:
        READ[name](Request(http_scope("/", headers={name: value})))
    except Problem as refused:
        return refused.status != 400
    return True


# Of one header or the other, or nearly; Python has more white space and more digits than HTTP.
KNOWN = st.sampled_from(["", "*", "1", "x", '"1"', 'W/"1"', '"1", "2"', '"1",', '*, "1"', "*\xa0", "\xb2"])
NEARLY = st.text('*"W/,; \t019x\x85\xa0\xb2\xe9', max_size=12)


@pytest.mark.parametrize(("operation", "header"), HEADERS, ids=[f"{name} {of['name']}" for name, of in HEADERS])
@given(data=st.data())
def test_a_header_is_read_if_it_is_as_the_document_says_and_else_refused(
    operation: str, header: dict[str, Any], data: st.DataObject
) -> None:
    # A server hands over no white space around a value.
    value = data.draw(
        st.from_regex(header["schema"]["pattern"], fullmatch=True, alphabet=ENCODABLE) | KNOWN | NEARLY
    ).strip(" \t\n")
    document = jsonschema_rs.is_valid(header["schema"], value)
    assert read(header["name"], value) is document, f"{header['name']}: {value!r}: the document says {document}"
