"""``selftaught tasks``: the tasks that come with the package."""

from __future__ import annotations

from selftaught.cli.options import command
from selftaught.cli.output import console, emit, table


@command("tasks", "the built-in tasks")
def tasks(as_json: bool) -> None:
    """List the built-in tasks. A task is a folder; `selftaught new` makes one of your own.

    For example:
      selftaught run --task lpn
    """
    from selftaught.task import Task, built_in_names

    found = [Task.find(name) for name in built_in_names()]
    if as_json:
        emit(
            [
                {
                    "name": task.name,
                    "summary": task.summary,
                    "entry": task.entry,
                    "splits": task.sizes,
                    "fixed": task.fixed,
                    "folder": str(task.folder),
                }
                for task in found
            ]
        )
    else:
        console().print(table(["task", "function", "what"], [[t.name, t.entry, t.summary] for t in found]))
