"""The version of a project that takes it from git, which the image has not: what `git describe` printed, as PEP 440."""

import re

# Every tool that reads a version from git has a variable that replaces it.
VARIABLES = (
    "SETUPTOOLS_SCM_PRETEND_VERSION",
    "PDM_BUILD_SCM_VERSION",
    "POETRY_DYNAMIC_VERSIONING_BYPASS",
    "UV_DYNAMIC_VERSIONING_BYPASS",
)
_DESCRIBED = re.compile(r"\D*?(?P<release>\d+(?:\.\d+)*)(?P<pre>\S*?)(?:-(?P<commits>\d+)-g(?P<commit>[0-9a-f]+))?$")


def from_describe(text: str) -> str:
    """v1.2.3 is 1.2.3; v1.2.3-4-gabc1234 is 1.2.4.dev4+gabc1234, as setuptools-scm has it; no tag is 0.0.0."""
    found = _DESCRIBED.match(text)
    if not found or re.fullmatch(r"[0-9a-f]{7,40}", text):
        return f"0.0.0+g{text}" if text else "0.0.0"
    if not found["commits"] or found["commits"] == "0":
        return found["release"] + found["pre"].replace("-", "")
    *head, last = found["release"].split(".")
    return f"{'.'.join([*head, str(int(last) + 1)])}.dev{found['commits']}+g{found['commit']}"
