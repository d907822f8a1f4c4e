"""Every script says what it does, stops at the first failure, can be run, and is listed."""

import re

import pytest

from tests.contract import project
from tests.contract.project import text


def test_a_script_says_what_it_does(subtests: pytest.Subtests) -> None:
    for script in project.scripts():
        with subtests.test(script):
            shebang, purpose = text(script).splitlines()[:2]
            assert shebang == "#!/usr/bin/env bash", f"{script}: begins with {shebang!r} instead of #!/usr/bin/env bash"
            assert re.match(r"# [A-Z][\w-]+ \w", purpose), (
                f"{script}: its second line is no comment that says what it does"
            )


def test_a_script_stops_at_the_first_failure(subtests: pytest.Subtests) -> None:
    for script in project.scripts():
        with subtests.test(script):
            assert "\nset -euo pipefail\n" in text(script), f"{script}: no `set -euo pipefail`"


def test_a_script_works_from_anywhere(subtests: pytest.Subtests) -> None:
    for script in project.scripts():
        with subtests.test(script):
            begins = '\nset -euo pipefail\n. "$(dirname "$(realpath "$0")")/checkout.sh"\n'
            assert begins in text(script), f"{script}: does not begin with checkout.sh"


def test_a_script_is_listed(subtests: pytest.Subtests) -> None:
    for script in (path for path in project.files() if re.fullmatch(r"scripts/[\w-]+(\.sh)?", path)):
        with subtests.test(script):
            name = script.removeprefix("scripts/")
            listed = re.search(rf"^[-*|] *\W*(scripts/)?{name}\b", text("scripts/README.md"), re.MULTILINE)
            assert listed, f"scripts/README.md: no line of a list or table begins with {name}"
