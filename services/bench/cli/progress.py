"""What a person sees of a run while it is measured; it keeps rows and notices for the table at the end."""

import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.messages import Listener, RowMeasured, StageBegan
from bench.notices import MachineSeen, Notice
from bench.runner.recorder import Progress as Stages
from bench.stats.fitness import sentences

FRAME = 0.1  # seconds between two pictures, as Rich has it


class View(Listener):
    """Live on standard error, so that standard output has the result and nothing else."""

    def __init__(self, title: str, console: Console) -> None:
        self.rows: list[dict[str, Any]] = []
        self.notices: list[Notice] = []
        self._stages = Stages()
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
        times = (TimeElapsedColumn(), TextColumn("ETA"), TimeRemainingColumn())
        # Drawn at its turns: the process that measures is forked from this one, which must have no other thread then.
        self._progress = Progress(*columns, *times, console=console, transient=True, auto_refresh=False)
        self._drawn = 0.0
        self._title = title
        self._task = self._progress.add_task(title, total=1)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def on_sample(self, sample: RowMeasured) -> None:
        self.rows.append(sample.row)

    def on_notice(self, notice: Notice) -> None:
        self.notices.append(notice)
        if isinstance(notice, MachineSeen):  # before anything is measured: there is time to stop it
            for sentence in sentences(notice):
                self._progress.console.print(sentence, style="dim" if notice.fit else "yellow", soft_wrap=True)

    def began(self, stage: StageBegan) -> None:
        self._stages.begin(stage)
        self._progress.update(self._task, description=f"{self._title} {stage.what}")

    def turn(self) -> None:
        """They come with every message: some are not worth a picture."""
        if time.monotonic() - self._drawn < FRAME:
            return
        self._drawn = time.monotonic()
        self._progress.update(self._task, completed=self._stages.now(), refresh=True)
