"""Run a study: fix its plan, do its work in one run, write its report."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import selftaught
from selftaught.api import (
    Options,
    Told,
    complete,
    find_improver,
    find_run,
    opened,
    reading,
    recorded_options,
    status_kept,
    texts_of,
    write_whole,
)
from selftaught.errors import InputError, LimitReached
from selftaught.program import Program
from selftaught.run import Run
from selftaught.safety.recheck import watch
from selftaught.stop import ADOPT
from selftaught.studies import HOMES, find_study
from selftaught.studies.given import Given, named
from selftaught.studies.rendering import as_json, write
from selftaught.studies.study import Report, Settings, Study
from selftaught.task import Task


@dataclass(frozen=True)
class Studied:
    """What a study came to. ``report`` is None where a limit ended it first; ``written`` are its files."""

    study: Study
    plan: dict[str, Any]
    folder: Path
    status: str
    spent: dict[str, Any]
    report: Report | None
    written: tuple[Path, ...]
    audit: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The document of ``study --json``."""
        return {
            "study": self.study.name,
            "status": self.status,
            "run": self.folder.name,
            "folder": str(self.folder),
            "plan": self.plan,
            "spent": self.spent,
            "report": None if self.report is None else as_json(self.report),
            "files": [path.name for path in self.written],
            "audit": self.audit,
        }


def known_study(name: str) -> Study:
    """The study of this name; raises :class:`InputError` with the names there are."""
    if name not in HOMES:
        from difflib import get_close_matches

        near = get_close_matches(name, HOMES, n=1)
        mend = f"did you mean {near[0]}?" if near else f"there are {', '.join(HOMES)}"
        raise InputError(f"there is no study {name!r}: {mend}")
    return find_study(name)


def settings_of(
    study: Study,
    *,
    tasks: Sequence[Task] = (),
    replicates: int | None = None,
    iterations: int | None = None,
    repeats: int | None = None,
    adopt: str | None = None,
    improvers: Sequence[Program | Given] = (),
    models: int = 1,
) -> Settings:
    """A study's settings: what is given, and its own defaults.

    Raises
    ------
    InputError
        if something is given for which the study has no use, or an improver is lacking
    """
    of = study.defaults
    for name, given, default in (
        ("iterations", iterations, of.iterations), ("repeats", repeats, of.repeats), ("adopt", adopt, of.adopt),
        ("improver", improvers or None, of.improvers or None),
    ):  # fmt: skip
        if given is not None and default is None:
            raise InputError(f"--{name} has no meaning in the study {study.name}: leave it out")
    if adopt is not None and adopt not in ADOPT:
        raise InputError(f"adopt must be one of {', '.join(ADOPT)} but got {adopt!r}")
    chosen = tuple(tasks) or tuple(Task.find(name) for name in of.tasks)
    names = [task.name for task in chosen]
    if len(set(names)) < len(names):
        raise InputError(f"two tasks have one name, of {', '.join(names)}: give each once")
    given = named(improvers)
    return Settings(
        chosen,
        of.replicates if replicates is None else replicates,
        iterations or of.iterations or 1,
        repeats or of.repeats or 1,
        adopt or of.adopt or "not-worse",
        find_improver("seed"),
        tuple(each.program for each in given),
        models,
        tuple(each.name for each in given),
        tuple(each.made_on for each in given),
    )


def run_study(
    study: Study,
    settings: Settings,
    options: Options,
    told: Told | None = None,
    resumed: Path | None = None,
) -> Studied:
    """Do it, or go on with it in the folder ``resumed``."""
    return complete(_run(study, settings, options, told, resumed))


@dataclass(frozen=True)
class Begun:
    """A study that was begun, from its ledger."""

    study: Study
    settings: Settings
    options: Options
    folder: Path


def begun(run: str, runs: Path) -> Begun:
    """What a study was begun with; raises :class:`InputError` where one of its tasks has changed."""
    folder = find_run(run, runs)
    with reading(folder, "study") as ledger:
        kept, files = ledger.fact("settings"), ledger.tasks()
        where = ledger.fact("given")["tasks"]
        if None in where:
            raise InputError(f"{folder}: a task of it was made in Python: it cannot be resumed from here")
        tasks = tuple(Task.find(each) for each in where)
        for task in tasks:
            now = texts_of(task)
            if changed := [file for file in now if now[file] != files[task.name].get(file)]:
                raise InputError(
                    f"{task.folder}/{changed[0]} is not what {folder} was begun with: put it back, or begin anew"
                )
        programs = ledger.fact("improvers")
        settings = Settings(
            tasks, kept["replicates"], kept["iterations"], kept["repeats"], kept["adopt"],
            Program(programs[0]), tuple(map(Program, programs[1:])), names=tuple(kept["names"]),
            made_on=tuple(map(tuple, kept["made_on"])),
        )  # fmt: skip
        return Begun(find_study(ledger.fact("study")), settings, recorded_options(ledger, runs), folder)


async def _run(
    study: Study, settings: Settings, options: Options, told: Told | None, resumed: Path | None
) -> Studied:
    facts: dict[str, Any] = {}
    if resumed is None:
        facts = {
            "study": study.name,
            "settings": settings.to_json(),
            "improvers": [each.text for each in (settings.seed_improver, *settings.improvers)],
            "tasks": [task.name for task in settings.tasks],
        }
    async with opened(options, "study", told, facts, settings.tasks, resumed) as run:
        folder, report = run.ledger.folder, None
        written: tuple[Path, ...] = ()
        settings = replace(settings, models=len(run.models))
        plan = study.plan(settings, _made_with(run, settings))
        known = run.ledger.fact("plan")
        if known is not None and known != plan:
            raise InputError(
                f"{folder}: its plan was another, of a version of the study that is not this one"
            )
        run.ledger.state("plan", plan)
        write_whole(folder / "plan.json", json.dumps(plan, indent=1) + "\n")
        parts = study.parts(settings)
        run.told("study", {"plan": plan, "parts": parts})
        with suppress(LimitReached), status_kept(run):
            tasks = tuple([await run.prepare(task) for task in settings.tasks])
            rows = await study.work(
                run, replace(settings, tasks=tasks), lambda: run.told("part", {"parts": parts})
            )
            run.meter.check()
            if study.rechecked:
                await watch(run, tasks)
            write_whole(folder / "rows.json", json.dumps(rows, indent=0) + "\n")
            report = study.report(settings, rows)
            report = replace(report, words=(*report.words, *_drawn_from(tasks)))
            written = (
                folder / "plan.json",
                folder / "rows.json",
                *await asyncio.to_thread(write, report, folder, plan),
            )
        status, spent = run.ledger.fact("status"), run.ledger.spent().to_json()
        if report is None:
            run.told("limit", {"reached": run.meter.reached})
        head = run.ledger.fact("audit")
        return Studied(study, plan, folder, status, spent, report, tuple(written), head)


def _made_with(run: Run, settings: Settings) -> dict[str, Any]:
    """What a plan says of a run: all that its results depend on, but for the settings."""
    return {
        "contents": {task.name: _fingerprint(task) for task in settings.tasks},
        "version": selftaught.__version__,
        "isolation": run.engine.isolation,
        "budget": asdict(run.budget),
        "seed": run.seed,
        "models": [each.name for each in run.models],
        "meta_models": [each.name for each in run.meta_models],
    }


def _fingerprint(task: Task) -> str:
    """Of all of a task's files."""
    return blake2b(json.dumps(texts_of(task), sort_keys=True).encode(), digest_size=8).hexdigest()


def _drawn_from(tasks: Sequence[Task]) -> list[str]:
    """What may not be claimed of tasks whose instances are not made anew."""
    words = []
    for task in tasks:
        if task.fixed:
            words.append(
                f"{task.name}: one instance, so its splits coincide, and nothing is claimed of a test: what differs "
                "between runs is what the model answered."
            )
        elif task.available is not None:
            counts = ", ".join(f"{count} to {split}" for split, count in task.available.items())
            words.append(
                f"{task.name}: instances are drawn from data that have an end ({counts}), so those of different runs "
                "overlap: what is said holds for these data, and intervals say nothing of others."
            )
    return words
