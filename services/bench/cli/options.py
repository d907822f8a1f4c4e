"""An experiment's parameters as options of the command line, made from the models that validate them."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import click
from annotated_types import Ge, Gt, Le
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from bench.cli.text import shorten
from contender.workload import Choice, Parameter
from experiments.schema.experiment import Experiment, Shorthand
from experiments.schema.masked import mask
from experiments.schema.workloads import METHODS, PARAMETERS, PARTS, REQUEST, TITLES, WORKLOAD, Part

SHORT = {"requests": "-n"}
SHOWN = 100  # characters of a wrong value
OPTION = {"headers": "header"}  # of a parameter that is not called as its option


class Points(click.ParamType[list[int]]):
    """Whole numbers with commas between them: 1,2,4,8."""

    name = "points"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        if isinstance(value, list):
            return value
        if not re.fullmatch(r"[0-9]+(,[0-9]+)*", value):
            self.fail(f"{value!r} is not a list of integers; separate them with commas: 1,2,4,8.", param, ctx)
        return [int(each) for each in value.split(",")]


def options(experiment: Experiment) -> list[click.Option]:
    """Those of the experiment itself, then the workload and its parameters."""
    hidden = not experiment.model.sends_workload
    own = {name: field for name, field in experiment.model.model_fields.items() if name not in ("workload", "direct")}
    last = own.pop("workers")
    if last.annotation is not type(None):
        own["workers"] = last
    return [
        *(_option(name, field) for name, field in own.items()),
        click.Option(
            ["--workload"],
            type=click.Choice([name for name in PARAMETERS if name != REQUEST or experiment.model.sends_request]),
            help=f"What each request does.  [default: {WORKLOAD}]",
            hidden=hidden,
        ),
        *_workload_options(hidden=hidden),
        *(_request_options() if experiment.model.sends_request else []),
        *map(_shorthand, experiment.shorthands),
    ]


class Body(click.ParamType[str]):
    """A text, or with @ before it the file that has it."""

    name = "text|@file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not str(value).startswith("@"):
            return str(value)
        try:
            return Path(value[1:]).read_text("utf-8") if value != "@-" else sys.stdin.read()
        except (OSError, UnicodeDecodeError) as error:
            self.fail(
                f"{value}: {error}. The bench container cannot read your files: use --body @- < FILE",
                param,
                ctx,
            )


def _request_options() -> list[click.Option]:
    """Of a request of the user's own; one of them is enough to mean that workload."""
    return [
        click.Option(
            ["--path"], help=f"Custom request: {_description('path')} Sets --workload {REQUEST}.  [default: /]"
        ),
        click.Option(["--method"], type=click.Choice(METHODS), help="Request method.  [default: GET]"),
        click.Option(["--header", "headers"], multiple=True, help="Request header 'Name: value'; repeatable."),
        click.Option(["--body"], type=Body(), help="Request body: text, or @- to read from stdin."),
        click.Option(
            ["--expect"], type=click.INT, metavar="N", help=f"{_description('expect')}  [default: 200; 200-599]"
        ),
        click.Option(["--at-root"], is_flag=True, default=None, help=_description("at_root")),
    ]


def _description(name: str) -> str:
    return next(each.description for each in PARTS if each.name == name)


def _shorthand(each: Shorthand) -> click.Option:
    if each.flag:
        return click.Option([each.option], is_flag=True, help=each.description)
    return click.Option([each.option], type=click.FLOAT, metavar="MS", help=each.description)


def _option(name: str, field: FieldInfo) -> click.Option:
    names = [f"--{name.replace('_', '-')}", *([SHORT[name]] if name in SHORT else [])]
    default = ",".join(map(str, field.default)) if isinstance(field.default, list) else field.default
    title = f"{field.title}. {field.description or ''}".strip()
    facts = [*([] if default is None else [f"default: {default}"]), *_range(field)]
    shown = f"{title}  [{'; '.join(facts)}]" if facts else title
    if field.annotation is bool:
        return click.Option([*names, name], is_flag=True, help=shown)
    kind = _kind(field.annotation)
    metavar = None if isinstance(kind, click.Choice) else METAVARS.get(type(kind), "NUMBER")
    return click.Option([*names, name], type=kind, metavar=metavar, help=shown)


METAVARS: dict[type, str] = {Points: "N,N,...", click.types.IntParamType: "N"}


def _range(field: FieldInfo) -> list[str]:
    """Of a number, or of each number of a list."""
    limits = [*field.metadata, *_limits(field.annotation)]
    low = next((each.ge if isinstance(each, Ge) else each.gt for each in limits if isinstance(each, (Ge, Gt))), None)
    high = next((each.le for each in limits if isinstance(each, Le)), None)
    if high is None:
        return []
    above = "above " if any(isinstance(each, Gt) for each in limits) else ""
    return [f"{above}{low}-{high}"]


def _limits(annotation: Any) -> list[Any]:
    """Of what an annotation is made of: `Annotated[int, Field(ge=1)] | None`, `list[Annotated[...]]`."""
    found: list[Any] = []
    for each in get_args(annotation):
        found += each.metadata if isinstance(each, FieldInfo) else _limits(each)
    return found


def _kind(annotation: Any) -> Any:
    if type(None) in get_args(annotation):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        return click.Choice(get_args(annotation))
    if get_origin(annotation) is list:
        return Points()
    return click.INT if annotation is int else click.FLOAT


def _workload_options(*, hidden: bool) -> list[click.Option]:
    """Each name once, though several workloads may have it, each with a default and a range of its own."""
    used: dict[str, dict[str, Parameter | Choice]] = {}
    for workload, parameters in PARAMETERS.items():
        for each in (each for each in parameters if not isinstance(each, Part)):
            used.setdefault(each.name, {})[workload] = each
    return [_parameter_option(name, by_workload, hidden=hidden) for name, by_workload in used.items()]


def _parameter_option(name: str, by_workload: dict[str, Parameter | Choice], *, hidden: bool) -> click.Option:
    of = ", ".join(f"{workload} {each.default or 0}{_bounds(each)}" for workload, each in by_workload.items())
    kind: click.ParamType[Any] = click.FLOAT
    metavar: str | None = "NUMBER"
    match next(iter(by_workload.values())):
        case Choice(choices=choices, default=None):
            kind, metavar, of = click.Choice(choices), None, f"{', '.join(by_workload)} {choices[0]}"
        case Parameter(whole=True):
            kind, metavar = click.INT, "N"
    flag = f"--{name.replace('_', '-')}"
    return click.Option([flag, name], type=kind, metavar=metavar, help=f"{TITLES[name]}.  [{of}]", hidden=hidden)


def _bounds(parameter: Parameter | Choice) -> str:
    return f" ({parameter.low}-{parameter.high})" if isinstance(parameter, Parameter) else ""


def read(experiment: Experiment, raw: dict[str, Any]) -> dict[str, Any]:
    """The parameters, complete; raises click.UsageError naming the option, the value and the range."""
    raw = dict(raw)
    raw["headers"] = list(raw.get("headers") or ()) or None  # click has an empty tuple for none
    if raw.get("workload") is None and any(raw.get(each.name) is not None for each in PARTS):
        raw["workload"] = REQUEST
    if experiment.in_full is not None:
        try:
            raw = experiment.in_full(raw)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    params = {name: value for name, value in raw.items() if value is not None}
    try:
        return experiment.complete(params)
    except ValidationError as error:
        raise click.UsageError("\n".join(_mistake(each, params) for each in error.errors(include_url=False))) from None


def _mistake(error: Any, params: dict[str, Any]) -> str:
    name = next((str(part) for part in error["loc"] if part in params), "")
    option = f"--{OPTION.get(name, name.replace('_', '-'))}"
    if error["type"] == "extra_forbidden":
        workload = params.get("workload", WORKLOAD)
        known = (
            ", ".join(f"--{OPTION.get(each.name, each.name.replace('_', '-'))}" for each in PARAMETERS[workload])
            or "none"
        )
        return f"{option}: workload {workload} has no such parameter; it has {known}."
    if name == "headers":  # the message names the one that is wrong; the others may have secrets
        return f"{option}: {error['msg']}."
    shown = repr(mask({name: error["input"]})[name])
    return f"{option}: {error['msg']}; got {shorten(shown, SHOWN)}."
