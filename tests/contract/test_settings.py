""".env.example describes every setting that compose.yaml and the scripts read, with its default, and no other."""

import re

from tests.contract.project import compose_defaults, script_defaults, text

FILE = ".env.example"


def defaults() -> dict[str, set[str]]:
    """Variable to the defaults that compose.yaml and the scripts give it."""
    found = compose_defaults()
    for name, values in script_defaults().items():
        found[name] = found.get(name, set()) | values
    by_scripts = ("OWN_", "SLOT_")  # scripts/try and scripts/ab set those
    return {name: values for name, values in found.items() if not name.startswith(by_scripts)}


def described() -> dict[str, str]:
    """Variable to the value that .env.example shows, commented out or not."""
    return dict(re.findall(r"^#?([A-Z][A-Z_]*)=(.*)$", text(FILE), re.MULTILINE))


def test_a_setting_has_one_default() -> None:
    several = {name: sorted(values) for name, values in defaults().items() if len(values) > 1}
    assert not several, f"compose.yaml, scripts/: a setting with more than one default: {several}"


def test_every_setting_is_described() -> None:
    missing = sorted(defaults().keys() - described().keys())
    assert not missing, f"{FILE}: no {', '.join(missing)}, which compose.yaml or a script reads"


def test_every_described_setting_is_read() -> None:
    unknown = sorted(described().keys() - defaults().keys())
    assert not unknown, f"{FILE}: {', '.join(unknown)} is read neither by compose.yaml nor by a script"


def test_the_described_value_is_the_default() -> None:
    shown, real = described(), defaults()
    differ = {name: (value, *real[name]) for name, value in shown.items() if value not in real.get(name, {value})}
    assert not differ, f"{FILE}: not the default of compose.yaml or the scripts (shown, real): {differ}"


def test_a_setting_is_commented_out_below_its_reason() -> None:
    lines = text(FILE).splitlines()
    pairs = [(above, line) for above, line in zip(["", *lines], lines, strict=False) if re.match(r"#?[A-Z_]+=", line)]
    wrong = [line for above, line in pairs if not line.startswith("#") or not above.startswith("# ")]
    assert not wrong, f"{FILE}: {', '.join(wrong)}: comment it out (#NAME=value), below a line that gives the reason"
