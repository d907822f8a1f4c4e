"""The REST service's records: on a volume, and on a Postgres that only it can reach; the suite has its own."""

import re

import pytest
import yaml

from rest.settings import Settings
from tests.contract.project import Spec, scripts, text

POSTGRES = "postgresql://lab:lab@postgres/lab"  # as .env.example and README.md have it

# Each with the network that it is on, and with its one client.
SERVERS = [("postgres", "database", "records"), ("tests-postgres", "suite", "tests")]


def mounted(spec: Spec) -> dict[str, str]:
    """Volume to the place where the service has it."""
    return dict(each.split(":", 1) for each in spec.get("volumes", []))


def test_sqlite_lies_on_a_volume(services: dict[str, Spec]) -> None:
    places = tuple(f"sqlite+aiosqlite:///{place}/" for place in mounted(services["records"]).values())
    url = Settings.read({}).database_url
    assert url.startswith(places), f"compose.yaml: records has no volume for {url} of services/rest/settings.py"


def test_the_image_has_the_volumes_directory(services: dict[str, Spec]) -> None:
    (made,) = re.findall(r"^RUN install -d -o 10001 -g 10001 (.*)$", text("services/Dockerfile"), re.MULTILINE)
    for place in (*mounted(services["records"]).values(), *mounted(services["certificates"]).values()):
        assert place in made.split(), (
            f"services/Dockerfile: does not make {place} for 10001:10001, who could not write to a new volume there"
        )


def test_every_volume_is_declared_and_used(services: dict[str, Spec]) -> None:
    declared = set(yaml.safe_load(text("compose.yaml"))["volumes"])
    used = {volume for spec in services.values() for volume in mounted(spec)}
    assert declared == used, f"compose.yaml: volumes has {declared}; the services use {used}"


def test_only_its_client_reaches_postgres(services: dict[str, Spec], subtests: pytest.Subtests) -> None:
    for server, network, client in SERVERS:
        with subtests.test(server=server, network=network, client=client):
            assert services[server]["networks"] == [network], (
                f"compose.yaml: {server} is on more networks than {network}"
            )
            members = {name for name, spec in services.items() if network in spec.get("networks", ())}
            assert members == {server, client}, f"compose.yaml: {members} are on the network {network}"


def test_networks_have_no_way_out(services: dict[str, Spec]) -> None:
    declared = yaml.safe_load(text("compose.yaml"))["networks"]
    out = [name for name, settings in declared.items() if not (settings or {}).get("internal")]
    assert out == ["edge", "outside"], f"compose.yaml: {out} are not internal; only these may have a way out"
    on = [name for name, spec in services.items() if "outside" in spec.get("networks", ())]
    assert not on, f"compose.yaml: {on} have a way out without `scripts/try --network`"


def test_postgres_runs_only_where_it_is_asked_for(services: dict[str, Spec]) -> None:
    got = {server: services[server].get("profiles") for server, _, _ in SERVERS}
    assert got == {"postgres": ["postgres"], "tests-postgres": ["tests"]}, f"compose.yaml: profiles are {got}"


def test_the_records_wait_for_postgres_where_it_runs(services: dict[str, Spec]) -> None:
    got = services["records"]["depends_on"]["postgres"]
    wanted = {"condition": "service_healthy", "required": False}
    assert got == wanted, f"compose.yaml: records.depends_on has {got} for postgres instead of {wanted}"


def test_only_the_script_of_the_suites_names_their_postgres(services: dict[str, Spec]) -> None:
    assert "tests-postgres" not in services["tests"]["depends_on"], "compose.yaml: tests would wait for tests-postgres"
    assert "TEST_POSTGRES_URL" not in services["tests"]["environment"], "compose.yaml: tests would look for Postgres"
    named = {path: re.findall(r"TEST_POSTGRES_URL=(\S+@tests-postgres/\S+)", text(path)) for path in scripts()}
    naming = {path: urls for path, urls in named.items() if urls}
    want = ["postgresql://lab:lab@tests-postgres/lab"]
    assert naming == {"scripts/test": want}, f"{naming} name the suite's Postgres"


def test_postgres_is_described() -> None:
    lines = re.findall(r"DATABASE_URL=(postgres\S+)", text(".env.example"))
    assert lines == [POSTGRES], f".env.example: tells {lines} instead of DATABASE_URL={POSTGRES}"
