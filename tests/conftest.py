"""What the tests of the core share: the tiers that hold here, a loop, an engine, and runs to do things in."""

import asyncio
import functools
from pathlib import Path

import llama as llamas
import pytest
from models_for_tests import ScriptedModel
from servers import ChatServer

from selftaught.budget import Budget, Meter, RunLimits
from selftaught.engines.local import LocalEngine
from selftaught.jail import doctor
from selftaught.jail.cell import Zygote
from selftaught.ledger import Ledger
from selftaught.run import Run, RunModel


@functools.cache
def _missing(isolation):
    """Why a tier does not hold on this machine, "" if it does."""
    tier = doctor.examine(isolation)
    if isolation == "weak" or tier.holds:
        return tier.missing
    return tier.missing or ", ".join(finding.name for finding in tier.findings if not finding.held)


@pytest.fixture(scope="session")
def require():
    """Skip, by name and with the reason, where a tier does not hold."""

    def require(isolation):
        if missing := _missing(isolation):
            pytest.skip(f"the tier {isolation!r} does not hold on this machine: {missing}")
        return isolation

    return require


@pytest.fixture(scope="session")
def strongest():
    for isolation in ("strong", "standard"):
        if not _missing(isolation):
            return isolation
    pytest.skip(f"no tier holds on this machine: strong lacks {_missing('strong')}")
    return None


@pytest.fixture(scope="session")
def llama(tmp_path_factory):
    """The server of llama.cpp on a tiny random model; skips, with the reason, where it cannot run."""
    if missing := llamas.missing():
        pytest.skip(f"llama.cpp's server cannot run here: {missing}")
    with llamas.LlamaServer(tmp_path_factory.mktemp("llama"), "sk-of-llama-0123456789") as server:
        yield server


@pytest.fixture(scope="module")
def zygotes(require):
    """The warm process of a tier, one for the module."""
    started = {}

    def zygote(isolation):
        if isolation not in started or not started[isolation].alive:
            started[isolation] = Zygote(require(isolation))
        return started[isolation]

    yield zygote
    for each in started.values():
        each.close()


@pytest.fixture(scope="module")
def runner():
    """Runs coroutines, all of a module's in one loop, so that workers may be shared."""
    with asyncio.Runner() as runner:

        def run(work):
            try:
                return runner.run(work)
            except BaseExceptionGroup as group:
                problem = group
                while isinstance(problem, BaseExceptionGroup):
                    problem = problem.exceptions[0]
                raise problem from None

        yield run


@pytest.fixture(scope="module")
def engines(runner, strongest):
    """The scoring engine with so many jobs, one for the module."""
    started = {}

    def engine(jobs=2):
        if jobs not in started:
            started[jobs] = LocalEngine(jobs, strongest)
        return started[jobs]

    yield engine
    for each in started.values():
        runner(each.close())


@pytest.fixture
def new_run(engines, zygotes, strongest, tmp_path):
    """Makes runs in folders of their own, with the module's engine and zygote."""
    made = []

    def new_run(model=None, *, models=None, budget=None, limits=None, jobs=2, seed=1, told=None):
        shared = zygotes(strongest)
        run = Run(
            seed=seed,
            models=tuple(RunModel(each) for each in models or [model or ScriptedModel()]),
            engine=engines(jobs),
            ledger=Ledger(Path(tmp_path) / f"run{len(made)}"),
            budget=budget or Budget(calls=3, samples=4),
            meter=Meter(limits or RunLimits()),
            told=told or (lambda kind, facts: None),
            _warm=[shared],
        )
        made.append((run, shared))
        return run

    yield new_run
    for run, shared in made:
        for zygote in run._warm:
            if zygote is not shared:  # one that took the place of a lost one
                zygote.close()
        run.ledger.close()


class Books:
    """What servers were asked and what ledgers say of it, in one test."""

    def __init__(self):
        self.servers, self.ledgers = [], set()

    def leave_out(self, server):
        """Of one whose refusals end a run: they are an error, and no answer that a ledger could have."""
        self.servers.remove(server)

    def check(self):
        kept = {path.resolve(): requests(path) for path in self.ledgers if path.is_file()}
        if not self.servers or not kept:
            return
        counted = sum(server.count for server in self.servers)
        assert sum(kept.values()) == counted, f"the servers had {counted} requests, the ledgers have {kept}"


def requests(path):
    """The requests that a ledger has; 0 for a replay, which made none."""
    ledger = Ledger(path, new=False)
    try:
        replay = str(ledger.fact("model")).startswith("recording:")
        return 0 if replay else ledger.spent().requests
    finally:
        ledger.close()


@pytest.fixture(autouse=True)
def books(request):
    """In every test with a server and a ledger, of this process or a command's, both have the same requests."""
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    books = Books()
    enter, open_ledger = ChatServer.__enter__, Ledger.__init__

    def entered(server):
        books.servers.append(server)
        return enter(server)

    def opened(ledger, folder, **options):
        open_ledger(ledger, folder, **options)
        books.ledgers.add(ledger.path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ChatServer, "__enter__", entered)
        patch.setattr(Ledger, "__init__", opened)
        yield books
    if books.servers:
        books.ledgers.update(folder.rglob("ledger.sqlite") if folder is not None else ())
        books.check()
