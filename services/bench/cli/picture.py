"""The results as a PNG, drawn as their experiment has it."""

import io
import os
import textwrap
from collections.abc import Sequence
from typing import Any

os.environ.setdefault(
    "MPLCONFIGDIR", "/tmp/matplotlib"
)  # it writes a cache of fonts; the root file system is read-only

import matplotlib

matplotlib.use("agg")  # no screen

from matplotlib.figure import Figure

from bench.experiments.registry import scenario
from bench.notices import Notice, Summary, of
from experiments.registry import label

COLUMNS = 110  # letters of the title in that width


def png(run: dict[str, Any], rows: Sequence[Any], notices: Sequence[Notice] = ()) -> bytes:
    """`notices` have the sentences of a run that came to its end."""
    figure = draw(run["experiment"], rows)
    figure.suptitle(_title(run, notices), x=0.01, ha="left", fontsize=11)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120)
    return file.getvalue()


def draw(experiment: str, rows: Sequence[Any]) -> Figure:
    figure = Figure(layout="constrained")
    scenario(experiment).draw(figure, rows)
    return figure


def _title(run: dict[str, Any], notices: Sequence[Notice]) -> str:
    what = label(run["experiment"], run["params"])
    sentences = " ".join(sentence for each in of(Summary, notices)[-1:] for sentence in each.sentences)
    return "\n".join([f"{run['experiment']}: {what}, {run['created'][:10]}", *textwrap.wrap(sentences, COLUMNS)])
