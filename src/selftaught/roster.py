"""Which models a run asks, by whom each is asked, what each charges and may be asked: from names to models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from selftaught.budget import Budget, Meter, RunLimits
from selftaught.errors import InputError, ModelError
from selftaught.models import Answer, LanguageModel, Query
from selftaught.models.finding import check_name, find_model
from selftaught.models.prices import Price, StatedPrice, find_price
from selftaught.models.recording import Recording, find_recording
from selftaught.run import RunModel

BOUNDED_ANSWER_TOKENS = 8192
"""The most tokens of an answer where tokens or money are limited, nothing is said of answers, and a model has no
limit that is known: without one no call could be known to stay within what is left."""


@dataclass(frozen=True)
class ModelOptions:
    """What is said of one model; None and no limits: as it is without.

    ``price`` is in US dollars for a million tokens in and out, ``limits`` are on what it may be asked in the whole
    run, ``concurrency`` is the most requests in flight.
    """

    price: tuple[float, float] | None = None
    limits: RunLimits = field(default_factory=RunLimits)
    concurrency: int | None = None

    def __post_init__(self) -> None:
        if self.limits.time_s is not None:
            raise ValueError("a model has no limit on time of its own; give the run one.")
        if self.concurrency is not None and self.concurrency < 1:
            raise ValueError(f"concurrency must be at least 1 but got {self.concurrency}.")


@dataclass(frozen=True)
class Roster:
    """A run's models: those that improvers of tasks ask, and those that improvers of improvers ask instead, if any.

    ``recording`` is where all of them come from in a replay.
    """

    models: tuple[RunModel, ...]
    meta_models: tuple[RunModel, ...] = ()
    recording: Recording | None = None

    @property
    def label(self) -> str:
        """What the run's ``model`` is called in summaries."""
        return self.recording.label if self.recording else ", ".join(each.name for each in self.models)

    @property
    def meta_label(self) -> str:
        """What its meta-model is called; "" if there is none."""
        return "" if self.recording else ", ".join(each.name for each in self.meta_models)

    @property
    def all(self) -> list[RunModel]:
        """Each model once."""
        return list({each.name: each for each in (*self.models, *self.meta_models)}.values())

    def cached(self, path: Path, answered: Mapping[str, str]) -> Roster:
        """The same models behind the cache in the file ``path``; ``answered`` was asked before, by a run cut off."""
        from selftaught.models.cache import Cache, CachedModel

        cache = Cache(path)
        for each in self.all:
            before = [address for address, name in answered.items() if name == each.name]
            each.model = CachedModel(each.model, cache, before)
        return self

    def bounded(self, budget: Budget, limits: RunLimits) -> Budget:
        """``budget``, with a limit of tokens for each answer where one is needed and none is known."""
        needed = any(
            each.bounds_answers for each in (limits, budget.limits, *(m.meter.limits for m in self.all))
        )
        unknown = any(each.model.most_answer_tokens is None for each in self.all)
        if budget.answer_tokens is not None or not needed or not unknown:
            return budget
        return replace(budget, answer_tokens=BOUNDED_ANSWER_TOKENS)


def find_models(
    names: Sequence[str],
    meta_names: Sequence[str] = (),
    options: Mapping[str, ModelOptions] | None = None,
    runs: Path = Path("runs"),
    *,
    to_ask: bool = True,
) -> Roster:
    """The models that a run is to ask, by what the user calls them; only to plan with where not ``to_ask``.

    Raises
    ------
    InputError
        if a model is named twice in one role, something is said of a model that is not asked, or a recording,
        which has all of a run's models, is to be asked beside others
    ModelError
        if there is no such model, or it cannot be used here (:func:`selftaught.models.finding.find_model`)
    """
    options = options or {}
    for role, given in (("--model", names), ("--meta-model", meta_names)):
        twice = [name for place, name in enumerate(given) if name in given[:place]]
        if twice:
            raise InputError(f"{role} {twice[0]} is given twice: once is enough")
    if not names:
        raise InputError("a run needs a model: name one, or offline")
    for name in options:
        if name not in {*names, *meta_names}:
            near = get_close_matches(name, [*names, *meta_names], n=1)
            mend = f"did you mean {near[0]}?" if near else f"this run asks {', '.join([*names, *meta_names])}"
            raise InputError(f"something is said of the model {name}, which is not asked: {mend}")
    recordings = [name for name in (*names, *meta_names) if name.startswith("recording:")]
    if recordings and len(names) + len(meta_names) > 1:
        raise InputError(f"{recordings[0]} has the answers of all of its run's models: give it alone")
    if recordings:
        recording = find_recording(names[0].partition(":")[2], runs)
        limits = options.get(names[0], ModelOptions()).limits
        known = {
            name: RunModel(recording.model(name), name, None, Meter(limits, f" on the model {name}"))
            for name in (*recording.names, *recording.meta_names)
        }
        return Roster(
            tuple(known[name] for name in recording.names),
            tuple(known[name] for name in recording.meta_names),
            recording,
        )
    known = {
        name: _found(name, options.get(name, ModelOptions()), runs, to_ask) for name in (*names, *meta_names)
    }
    return Roster(tuple(known[name] for name in names), tuple(known[name] for name in meta_names))


class _Unasked:
    """Stands for a model that is planned with and has no key or client here."""

    concurrency = 1
    most_answer_tokens: int | None = None

    def __init__(self, name: str) -> None:
        self.name = name

    async def answer(self, query: Query) -> Answer:
        raise ModelError(f"{self.name} was only planned with")

    async def close(self) -> None:
        pass


def _found(name: str, options: ModelOptions, runs: Path, to_ask: bool) -> RunModel:
    model: LanguageModel
    check_name(name)
    try:
        model = find_model(name, runs)
    except ModelError:
        if to_ask or not name.startswith(("openai:", "anthropic:", "google:")):
            raise
        model = _Unasked(name)
    if options.concurrency is not None:
        model.concurrency = options.concurrency
    price: Price | None = StatedPrice(*options.price) if options.price is not None else find_price(name)
    if price is None and options.limits.cost is not None:
        raise InputError(no_price(name))
    return RunModel(model, name, price, Meter(options.limits, f" on the model {name}"))


def no_price(name: str) -> str:
    """What is said where money is limited and a model's price is not known."""
    return (
        f"no price is known for {name}, so its cost cannot be limited: state one, --price {name}=IN/OUT, "
        "in US dollars for a million tokens in and out"
    )
