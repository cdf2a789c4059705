"""The options that commands share, their types, and help that is grouped by what they are about."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from selftaught.api import Options
    from selftaught.roster import ModelOptions

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]

ISOLATIONS = ("strong", "standard", "weak")


class NoChoice(click.UsageError):
    """Options that do not go together; the message is whole as it is."""


class Command(click.Command):
    """A command whose ``--help`` shows its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the groups, the output's last."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)) is not None:
                groups.setdefault(getattr(parameter, "group", "Output"), []).append(record)
        for group, records in sorted(groups.items(), key=lambda item: item[0] == "Output"):
            with formatter.section(group):
                formatter.write_dl(records)


class _Option(click.Option):
    def __init__(self, *args: Any, group: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.group = group


def command(name: str, what: str) -> Callable[[Function], click.Command]:
    """Make a function the command ``name``; ``what`` it does in a few words. Every command takes ``--json``."""

    def make(function: Function) -> click.Command:
        text = help_text(function.__doc__ or "")
        return click.command(name, cls=Command, short_help=what, help=text)(_as_json(function))

    return make


def help_text(words: str) -> str:
    """A docstring as click's help, where paragraphs with indented lines (examples) keep their lines."""
    paragraphs = inspect.cleandoc(words).split("\n\n")
    return "\n\n".join(f"\b\n{text}" if "\n " in text else text for text in paragraphs)


def option(*names: str, group: str, **settings: Any) -> Decorator:
    """``click.option`` that says which group of the help it belongs to."""
    return click.option(*names, cls=_Option, group=group, **settings)


def _as_json(function: Function) -> Function:
    """``--json``, the same everywhere."""
    flag = click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print one JSON document and nothing else; progress goes to stderr.",
    )
    return flag(function)


# --- types: each echoes the value that it refuses -----------------------------------------------------------------


class AtLeast(click.ParamType[int]):
    """A whole number from ``least``."""

    name = "n"

    def __init__(self, least: int) -> None:
        self.least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; fails with a line that says what was given."""
        try:
            number = int(value)
        except (ValueError, TypeError):
            self.fail(f"must be a whole number but got {value!r}", param, ctx)
        if isinstance(value, (bool, float)):  # of a configuration file
            self.fail(f"must be a whole number but got {value!r}", param, ctx)
        if number < self.least:
            words = "cannot be negative" if self.least == 0 else f"must be at least {self.least}"
            self.fail(f"{words} but got {number}", param, ctx)
        return number


class Positive(click.ParamType[float]):
    """A number above 0, perhaps with a fraction."""

    name = "x"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; fails with a line that says what was given."""
        try:
            number = float(value)
        except (ValueError, TypeError):
            self.fail(f"must be a number but got {value!r}", param, ctx)
        if not 0 < number < float("inf"):
            self.fail(f"must be a number above 0 but got {value}", param, ctx)
        return number


class Duration(click.ParamType[float]):
    """Seconds, written ``90``, ``90s``, ``5m`` or ``2h``."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds; fails with a line that says what was given and the forms there are."""
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([smh]?)\s*", str(value), re.IGNORECASE)
        seconds = float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2].lower()] if found else 0.0
        if seconds <= 0:
            self.fail(f"must be a time above 0 such as 90, 90s, 5m or 2h but got {str(value)!r}", param, ctx)
        return seconds


class Dollars(click.ParamType[float]):
    """An amount of US dollars, perhaps with the sign."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The amount; fails with a line that says what was given."""
        try:
            dollars = float(str(value).strip().removeprefix("$"))
        except ValueError:
            dollars = 0.0
        if isinstance(value, bool) or not 0 < dollars < float("inf"):
            self.fail(
                f"must be an amount of US dollars above 0, such as 5 or 0.50, but got {str(value)!r}",
                param,
                ctx,
            )
        return dollars


class Priced(click.ParamType[tuple[str, tuple[float, float]]]):
    """A model's price, ``MODEL=IN/OUT``, in US dollars for a million tokens; without MODEL that of the only one."""

    name = "[model=]in/out"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, tuple[float, float]]:
        """The model's name, "" if none is given, and the two prices; fails with a line that shows the form."""
        model, _, price = str(value).rpartition("=")
        try:
            of_in, of_out = (float(part.strip().removeprefix("$")) for part in price.split("/"))
        except ValueError:
            of_in = of_out = -1.0
        if not (0 <= of_in < float("inf") and 0 <= of_out < float("inf")):
            self.fail(
                f"must be MODEL=IN/OUT, US dollars for a million tokens in and out, such as 2.5/10, but got "
                f"{str(value)!r}", param, ctx,
            )  # fmt: skip
        return model, (of_in, of_out)


class OneOf(click.Choice[str]):
    """One of a few words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word; fails with a line that names the words there are, and a near one."""
        if value not in self.choices:
            near = get_close_matches(str(value), self.choices, n=1)
            hint = f": did you mean {near[0]}?" if near else ""
            self.fail(
                f"must be {', '.join(self.choices[:-1])} or {self.choices[-1]} but got {value!r}{hint}",
                param,
                ctx,
            )
        return str(value)


# --- options ------------------------------------------------------------------------------------------------------

_WHAT, _BUDGET, _LIMITS, _MACHINE, _WATCH = (
    "What to run",
    "An improver's budget",
    "Limits on the whole run",
    "Machine",
    "Watching",
)

isolation = option(
    "--isolation", type=OneOf(ISOLATIONS), group=_MACHINE,
    help="Tier of the jails. Default: the strongest that holds here; never weak unasked. See `selftaught doctor`.",
)  # fmt: skip
jobs = option(
    "--jobs",
    type=AtLeast(1),
    group=_MACHINE,
    help="Jails that compute at once. Default: as many as there are cores.",
)
seed = option(
    "--seed", type=AtLeast(0), group=_WHAT,
    help="Fixes everything that is random. Default: drawn, and kept in the run's folder.",
)  # fmt: skip
runs = option(
    "--runs", type=click.Path(path_type=Path), default="runs", show_default=True, group=_MACHINE,
    help="Folder that the run's own folder is made in.",
)  # fmt: skip
improver = option(
    "--improver", default="seed", show_default=True, metavar="NAME|FILE|RUN:best", group=_WHAT,
    help="The improver to begin with: a built-in, a file, or the best of an earlier run.",
)  # fmt: skip

force = option(
    "--force", is_flag=True, group="Output", help="Write over FILE; without it nothing is written over."
)

meta_model = option(
    "--meta-model", "meta_model", multiple=True, metavar="MODEL", group=_WHAT,
    help="The model that improvers of improvers ask, where it is to be another; may be repeated.",
)  # fmt: skip


def _configured(context: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    from selftaught.cli import config

    config.apply(context, path)


_config = option(
    "--config", type=click.Path(path_type=Path), metavar="FILE", group=_MACHINE, is_eager=True,
    expose_value=False, callback=_configured,
    help="A TOML file that says what options say, and more of each model; what is given here goes first.",
)  # fmt: skip

_RUN_OPTIONS: tuple[Decorator, ...] = (
    option(
        "--model", "model", multiple=True, default=["offline"], show_default=True, metavar="MODEL", group=_WHAT,
        help="The language model; `selftaught models` lists the forms. May be repeated: an improver may ask which "
        "there are and choose, and has the first unless it does.",
    ),
    seed,
    option(
        "--calls", type=AtLeast(1), default=4, show_default=True, group=_BUDGET,
        help="Calls of the model that one use of an improver may make.",
    ),
    option(
        "--samples", type=AtLeast(1), default=6, show_default=True, group=_BUDGET,
        help="Answers that one call may ask for.",
    ),
    option(
        "--scores", type=AtLeast(1), group=_BUDGET,
        help="Scores that it may ask of its utility. Default: calls x samples + 1.",
    ),
    option(
        "--answer-tokens", type=AtLeast(1), group=_BUDGET,
        help="Most tokens of one answer. Default: the model's own limit.",
    ),
    option("--tokens", type=AtLeast(1), group=_BUDGET, help="Tokens in and out that one use may take."),
    option("--cost", type=Dollars(), group=_BUDGET, help="US dollars that one use may cost."),
    option("--time", "time_", type=Duration(), group=_BUDGET, help="Time that one use may take, waiting and all."),
    option("--max-calls", type=AtLeast(1), group=_LIMITS, help="Stop, with what there is, after so many calls."),
    option("--max-total-tokens", type=AtLeast(1), group=_LIMITS, help="... after so many tokens in and out."),
    option("--max-cost", type=Dollars(), group=_LIMITS, help="... before it costs more US dollars."),
    option("--max-time", type=Duration(), group=_LIMITS, help="... after this time: 90, 90s, 5m or 2h."),
    option(
        "--price", "prices", type=Priced(), multiple=True, group=_LIMITS,
        help="What a model charges, in US dollars for a million tokens in and out, where that is not known or "
        "otherwise; may be repeated.",
    ),
    option(
        "--yes", is_flag=True, group=_LIMITS,
        help="Begin although the model is paid and nothing limits what the run may cost.",
    ),
    option(
        "--cache", is_flag=True, group=_MACHINE,
        help="Use answers that earlier runs were given to the same questions, from cache.sqlite in the folder of "
        "runs, and keep new ones there. Runs that share answers are not independent.",
    ),
    option(
        "--watch", multiple=True, metavar="RULE|FILE.py", group=_WATCH,
        help="Have a rule watch the run, that may warn, pause it for your word, or stop it: built-in (all of them), "
        "the name of one, NAME=warn, =pause or =stop, or a Python file that defines watch(event); may be repeated.",
    ),
    _config,
    jobs,
    isolation,
    runs,
)  # fmt: skip


def run_options(function: Function) -> Function:
    """Add the options of whatever asks a model, to be taken as ``**shared`` and read by :func:`read`."""
    for add in reversed(_RUN_OPTIONS):
        function = add(function)
    return function


def read(shared: dict[str, Any]) -> Options:
    """The run's options from what :func:`run_options` took."""
    from selftaught.api import Options
    from selftaught.budget import Budget, RunLimits
    from selftaught.cli import config
    from selftaught.models.finding import check_name

    for key in ("model", "meta_model"):
        with config.named(key.replace("_", "-")):
            for name in shared.get(key, ()):
                check_name(name)
    given = [
        shared[name] for name in ("calls", "samples", "scores", "answer_tokens", "tokens", "cost", "time_")
    ]
    given[2] = given[2] or 0
    limits = [shared[name] for name in ("max_calls", "max_total_tokens", "max_time", "max_cost")]
    meta_model = shared.get("meta_model", ())
    return Options(
        model=shared["model"],
        meta_model=meta_model,
        models=_said_of_models((*shared["model"], *meta_model), shared["prices"]),
        budget=Budget(*given),
        limits=RunLimits(*limits),
        seed=shared["seed"],
        jobs=shared["jobs"],
        isolation=shared["isolation"],
        runs=shared["runs"],
        cache=shared["runs"] / "cache.sqlite" if shared["cache"] else None,
        watch=shared["watch"],
    )


def _said_of_models(
    names: Sequence[str], prices: Sequence[tuple[str, tuple[float, float]]]
) -> dict[str, ModelOptions]:
    """What the configuration file and ``--price`` say of each model."""
    from dataclasses import replace

    from selftaught.cli import config
    from selftaught.roster import ModelOptions

    tables = config.models_of(click.get_current_context())
    said = {name: tables[name] for name in names if name in tables}  # a file may have prices of many models
    for name, price in prices:
        if not name and len(set(names)) > 1:
            raise NoChoice(
                f"--price {price[0]:g}/{price[1]:g}: of which model? write --price {names[0]}=IN/OUT"
            )
        said[name or names[0]] = replace(said.get(name or names[0], ModelOptions()), price=price)
    return said


def raised(
    was: Mapping[str, ModelOptions],
    names: Sequence[str],
    prices: Sequence[tuple[str, tuple[float, float]]],
) -> dict[str, ModelOptions]:
    """What is said of each model of a run that is resumed: limits may be added or raised, its price stays."""
    from dataclasses import replace

    from selftaught.cli import config
    from selftaught.roster import ModelOptions

    context = click.get_current_context()
    file, tables = config.file_of(context), config.models_of(context)
    said = dict(was)
    for name, now in _said_of_models(names, prices).items():
        then = was.get(name, ModelOptions())
        where = f'{file}: [models."{name}"]: ' if name in tables else ""
        if now.price is not None and now.price != then.price:
            known = "none that was stated" if then.price is None else f"{then.price[0]:g}/{then.price[1]:g}"
            if name not in tables or tables[name].price != now.price:
                where = ""  # it was said by --price
            raise NoChoice(f"{where}the price of {name} is not the run's, which is {known}: leave it out")
        for limit in ("calls", "total_tokens", "cost"):
            new, old = getattr(now.limits, limit), getattr(then.limits, limit)
            if new is not None and old is not None and new < old:
                raise NoChoice(
                    f"{where}max-{limit.replace('_', '-')} may be raised, not lowered: the run has "
                    f"{_number(old)}, not {_number(new)}: leave it out"
                )
            if new is not None:
                then = replace(then, limits=replace(then.limits, **{limit: new}))
        said[name] = replace(then, concurrency=now.concurrency or then.concurrency)
    return said


def given() -> dict[str, Any]:
    """The options of this command that were given, by their parameters' names."""
    context = click.get_current_context()
    return {
        name: value
        for name, value in context.params.items()
        if name not in ("resume", "as_json", "yes", "dry_run")
        and context.get_parameter_source(name) != click.core.ParameterSource.DEFAULT
    }


def check_the_same(given: dict[str, Any], same: dict[str, Any], least: dict[str, Any]) -> None:
    """Refuse an option that differs from what a run was begun with, or lowers what may be raised.

    Where there was no limit one may be added: limits are no part of what is measured.
    """
    from selftaught.cli import config

    for name, was in same.items():
        if name in given and given[name] != was:
            known = "the model's own limit" if name == "answer_tokens" and was is None else _words(was)
            with config.named(flag(name).removeprefix("--")):
                raise NoChoice(
                    f"{flag(name)} {_words(given[name])} is not the run's, which is {known}: leave it out, or "
                    "begin a new run"
                )
    for name, was in least.items():
        if name in given and was is not None and given[name] < was:
            with config.named(flag(name).removeprefix("--")):
                raise NoChoice(
                    f"{flag(name)} may be raised, not lowered: the run has {_number(was)}, not "
                    f"{_number(given[name])}: leave it out"
                )


def _number(value: float) -> str:
    """A number as one would write it: no exponent, no digits that say nothing."""
    return f"{value:.12f}".rstrip("0").rstrip(".")


def _words(value: Any) -> str:
    if value is None or value == ():
        return "none"
    return " and ".join(value) if isinstance(value, (tuple, list)) else str(value)


def flag(name: str) -> str:
    """The option of this command whose value a parameter of this name takes."""
    options = (each for each in click.get_current_context().command.params if each.name == name)
    return max((opt for option in options for opt in option.opts), key=len)


def check_runs(folder: Path) -> None:
    """Make the folder of runs, or say what is wrong with it before any work is done."""
    import os

    from selftaught.cli import config

    with config.named("runs"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            why = "there is a file of that name" if isinstance(problem, FileExistsError) else problem.strerror
            mend = "give a folder that can be written"
            raise NoChoice(f"--runs {folder} cannot be made ({why}): {mend}") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise NoChoice(f"--runs {folder} cannot be written: give a folder that can be")
