"""The package from Python, and what the commands are made of: open a run, do the work, leave its folder in order."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import selftaught
from selftaught.address import Address, derive, run_seed
from selftaught.budget import Budget, Meter, RunLimits
from selftaught.engines.local import LocalEngine
from selftaught.errors import ImproverError, InputError, LedgerError, LimitReached, TaskError
from selftaught.improving import ENTRY, USE_LIMIT
from selftaught.improving import improve as improve_once
from selftaught.jail import doctor
from selftaught.ledger import SCHEMA_VERSION, Ledger
from selftaught.meta import MetaTask
from selftaught.planning import Most, most, uses_of_run
from selftaught.program import Program
from selftaught.roster import ModelOptions, Roster, find_models, no_price
from selftaught.run import Run
from selftaught.safety.audit import AuditLog
from selftaught.safety.monitor import Ask, Function, Monitor, find_rules, named
from selftaught.safety.recheck import facts_of, watch
from selftaught.scoring import Result
from selftaught.scoring import score as score_once
from selftaught.stop import ADOPT, called
from selftaught.stop import stop as recursion
from selftaught.stop import summary as summary_of
from selftaught.task import BUILT_IN, SPLITS, Task

IMPROVERS = Path(__file__).parent / "improvers"
_PACKAGES = ("numpy", "msgpack", "openai", "anthropic", "google-genai", "genai-prices")
_T = TypeVar("_T")
Told = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Options:
    """What runs have in common; see ``selftaught run --help``. ``seed`` and ``jobs`` None: drawn, and all cores.

    ``model`` is one model or several, of which an improver may choose; ``meta_model`` those that improvers of
    improvers ask instead; ``models`` says more of each, by the same names. ``cache`` is a file of answers that runs
    share. ``watch`` are rules that watch a run: names, files and functions; ``ask`` how a person is asked whether to
    go on where one of them pauses it, without which a pause is a stop.
    """

    model: str | Sequence[str] = "offline"
    budget: Budget = field(default_factory=Budget)
    limits: RunLimits = field(default_factory=RunLimits)
    seed: int | None = None
    jobs: int | None = None
    isolation: str | None = None
    runs: Path = Path("runs")
    meta_model: str | Sequence[str] = ()
    models: Mapping[str, ModelOptions] = field(default_factory=dict)
    cache: Path | None = None
    watch: Sequence[str | Function] = ()
    ask: Ask | None = None

    @property
    def model_names(self) -> tuple[str, ...]:
        """``model`` as a tuple."""
        return (self.model,) if isinstance(self.model, str) else tuple(self.model)

    @property
    def meta_model_names(self) -> tuple[str, ...]:
        """``meta_model`` as a tuple, empty where it is none."""
        return (self.meta_model,) if isinstance(self.meta_model, str) else tuple(self.meta_model)


@dataclass(frozen=True)
class Improved:
    """What :func:`improve` came to: the better program, or the start where nothing was better on validation."""

    task: str
    improver: Program
    start: Result
    best: Result
    program: Program
    why: str
    folder: Path
    spent: dict[str, Any]
    audit: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The document of ``improve --json``."""
        return {
            "task": self.task,
            "improver": self.improver.fingerprint,
            "start": self.start.mean.to_json(),
            "best": self.best.mean.to_json(),
            "path": str(self.folder / "best.py"),
            "program": self.program.text,
            "spent": self.spent,
            "why": self.why,
            "audit": self.audit,
        }


@dataclass(frozen=True)
class Stopped:
    """What :func:`stop` came to: ``summary`` is the content of ``summary.json``, ``best`` the last incumbent.

    ``limit`` says which limit ended the run, "" if none did; ``left`` is the most that its ``iterations_left`` may
    take.
    """

    best: Program
    folder: Path
    summary: dict[str, Any]
    limit: str = ""
    iterations_left: int = 0
    left: Most | None = None


def improve(
    task: Task | str,
    improver: Program | str = "seed",
    options: Options | None = None,
    told: Told | None = None,
) -> Improved:
    """Let one improver work on one task; never hands back a program worse than the start on validation."""
    options = options or Options()
    return complete(_improve(_task(task), find_improver(improver, options.runs), options, told))


def stop(
    tasks: Sequence[Task | str],
    *,
    iterations: int = 3,
    repeats: int = 5,
    adopt: str = "not-worse",
    improver: Program | str = "seed",
    options: Options | None = None,
    told: Told | None = None,
) -> Stopped:
    """Let an improver improve itself, judged on ``tasks``: the Self-Taught Optimizer."""
    if iterations < 1:
        raise InputError(f"iterations must be at least 1 but got {iterations}")
    if adopt not in ADOPT:
        raise InputError(f"adopt must be one of {', '.join(ADOPT)} but got {adopt!r}")
    options = options or Options()
    chosen, first = [_task(task) for task in tasks], find_improver(improver, options.runs)
    return complete(_stop(chosen, iterations, repeats, adopt, first, options, told))


@dataclass(frozen=True)
class Recorded:
    """A run as it was begun, from its ledger: what :func:`resume` goes on with.

    ``tasks`` are their names, ``where`` says where they are found again: None for one that was made in Python.
    """

    folder: Path
    tasks: tuple[str, ...]
    where: tuple[str | None, ...]
    iterations: int
    repeats: int
    adopt: str
    improver: Program
    options: Options
    files: dict[str, dict[str, str]]


def recorded(run: str, runs: Path = Path("runs")) -> Recorded:
    """What a run was begun with; ``run`` is its folder, or its ID in ``runs``."""
    folder = find_run(run, runs)
    with reading(folder, "stop") as ledger:
        options, first = recorded_options(ledger, runs), ledger.fact("improver")
        counts = {name: ledger.fact(name) for name in ("iterations", "repeats", "adopt")}
        names, where = tuple(ledger.fact("tasks")), tuple(ledger.fact("given")["tasks"])
        program = Program(first["text"], first.get("name", ""))
        return Recorded(
            folder, names, where, **counts, improver=program, options=options, files=ledger.tasks()
        )


@contextmanager
def reading(folder: Path, kind: str) -> Iterator[Ledger]:
    """The ledger of a run of this kind, which is to go on."""
    ledger = Ledger(folder, new=False)
    try:
        found, schema = ledger.fact("kind"), ledger.fact("schema")
        if found is None:
            raise InputError(f"{folder}: it was cut off before anything was begun: run it anew")
        if found != kind:
            mend = "which cannot be resumed: run it anew"
            if found in ("study", "stop"):
                mend = (
                    f"which `selftaught {'study NAME' if found == 'study' else 'run'} --resume` goes on with"
                )
            raise InputError(f"{folder}: a run of `{'run' if found == 'stop' else found}`, {mend}")
        if schema != SCHEMA_VERSION:
            raise InputError(
                f"{folder}: its ledger is of schema {schema}, which can be listed and replayed "
                f"(--model recording:{folder.name}) but not resumed: that takes schema {SCHEMA_VERSION}"
            )
        yield ledger
    finally:
        ledger.close()


def recorded_options(ledger: Ledger, runs: Path) -> Options:
    """The options that a run was begun with."""
    given = ledger.fact("given")
    return Options(
        model=given["model"],
        meta_model=given["meta_model"],
        models={
            name: ModelOptions(price and tuple(price), RunLimits(**limits), concurrency)
            for name, (price, limits, concurrency) in given["models"].items()
        },
        cache=given["cache"] and Path(given["cache"]),
        watch=tuple(given.get("watch", ())),
        budget=Budget(**ledger.fact("budget")),
        limits=RunLimits(**ledger.fact("limits")),
        seed=ledger.fact("seed"),
        isolation=ledger.fact("isolation"),
        runs=runs,
    )


def resume(
    run: Recorded,
    *,
    iterations: int | None = None,
    limits: RunLimits | None = None,
    models: Mapping[str, ModelOptions] | None = None,
    jobs: int | None = None,
    tasks: Sequence[Task] | None = None,
    watch: Sequence[str | Function] | None = None,
    ask: Ask | None = None,
    told: Told | None = None,
) -> Stopped:
    """Go on with a run that was cut off, ended by a limit, or done: nothing that its ledger has is done again.

    ``iterations``, ``limits`` and those in ``models`` may be raised, and limits added; ``tasks`` are needed where
    they were made in Python, or moved. The rules that ``watch`` it are those that it was begun with unless given.
    """
    chosen = same_tasks(run, tasks)
    rounds = run.iterations if iterations is None else iterations
    if rounds < run.iterations:
        raise InputError(f"iterations may only be raised: the run has {run.iterations}, not {rounds}")
    options = replace(
        run.options, limits=limits or run.options.limits, models=models or run.options.models, jobs=jobs,
        watch=run.options.watch if watch is None else watch, ask=ask,
    )  # fmt: skip
    return complete(_stop(chosen, rounds, run.repeats, run.adopt, run.improver, options, told, run))


def same_tasks(run: Recorded, tasks: Sequence[Task] | None = None) -> list[Task]:
    """The tasks that a run was begun with, in its order; raises :class:`InputError` where one has changed."""
    if tasks is None:
        for name, where in zip(run.tasks, run.where, strict=True):
            if where is None:
                raise InputError(f"{run.folder}: the task {name} was made in Python: give tasks")
        tasks = [Task.find(where) for where in run.where if where is not None]
    named = {task.name: task for task in tasks}
    if named.keys() != set(run.tasks):
        raise InputError(f"{run.folder} is about {', '.join(run.tasks)}, not {', '.join(named)}")
    for name, task in named.items():
        now, then = texts_of(task), run.files[name]
        changed = [file for file in sorted(now.keys() | then.keys()) if now.get(file) != then.get(file)]
        if changed:
            file = task.folder / changed[0] if task.folder else f"{name}: {changed[0]}"
            raise InputError(
                f"{file} is not what {run.folder} was begun with: put it back, or begin a new run"
            )
    return [named[name] for name in run.tasks]


def score(
    task: Task | str,
    program: Program | str,
    *,
    split: str = "validation",
    n: int | None = None,
    seed: int = 0,
    jobs: int | None = None,
    isolation: str | None = None,
    told: Told | None = None,
) -> Result:
    """The score of a program (its text) on instances of a split that follow from ``seed``."""
    if split not in SPLITS:
        raise InputError(f"split must be one of {', '.join(SPLITS)} but got {split}")
    chosen = program if isinstance(program, Program) else Program(program)
    return complete(_score(_task(task), chosen, split, n, seed, jobs, isolation, told))


def export(folder: Path, path: Path) -> dict[str, Any]:
    """Write the run in ``folder`` into one portable file; what ``export --json`` prints."""
    ledger = Ledger(folder, new=False)
    try:
        ledger.export(path)
        run, answers = ledger.fact("run"), len(ledger.answered())
    finally:
        ledger.close()
    return {"run": run, "file": str(path), "answers": answers, "bytes": path.stat().st_size}


def find_improver(name: Program | str, runs: Path = Path("runs")) -> Program:
    """A built-in improver by name, a file, or the best of a run as ``RUN:best`` (a folder, or an ID in ``runs``)."""
    if isinstance(name, Program):
        return name
    if (built_in := IMPROVERS / f"{name}.py").is_file() and "/" not in name:
        return replace(Program.read(built_in), name=name)
    if name.endswith(":best"):
        folder = find_run(name.removesuffix(":best"), runs)
        return replace(_best_of(folder), name=f"{folder.resolve().name}:best")
    if Path(name).is_file():
        program = replace(Program.read(Path(name)), name=Path(name).name)
        if problem := program.lacks(ENTRY):
            raise ImproverError(
                f"{name} {problem}: an improver defines {ENTRY}(initial_solution, utility, language_model)"
            )
        return program
    import difflib

    known = improver_names()
    near = difflib.get_close_matches(name, known, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"built in are {', '.join(known)}"
    raise ImproverError(f"{name}: no such improver, and no such file: {hint}")


def improver_names() -> list[str]:
    """The names of the improvers that come with the package."""
    return sorted(path.stem for path in IMPROVERS.glob("*.py") if path.stem != "__init__")


def find_run(name: str, runs: Path) -> Path:
    """The folder of a run, by its path or its ID."""
    for folder in (Path(name), runs / name):
        if (folder / "ledger.sqlite").is_file():
            return folder
    known = sorted(path.parent.name for path in runs.glob("*/ledger.sqlite"))
    hint = f"the latest is {known[-1]}" if known else f"there are none in {runs}"
    raise InputError(f"{name}: no such run: {hint}")


def _best_of(folder: Path) -> Program:
    try:
        best = json.loads((folder / "summary.json").read_text())["best"]
    except FileNotFoundError:
        raise ImproverError(
            f"{folder}: a run of `improve`, whose best is a program, not an improver"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        best = None
    if not isinstance(best, str):
        raise ImproverError(f"{folder}: its summary.json names no best improver")
    return Program.read(folder / best)


@asynccontextmanager
async def opened(
    options: Options,
    kind: str,
    told: Told | None,
    facts: dict[str, Any],
    tasks: Sequence[Task],
    resumed: Path | None = None,
) -> AsyncIterator[Run]:
    """A run with a folder, a ledger, jails that hold and models; everything is closed at the end.

    ``resumed`` is the folder of a run that goes on; ``facts`` are kept with it.
    """
    rules = find_rules(options.watch)
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))  # a waiting improver holds three
    roster = find_models(options.model_names, options.meta_model_names, options.models, options.runs)
    check_prices(roster, options, resumed)
    isolation = doctor.choose(options.isolation)
    jobs = options.jobs or len(os.sched_getaffinity(0))
    seed = options.seed
    if seed is None and roster.recording is not None:
        seed = roster.recording.seed
    if seed is None:
        seed = secrets.randbits(128)
    budget = roster.bounded(options.budget, options.limits)
    if resumed is not None and budget != options.budget:
        raise InputError(
            f"{resumed}: its answers have no limit of tokens (--answer-tokens), and a run keeps what it began with, "
            "so its tokens and money cannot be limited now: limit its calls or its time, or begin a new run"
        )
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    ledger = Ledger(options.runs / name) if resumed is None else Ledger(resumed, resume=True)
    ledger.log = AuditLog(ledger, {"versions": versions(), "jobs": jobs})
    facts = {"limits": asdict(options.limits), "status": "running", **facts}
    if resumed is None:
        facts |= {
            "kind": kind,
            "run": name,
            "seed": seed,
            "model": roster.label,
            "meta_model": roster.meta_label,
            "models": {
                "model": [each.name for each in roster.models],
                "meta_model": [each.name for each in roster.meta_models],
            },
            "prices": {each.name: each.price and str(each.price) for each in roster.all},
            "isolation": isolation,
            "budget": asdict(budget),
            "given": {
                "model": options.model_names,
                "meta_model": options.meta_model_names,
                "models": {
                    name: (of.price, asdict(of.limits), of.concurrency) for name, of in options.models.items()
                },
                "cache": options.cache and str(options.cache.absolute()),
                "tasks": [_where(task) for task in tasks],
                "watch": named(options.watch),
            },
        }
    ledger.begin(facts, {} if resumed else {task.name: texts_of(task) for task in tasks})
    elapsed_s = ledger.sit_down(jobs, versions())
    if roster.recording is not None:
        roster.recording.gave(ledger.models_of())
    if options.cache is not None:
        roster = roster.cached(options.cache, ledger.models_of())
    run = Run(
        seed=seed,
        models=roster.models,
        meta_models=roster.meta_models,
        engine=LocalEngine(jobs, isolation),
        ledger=ledger,
        budget=budget,
        meter=Meter(options.limits),
        told=told or (lambda kind, facts: None),
    )
    run.go_on(ledger.before(), elapsed_s)
    opened_facts = {"folder": str(ledger.folder), "seed": seed, "isolation": isolation, "jobs": jobs}
    bounded = budget.answer_tokens if budget != options.budget else None
    run.told("opened", opened_facts | {"bounded": bounded})
    if resumed is not None:
        counts, programs = ledger.counts(), ledger.programs_scored()
        billed, answers = ledger.possibly_billed(), ledger.spent().samples
        so_far = {
            "spent": run.meter.spent,
            "counts": counts,
            "programs": programs,
            "possibly_billed": billed,
            "answers": answers,
        }
        run.told("resumed", so_far | {"elapsed_s": run.meter.elapsed_s()})
    monitor = Monitor(run, rules, options.ask)
    try:
        yield run
    finally:
        await monitor.close()
        await run.close()


def check_prices(roster: Roster, options: Options, resumed: Path | None = None) -> None:
    """Refuse to limit the cost of a model whose price nobody knows."""
    if options.limits.cost is not None or options.budget.cost is not None:
        for each in roster.all:
            if each.price is None and roster.recording is None:
                raise InputError(
                    no_price(each.name)
                    if resumed is None
                    else f"{resumed}: no price is known for {each.name}, and a run keeps the prices that it began "
                    "with, so its cost cannot be limited now: limit its calls or its time, or begin a new run"
                )


@contextmanager
def status_kept(run: Run) -> Iterator[None]:
    """Keep how the run ended, however it ends."""
    status = "interrupted"
    try:
        yield
        status = "limit" if run.meter.reached else "done"
    except LimitReached:
        status = "limit"
        raise
    finally:
        run.ledger.state("status", status)
        run.ledger.stand_up(status)
        if run.ledger.log is not None:
            run.ledger.log.end(status, run.meter.reached)
            run.ledger.log.anchor()
        if status != "interrupted":
            ledger = run.ledger
            over = {"counts": ledger.counts(), "remark": _remark(ledger), "signs": facts_of(ledger)}
            run.told("over", over)


def _remark(ledger: Ledger) -> str:
    """What is to be said aloud where a limit on one use left improvers without a call or a result, "" elsewhere.

    Their scores are zeros like any other, and tell nothing of the improver.
    """
    found = ledger.fruitless(USE_LIMIT)
    if not found:
        return ""
    _, _, words = found[0]
    limit = words.partition(" on one use")[0]
    option = "--tokens" if limit.endswith(" tokens") else "--cost" if "$" in limit else "--time"
    what = "; ".join(f"{uses:,} of {uses:,} uses of an improver on {task}" for task, uses, _ in found)
    return f"{what}: {words}: give more than that with {option}"


def versions() -> dict[str, str]:
    """What a run is computed with."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {
        "selftaught": selftaught.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def texts_of(task: Task) -> dict[str, str]:
    """What a task is, as texts by file name: so that a record says what was scored, and a change is found."""
    if task.folder is not None:
        names = ("task.toml", "program.py", "score.py", "description.md")
        files = [task.folder / name for name in names]
        return {path.name: path.read_text(encoding="utf-8") for path in files if path.is_file()}
    settings = [task.entry, task.imports, asdict(task.limits), task.sizes, task.fixed]
    try:
        description = task.described()
    except TaskError:  # no source to show: said once a model is to be told of it
        description = ""
    return {
        "program.py": task.start.normal,
        "description.md": description,
        "settings": json.dumps([*settings, task.scale and asdict(task.scale)]),
    }


def _where(task: Task) -> str | None:
    """Where a task is found again: a built-in's name, a folder, or nowhere, for one made in Python."""
    if task.folder is None:
        return None
    inside = task.folder.is_relative_to(BUILT_IN)
    return str(task.folder.relative_to(BUILT_IN) if inside else task.folder)


async def _stop(
    tasks: Sequence[Task],
    iterations: int,
    repeats: int,
    adopt: str,
    improver: Program,
    options: Options,
    told: Told | None,
    resumed: Recorded | None = None,
) -> Stopped:
    names = [task.name for task in tasks]
    if twice := [name for place, name in enumerate(names) if name in names[:place]]:
        raise InputError(f"two tasks are called {twice[0]}: rename one; --repeats uses a task several times")
    facts: dict[str, Any] = {"iterations": iterations}
    if resumed is None:
        first = {"program": improver.fingerprint, "text": improver.text, "name": improver.name}
        facts |= {"tasks": names, "repeats": repeats, "adopt": adopt, "improver": first}
    async with opened(options, "stop", told, facts, tasks, resumed.folder if resumed else None) as run:
        summary: dict[str, Any] = {}
        try:
            with suppress(LimitReached), status_kept(run):
                prepared = tuple([await run.prepare(task) for task in tasks])
                meta = MetaTask(prepared, repeats, improver, run.budget, len(run.models))
                known = len(run.ledger.iterations())
                run.told("begin", {"address": "begin", "improver": improver.text})
                async for iteration in recursion(run, meta, iterations, adopt):
                    if (
                        iteration.t >= known
                    ):  # before it is written down: a run that is cut off in it does it again
                        await watch(run, prepared)
                    run.ledger.add_program(iteration.improver)
                    new = run.ledger.add_iteration(iteration.t, summary_of(iteration))
                    if new or not iteration.t:
                        _write_down(run)
                    run.told("iteration", {"iteration": iteration})
        finally:
            summary = _write_down(run)
        if not summary["iterations"]:
            raise LimitReached(
                f"{run.meter.reached} was reached before {called(improver)} was measured; what was done is kept: "
                f"raise the limit and go on with selftaught run --resume {run.ledger.folder}"
            )
        best = run.ledger.program(summary["iterations"][-1]["improver"])
        rounds = iterations + 1 - len(summary["iterations"])
        uses = uses_of_run(len(tasks), repeats, rounds, run.budget, seed=False)
        left = most(uses, run.budget, RunLimits(), Roster(run.models, run.meta_models))
        return Stopped(best, run.ledger.folder, summary, run.meter.reached, rounds, left)


def _write_down(run: Run) -> dict[str, Any]:
    """Write the improvers' files and ``summary.json`` from the ledger."""
    ledger, folder = run.ledger, run.ledger.folder
    iterations = ledger.iterations()
    summary = {
        "format": 1,
        "status": ledger.fact("status"),
        "run": ledger.fact("run"),
        "seed": ledger.fact("seed"),
        "model": ledger.fact("model"),
        **({"meta_model": meta_model} if (meta_model := ledger.fact("meta_model")) else {}),
        "tasks": ledger.fact("tasks"),
        "isolation": ledger.fact("isolation"),
        "iterations": iterations,
        "spent": ledger.spent().to_json(),
        "best": f"improvers/I{iterations[-1]['t']}.py" if iterations else None,
        **({"audit": ledger.log.anchor()} if ledger.log is not None else {}),
    }
    for iteration in iterations:
        write_whole(
            folder / "improvers" / f"I{iteration['t']}.py", ledger.program(iteration["improver"]).text
        )
    write_whole(folder / "summary.json", json.dumps(summary, indent=1) + "\n")
    return summary


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as problem:
        raise LedgerError(f"{path}: cannot be written: {problem}") from None


async def _improve(task: Task, improver: Program, options: Options, told: Told | None) -> Improved:
    facts = {"tasks": [task.name], "improver": improver.fingerprint}
    async with opened(options, "improve", told, facts, [task]) as run:
        with status_kept(run):
            improved = await _improve_in(run, await run.prepare(task), improver)
        return replace(improved, audit=run.ledger.fact("audit"))


async def _improve_in(run: Run, task: Task, improver: Program) -> Improved:
    """Start, improve, compare on validation; only what is better there replaces the start."""
    search, validation = (task.draw(split, run.seed_of(split)) for split in ("search", "validation"))
    here = Address(("improve",))
    run.told("begin", {"address": "begin", "improver": improver.text})
    start = await score_once(run, task, task.start, validation, here / "validation")
    improvement = await improve_once(run, improver, task, task.start, search, here / "search")
    best, proposal = start, improvement.program
    if proposal is None:
        run.meter.check()
        why = f"no improvement: the improver returned nothing: {improvement.outcome.status}: "
        why += improvement.outcome.error
    elif proposal == task.start:
        why = "no improvement: the improver returned the start program"
    else:
        new = await score_once(run, task, proposal, validation, here / "validation")
        gain = new.mean.mean - start.mean.mean
        if gain > 0:
            best = new
            why = f"better on validation by {gain:.4f}"
        else:
            why = f"no improvement: what the improver returned is {gain:+.4f} on validation"
            why += f" ({new.cause})" if new.cause else ""
    await watch(run, [task])
    folder = run.ledger.folder
    program = Program(best.program.normal)
    write_whole(folder / "best.py", program.text)
    run.ledger.state("why", why)
    spent = run.ledger.spent().to_json()
    return Improved(task.name, improver, start, best, program, why, folder, spent)


async def _score(
    task: Task,
    program: Program,
    split: str,
    n: int | None,
    seed: int,
    jobs: int | None,
    isolation: str | None,
    told: Told | None,
) -> Result:
    engine = LocalEngine(jobs or len(os.sched_getaffinity(0)), doctor.choose(isolation))
    try:
        task = replace(task, available=await engine.describe(task))
        instances = task.draw(split, derive(run_seed(seed), split), n)
        return Result(program, tuple(await engine.evaluate(task, program, instances)))
    finally:
        await engine.close()


def _task(task: Task | str) -> Task:
    return task if isinstance(task, Task) else Task.find(task)


def complete(work: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end, in a loop of its own; an error inside a group of tasks is raised as itself."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:  # a notebook: its loop is busy with this very call
        with ThreadPoolExecutor(1) as thread:
            done: Future[_T] = thread.submit(complete, work)
            return done.result()
    try:
        return asyncio.run(work)
    except BaseExceptionGroup as group:
        problem: BaseException = group
        while isinstance(problem, BaseExceptionGroup):
            problem = problem.exceptions[0]
        raise problem from None


# The recursion's module and this function share the paper's name; whoever says selftaught.stop means the function.
selftaught.stop = stop
