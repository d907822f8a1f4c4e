"""What a failure needs: a line of the tool or the interpreter that failed, and the option that helps."""

import re
from collections.abc import Iterable

# Libraries that a package loads when it is imported, and Debian's packages that have them.
LIBRARIES = {
    "libGL": "libgl1",
    "libEGL": "libegl1",
    "libglib-2.0": "libglib2.0-0",
    "libgobject-2.0": "libglib2.0-0",
    "libpango": "libpango-1.0-0",
    "libcairo": "libcairo2",
    "libgomp": "libgomp1",
    "libpq": "libpq5",
    "libmariadb": "libmariadb3",
    "libmysqlclient": "libmariadb3",
    "libmagic": "libmagic1",
    "libodbc": "unixodbc",
    "libsndfile": "libsndfile1",
    "libxml2": "libxml2",
    "libxslt": "libxslt1.1",
    "libldap": "libldap2",
    "libgdal": "gdal-bin",
    "GDAL": "gdal-bin",
    "libgeos_c": "libgeos-c1v5",
    "libvips": "libvips42",
    "libzbar": "libzbar0",
    "libtesseract": "tesseract-ocr",
    "libffi": "libffi8",
    "libjpeg": "libjpeg62-turbo",
}

# What the end of a failed installation holds, and the sentence for it, in which {0} is what was captured; the first
# that matches.
_INSTALLATION: tuple[tuple[str, str], ...] = (
    (r"Git executable not found", "a requirement is a git address, and the image has no git: --apt git"),
    (
        r"pg_config executable not found",
        "psycopg2 is compiled here: --apt gcc --apt libpq-dev --apt python3-dev, or require psycopg2-binary",
    ),
    (
        r"(?:Can not find valid pkg-config name|mysql_config)",
        "mysqlclient is compiled here: --apt gcc --apt pkg-config --apt default-libmysqlclient-dev --apt python3-dev",
    ),
    (r"fatal error: Python\.h", "a package is compiled here: --apt gcc --apt python3-dev"),
    (
        r"fatal error: (\S+\.h)",
        "a package is compiled here, and {0} is missing: --apt with Debian's package that has it (often lib...-dev)",
    ),
    (
        (
            r"command '\S*(?:cc|\+\+|clang)\S*' failed|unable to execute '\S*cc|linker `cc` not found|unknown compiler"
            r"|No such file or directory: '\S*gcc'"
        ),
        "a package is compiled here, and the image has no compiler: --apt gcc --apt g++ --apt python3-dev",
    ),
    (
        r"(?:can't find Rust compiler|[Cc]argo, the Rust package manager, is not installed|rustc|maturin)",
        "a package is compiled here by Rust: --apt cargo --apt gcc",
    ),
    (
        r"because (\S+) was not found in the package registry",
        (
            "{0} is not in the package index: is it spelled so? A private index is read from UV_INDEX,"
            " UV_DEFAULT_INDEX, PIP_INDEX_URL or PIP_EXTRA_INDEX_URL, its password from ~/.netrc"
        ),
    ),
    (
        r"(401 Unauthorized|403 Forbidden)",
        "the package index responds with {0}: its password is read from ~/.netrc, or from UV_INDEX or PIP_INDEX_URL",
    ),
    (
        r"(\S+) has no wheels with a matching Python",
        "{0} has no wheel for the lab's Python: require a release that has one",
    ),
    (
        r"(?:does not satisfy|incompatible with) Python\s?(\S+)",
        "a requirement excludes the lab's Python ({0}): require a release that takes it",
    ),
    (r"there is no version of (\S+)", "there is no release {0}"),
    (
        r"Hash mismatch for `?([^`\s]+)",
        "the hash of {0} is another than in the file: it was made for other files, or the index serves others",
    ),
    (
        r"(?:dns error|failed to lookup address|Connection refused|tcp connect error|timed out)",
        "the package index could not be reached: is there a network?",
    ),
    (
        r"Unable to determine which files to ship",
        "the project cannot be built: no folder is named like it; name its own in [tool.hatch.build.targets.wheel]",
    ),
    (
        r"Multiple top-level packages discovered",
        "the project cannot be built: setuptools finds several packages at its top; name them in [tool.setuptools]",
    ),
    (
        r"unable to detect version for|Error getting the version from source|LookupError: Error getting",
        "the project's version comes from git, and there is no tag that could be read",
    ),
)


def of_installation(output: str) -> str:
    """One sentence, then uv's own reason where the sentence does not hold it."""
    for pattern, sentence in _INSTALLATION:
        if found := re.search(pattern, output, re.IGNORECASE):
            captured = [each.rstrip(".,:`'") for each in found.groups() if each]
            return f"{sentence.format(*captured)}\n{_reasons(output)}".rstrip()
    return f"the requirements could not be installed.\n{_reasons(output)}".rstrip()


def _reasons(output: str) -> str:
    """uv's `error:` and `cause:` lines; of a build the last line of its traceback."""
    lines = [re.sub(r" @ file:///\S+", "", line.strip()) for line in output.splitlines()]
    causes = [line for line in lines if re.match(r"(error|cause)", line)]
    ends = [line for line in lines if re.match(r"\w*(Error|Exception)\b.*:", line)]
    return "\n".join(f"  {line}" for line in (*causes[:3], *ends[-1:])) or "\n".join(f"  {line}" for line in lines[-8:])


# --- importing --------------------------------------------------------------------------------------------


_MISSING_LIBRARY = "cannot open shared object|cannot load library|Could not find the GDAL|failed to find lib"


def library(text: str) -> str | None:
    """For a system library that is missing."""
    shared = re.search(r"\b((?:lib[\w+.-]+?|GDAL)(?=\.so|-\d|'|:| |$))", text)
    if shared is None or not re.search(_MISSING_LIBRARY, text):
        return None
    name = next((package for start, package in LIBRARIES.items() if shared[1].startswith(start)), None)
    return f"--apt {name}" if name else "--apt with Debian's package that has it (packages.debian.org searches by file)"


def variables(text: str) -> list[str]:
    """Names of environment variables in an error's text."""
    return sorted(set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", text)))


def environment(names: Iterable[str]) -> str:
    return " ".join(f"--env {name}=..." for name in names)
