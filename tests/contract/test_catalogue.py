"""services/catalog.json is complete: everything else is held against it."""

import re
from collections import Counter

import pytest

from tests.contract import project
from tests.contract.project import ROOT

FIELDS = ("name", "title", "interface", "server", "server_version", "worker", "codebase", "teaches")
OF_A_SLOT = ("name", "title", "teaches")  # the rest is its base's
FILE = "services/catalog.json"


def test_every_field_is_filled_in(subtests: pytest.Subtests) -> None:
    for contender in project.every():
        with subtests.test(contender.get("name", "nameless")):
            fields = OF_A_SLOT if contender in project.slots() else FIELDS
            missing = [field for field in fields if not contender.get(field)]
            assert not missing, f"{FILE}: the row {contender.get('name')!r} lacks {', '.join(missing)}"


def test_a_name_can_be_a_host_and_a_path(subtests: pytest.Subtests) -> None:
    for contender in project.every():
        with subtests.test(contender.get("name", "nameless")):
            # nginx/conf.d/problems.conf reads the contender off the path by the same rule.
            assert re.fullmatch(r"[a-z][a-z0-9-]*", contender["name"]), (
                f"{FILE}: {contender['name']!r} is no [a-z][a-z0-9-]*"
            )


def test_names_are_unique() -> None:
    twice = [name for name, count in Counter(row["name"] for row in project.every()).items() if count > 1]
    assert not twice, f"{FILE}: more than one row is named {', '.join(twice)}"


def test_the_interface_is_wsgi_or_asgi(subtests: pytest.Subtests) -> None:
    for contender in project.servers():
        with subtests.test(contender.get("name", "nameless")):
            wanted = ("wsgi", "asgi")
            assert contender["interface"] in wanted, (
                f"{FILE}: {contender['name']} has the interface {contender['interface']!r}"
            )


def test_the_server_version_is_exact(subtests: pytest.Subtests) -> None:
    for contender in project.servers():
        with subtests.test(contender.get("name", "nameless")):
            version = contender["server_version"]
            assert re.fullmatch(r"\d+\.\d+(\.\d+)*", version), (
                f"{FILE}: {contender['name']} has the version {version!r}"
            )


def test_the_codebase_exists(subtests: pytest.Subtests) -> None:
    for contender in project.servers():
        with subtests.test(contender["name"]):
            module = "services/" + project.application(contender).removesuffix(":app").replace(".", "/") + ".py"
            assert (ROOT / module).is_file(), f"{FILE}: the codebase of {contender['name']} has no {module}"
