"""The slots of an A/B comparison: what is named differs and nothing else; what is refused first."""

import json
from typing import Any

import pytest
import yaml

from bench.target.slots import sentence, setting
from contender.slots import SlotError
from contender.slots.servers import options
from contender.slots.service import differ, document, service
from contender.slots.settings import parse

BASE: dict[str, Any] = {
    "build": {"context": "."},
    "command": ["uvicorn", "asgi.app:app", "--root-path", "/uvicorn"],
    "deploy": {"resources": {"limits": {"cpus": 2, "memory": "1073741824", "pids": 2048}}},
    "environment": {"SERVICE": "uvicorn", "WEB_CONCURRENCY": "2", "UVICORN_HTTP": "httptools", "OBSERVE": ""},
    "networks": {"contenders": None},
    "profiles": ["more"],
    "read_only": True,
}


def slot(name: str, *texts: str, base: str = "uvicorn") -> dict[str, Any]:
    return service(base, BASE, name, parse(name, texts))


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {path: value}
    return {name: leaf for key, each in value.items() for name, leaf in leaves(each, f"{path}/{key}").items()}


LIMITS = "/deploy/resources/limits"
DIFFERENCES: list[tuple[str, dict[str, Any]]] = [
    ("http=h11", {"/environment/UVICORN_HTTP": "h11"}),
    ("timeout-keep-alive=3", {"/environment/UVICORN_TIMEOUT_KEEP_ALIVE": "3"}),
    ("workers=4", {"/environment/WEB_CONCURRENCY": "4"}),
    ("cpus=0.5", {f"{LIMITS}/cpus": 0.5}),
    ("memory=512M", {f"{LIMITS}/memory": str(512 * 2**20)}),
    ("env.PYTHONMALLOC=$x", {"/environment/PYTHONMALLOC": "$$x"}),  # compose would put a variable there
    ("observe=prometheus,otel", {"/environment/OBSERVE": "prometheus,otel"}),
    ("app=asgi.workloads:ROUTES", {"/command": ["uvicorn", "asgi.workloads:ROUTES"]}),
]


def test_two_slots_differ_in_what_is_said_and_in_nothing_else() -> None:
    a = leaves(slot("a"))
    for text, wanted in DIFFERENCES:
        b = leaves(slot("b", text))
        different = {path: b.get(path) for path in a.keys() | b.keys() if a.get(path) != b.get(path)}
        assert json.loads(str(different.pop("/environment/SLOT")))["base"] == "uvicorn", text
        named = {"/environment/SERVICE": "b", "/environment/MOUNT_PREFIX": "/b"}
        assert different == named | wanted, f"--b {text}: {different}"
        assert not differ("uvicorn", BASE, parse("a", [text]), parse("b", [text])), text
        assert differ("uvicorn", BASE, parse("a", []), parse("b", [text])), text


# The base's already: by a variable, a default, its configuration file (with a variable, without), its command.
ALREADY = [
    ("uvicorn", "http=httptools"),
    ("uvicorn", "backlog=2048"),
    ("sync", "timeout=0"),
    ("sync", "graceful_timeout=15"),
    ("sync", "keepalive=9"),
    ("sync", "worker_class=sync"),
    ("sync", "backlog=2048"),
    ("granian", "backlog=2048"),
]
COMMANDS = {
    "sync": ["gunicorn", "-c", "contender/gunicorn.conf.py", "-k", "sync", "wsgi.app:app"],
    "granian": ["granian", "asgi.app:app"],
}


def test_every_option_of_a_server_has_a_current_value() -> None:
    for server, command in {"gunicorn": COMMANDS["sync"], "uvicorn": ["uvicorn"], "granian": ["granian"]}.items():
        known = options(server)
        for name in known.names:
            known.current({"command": command, "environment": {}}, name)  # raises for none


def test_a_value_that_the_base_has_already_is_no_difference() -> None:
    for base, text in ALREADY:
        variables = {"SERVICE": base, "KEEPALIVE_SECONDS": "9", "UVICORN_HTTP": "httptools", "GRANIAN_BACKLOG": "2048"}
        spec = BASE | {"command": COMMANDS.get(base, BASE["command"]), "environment": variables}
        assert not differ(base, spec, parse("a", []), parse("b", [text])), f"{base} {text}"
        other = text.partition("=")[0] + {"http": "=h11", "worker_class": "=gthread"}.get(
            text.partition("=")[0], "=777"
        )
        assert differ(base, spec, parse("a", []), parse("b", [other])), f"{base} {other}"


REFUSED = [
    ("htpp=h11", "uvicorn has no option htpp. Did you mean http"),
    ("http=nope", "uvicorn refuses it: choose from auto, h11"),
    ("backlog=many", "uvicorn refuses it: 'many' is not a valid integer"),
    ("port=9000", "the lab decides port itself"),
    ("threads=4", "uvicorn has no option threads"),
    ("workers=0", "workers=0: give a whole number from 1 to 32"),
    ("cpus=1000", "cpus=1000: give a number from 0.1 to"),
    ("memory=5", "memory=5: give a size of at least 32M"),
    ("env.SERVICE=x", "the lab sets this variable itself"),
    ("env.WEB_CONCURRENCY=4", "use workers=N"),
    ("env.OBSERVE=otel", "use observe=prometheus"),
    ("observe=statsd", "choose from prometheus and otel, or both with a comma between"),
    ("env.1=x", "'1' is not the name of a variable"),
    ("http", "write KEY=VALUE, env.NAME=VALUE or package==version"),
    ("gunicorn==", "is not a package and a version; write gunicorn==25.3.0"),
    ("app=asgi", "name a callable of uvicorn's codebase, like wsgi.app:app"),
    ("app=asgi.nosuch:app", "uvicorn cannot import it: No module named 'asgi.nosuch'"),
    ("apt=libjemalloc2;rm", "give names of Debian packages, like libjemalloc2"),
    ("python=3.13", "the one other interpreter is free-threaded"),
    ("python=free-threaded", "only sync and gthread run on it: gevent"),
]


def test_a_bad_setting_is_refused_with_its_slot_its_key_and_a_remedy() -> None:
    for text, phrase in REFUSED:
        with pytest.raises(SlotError) as refusal:
            slot("b", text)
        assert str(refusal.value).startswith(f"--b {text.partition('=')[0]}"), text
        assert phrase in str(refusal.value), f"{text}: {refusal.value}"
    with pytest.raises(SlotError, match="http is given twice"):
        slot("a", "http=h11", "http=auto")


def test_what_an_image_is_built_with_differs_as_much_as_a_setting_of_its_service() -> None:
    for text, wanted in (
        ("observe=prometheus,otel", {"observe": ["prometheus", "otel"]}),
        ("apt=libjemalloc2,wrk", {"apt": ["libjemalloc2", "wrk"]}),
        ("uvicorn==0.53.0", {"packages": ["uvicorn==0.53.0"]}),
    ):
        settings = parse("b", [text])
        assert {what: values for what, values in settings.image().items() if values} == wanted
        assert differ("uvicorn", BASE, parse("a", []), settings), text


def test_what_an_application_is_observed_with_is_its_own_where_it_is_the_user_s_own() -> None:
    spec = BASE | {"environment": {"SERVICE": "own-uvicorn", "OWN_ENV": ""}}
    with pytest.raises(SlotError, match="an application of your own has its own instrumentation"):
        service("own-uvicorn", spec, "b", parse("b", ["observe=otel"]))
    observed = BASE | {"environment": {**BASE["environment"], "OBSERVE": "otel"}}
    assert service("uvicorn", observed, "a", parse("a", ["observe="]))["environment"]["OBSERVE"] == ""


def test_a_worker_class_of_a_package_that_is_yet_to_be_installed_is_not_imported() -> None:
    spec = BASE | {"command": ["gunicorn", "-k", "asgi", "--root-path", "/gunicorn-asgi", "asgi.app:app"]}
    texts = ["worker_class=uvicorn_worker.UvicornWorker"]
    made = service("gunicorn-asgi", spec, "b", parse("b", [*texts, "uvicorn-worker==0.4.0"]))
    assert made["command"][-3:] == ["--worker-class", "uvicorn_worker.UvicornWorker", "asgi.app:app"]
    assert made["environment"]["MOUNT_PREFIX"] == "/b", "that worker does not read --root-path"
    with pytest.raises(SlotError, match="gunicorn refuses it"):
        service("gunicorn-asgi", spec, "b", parse("b", texts))


def test_what_compose_reads_replaces_each_value_of_the_lab_s_own_slot() -> None:
    text = document(
        {"networks": {"join0": {"external": True, "name": "x"}}}, {"a": slot("a"), "b": slot("b", "http=h11")}
    )
    assert "    environment: !override {" in text
    assert "    build: !reset null\n    profiles: !reset []\n" in text
    plain = yaml.safe_load(text.replace("!override ", "").replace("!reset ", ""))
    assert list(plain) == ["services"], "a network that no slot is on"
    assert plain["services"]["b"]["image"] == "@b@"
    assert plain["services"]["a"]["command"] == ["uvicorn", "asgi.app:app"], "its prefix is in the path"
    assert plain["services"]["a"]["read_only"] is True


def test_a_slot_in_words_has_no_secrets_and_the_packages_that_came_along() -> None:
    described = json.loads(slot("b", "env.API_KEY=hush", "loop=asyncio")["environment"]["SLOT"])
    assert setting({"slot": described}) == "uvicorn with loop=asyncio, env.API_KEY=[hidden]"
    changed = {"gunicorn": {"is": "25.3.0", "was": "27.0.1"}, "packaging": {"is": "26.4", "was": None}}
    versions = {"base": "sync", "settings": {"gunicorn": "25.3.0"}, "packages": {"changed": changed}}
    contenders = {"a": {"slot": {"base": "sync", "settings": {}}}, "b": {"slot": versions}, "sync": {}}
    assert sentence(contenders) == "a is sync as it is; b is sync with gunicorn==25.3.0 (and so packaging 26.4)."
    assert sentence({"sync": {}}) is None
    free = {"base": "gthread", "settings": {}, "python": "3.13.15 free-threaded, GIL off"}
    assert setting({"slot": free}) == "gthread as it is (Python 3.13.15 free-threaded, GIL off)"
