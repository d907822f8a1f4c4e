"""A run as one HTML page that needs nothing else: what it sent, what came of it, the picture, and how it was made."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from bench.cli.picture import png
from bench.cli.tables import parts
from bench.experiments.registry import scenario
from bench.notices import Notice
from bench.views.parts import Line, Part, Table
from experiments.registry import EXPERIMENTS, label
from experiments.schema.workloads import REQUEST, TITLES

# No script, no font, nothing from elsewhere. The picture is drawn on white, whatever the page is on.
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
img { max-width: 100%; background: #fff }
figure { margin: 1.5rem 0 } figcaption { opacity: 0.8 }
div.wide { overflow-x: auto }
table { border-collapse: collapse; margin: 1rem 0; font-size: 0.9rem; white-space: nowrap }
th, td { padding: 0.25rem 0.75rem; border-bottom: 1px solid #8888; text-align: right }
th:first-child, td:first-child { text-align: left }
table.facts { white-space: normal } table.facts td { text-align: left }
pre, code { font-family: ui-monospace, monospace; white-space: pre-wrap }
"""


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>"""


def page(run: dict[str, Any], rows: Sequence[Any], notices: Sequence[Notice]) -> str:
    """`run` and its results as the records have them; one that measured nothing has no picture."""
    title = f"{EXPERIMENTS[run['experiment']].title}: {label(run['experiment'], run['params'])}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(', '.join(run['contenders']))} &middot; {escape(run['created'][:16].replace('T', ' '))} UTC</p>",
        *_note(run),
        *_highlight(run, rows),
        *(_picture(run, rows, title) if rows else ("<p>No results.</p>",)),
        *map(_part, parts(run["experiment"], rows, notices) if rows else ()),
        "<h2>Run details</h2>",
        _facts({TITLES.get(name, name): value for name, value in run["params"].items() if value not in ([], REQUEST)}),
        *_environment(run["environment"] or {}),
    ]
    return _PAGE.format(title=escape(title), style=_STYLE, body="\n".join(body))


def _note(run: dict[str, Any]) -> Iterable[str]:
    if run["note"]:
        yield f"<p>{escape(run['note'])}</p>"
    if run["state"] != "done":
        yield f"<p><strong>This run is {escape(run['state'])}. {escape(run['error'] or '')}</strong></p>"


def _highlight(run: dict[str, Any], rows: Sequence[Any]) -> Iterable[str]:
    highlight = scenario(run["experiment"]).highlight
    if highlight is not None:
        sentence, command = highlight(run["params"], rows)
        yield f"<p><strong>{escape(sentence)}</strong></p>"
        if command:
            yield f"<pre>{escape(command)}</pre>"


def _picture(run: dict[str, Any], rows: Sequence[Any], title: str) -> Iterable[str]:
    data = b64encode(png(run, rows)).decode()
    yield f'<figure><img alt="{escape(title)}" src="data:image/png;base64,{data}"></figure>'


def _part(part: Part) -> str:
    if isinstance(part, Line):
        return f"<p>{escape(part.text)}</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in part.head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>\n" for line in part.lines)
    return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>'


def _environment(environment: dict[str, Any]) -> Iterable[str]:
    """The machine, then a line a contender; how noisy it was stands above."""
    described = environment.get("contenders", {})
    yield _facts({name: value for name, value in environment.items() if name not in ("contenders", "noise")})
    names = list(dict.fromkeys(name for each in described.values() for name in each))
    table = Table(("contender", *names))
    for contender, each in described.items():
        table.add(contender, *(_plain(each.get(name)) for name in names))
    yield _part(table) if described else ""


def _facts(facts: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(_plain(value))}</td></tr>\n" for name, value in _flat(facts)
    )
    return f'<table class="facts">\n{rows}</table>'


def _flat(facts: dict[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{name} ")
        else:
            yield f"{above}{name}", value


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={each}" for name, each in value.items()) or "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else "-" if value is None else str(value)
