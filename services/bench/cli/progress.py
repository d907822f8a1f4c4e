"""What a person sees of a run while it is measured, and all that was told of it, for the table at its end."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.messages import Began, Message, Noticed, Row, Sampled
from bench.runner.recorder import Progress as Stretches


class View:
    """Live on standard error, so that standard output has the result and nothing else."""

    def __init__(self, title: str, console: Console) -> None:
        self.rows: list[Row] = []
        self.notices: list[Noticed] = []
        self._stretches = Stretches()
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
        self._progress = Progress(*columns, *times, console=console, transient=True)
        self._title = title
        self._task = self._progress.add_task(title, total=1)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, message: Message | None) -> None:
        if isinstance(message, Sampled):
            self.rows.append(message.row)
        elif isinstance(message, Noticed):
            self.notices.append(message)
        elif isinstance(message, Began):
            self._stretches.begin(message)
            self._progress.update(self._task, description=f"{self._title} {message.what}")
        self._progress.update(self._task, completed=self._stretches.now())
