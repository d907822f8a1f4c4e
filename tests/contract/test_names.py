"""Names say what a thing is or what it does: participles of saying and demonstratives do neither."""

import re
import tokenize
from functools import cache
from pathlib import Path

from tests.contract.project import ROOT

VAGUE = {"told", "asked", "said", "heard", "given", "those", "around"}
LONGEST_TEST_NAME = 80  # characters
DECLARED = re.compile(r"\b(?:const|let|function|class)\s+\{?\[?\s*(\w+)")
FUNCTION = re.compile(
    r"\bfunction\*?\s+(\w+)|\bconst\s+(\w+)\s*=\s*(?:async\s*)?(?:\((?:[^()]|\([^()]*\))*\)|\w+)\s*=>"
)
# `isFinished` and `whileDisabled` begin with what they do, or with what they return.
PARTICIPLE = re.compile(r"(?!is|while)[a-z]+ed|told|said|shown|drawn|kept|gone|begun|made|chosen|known|written")


@cache  # both tests look at all of them
def names_in_python() -> list[tuple[str, str]]:
    found = []
    for path in (*ROOT.glob("services/**/*.py"), *ROOT.glob("tests/**/*.py")):
        with path.open("rb") as file:
            tokens = [token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.NAME]
        of_others = {"given"} if "hypothesis" in tokens else set()
        found += [(str(path.relative_to(ROOT)), name) for name in set(tokens) - of_others]
    return found


def modules() -> list[Path]:
    return [path for path in ROOT.glob("nginx/html/**/*.js") if "lib" not in path.parts]


def names_in_javascript() -> list[tuple[str, str]]:
    return [(str(path.relative_to(ROOT)), name) for path in modules() for name in DECLARED.findall(path.read_text())]


def test_no_function_of_the_page_is_a_participle() -> None:
    pairs = [(path.name, pair) for path in modules() for pair in FUNCTION.findall(path.read_text())]
    functions = [(module, name) for module, pair in pairs for name in pair if name]
    assert len(functions) > 300, "wanted the functions of nginx/html"
    found = [f"{path}: {name}" for path, name in functions if PARTICIPLE.fullmatch(name)]
    assert not found, "name what it does (parseTags) or what it returns (labels):\n" + "\n".join(found)


def test_no_name_is_a_participle_of_saying_or_a_demonstrative() -> None:
    python, javascript = names_in_python(), names_in_javascript()
    assert min(len(python), len(javascript)) > 1_000, "wanted the project's names"
    vague = [f"{path}: {name}" for path, name in (*python, *javascript) if name.strip("_") in VAGUE]
    assert not vague, "name what it is (response, output, message, params, names):\n" + "\n".join(vague)


def test_the_name_of_a_test_is_a_sentence_that_fits_a_line() -> None:
    long = [name for _, name in names_in_python() if name.startswith("test_") and len(name) > LONGEST_TEST_NAME]
    assert not long, long
