"""The configuration file: everything that options say, in TOML, and what is to be said of each model.

    iterations = 4
    task = ["lpn", "bin_packing"]
    model = ["openai:gpt-4o-mini", "http://localhost:8000/v1#qwen"]
    max-cost = 5

    [models."openai:gpt-4o-mini"]
    max-cost = 3
    concurrency = 8

    [models."http://localhost:8000/v1#qwen"]
    price = [0.1, 0.4]      # US dollars for a million tokens in and out

A file may be shared by commands: each takes what it has an option for, and of the models those that it asks. A key
that no command has is an error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from selftaught.cli.options import AtLeast, Dollars, NoChoice
from selftaught.errors import InputError

if TYPE_CHECKING:
    from selftaught.roster import ModelOptions

_NOT_HERE = {"config", "json", "help", "version", "dry-run", "resume", "yes", "force"}
_OF_A_MODEL = ("price", "max-calls", "max-total-tokens", "max-cost", "concurrency")
_META = "selftaught.config"


def apply(context: click.Context, path: Path | None) -> None:
    """Make what the file says the defaults of this command."""
    if path is None:
        return
    document = _read(path)
    models = document.pop("models", {})
    if not isinstance(models, dict) or not all(isinstance(table, dict) for table in models.values()):
        raise NoChoice(f'{path}: models holds a table for each model, such as [models."openai:NAME"]')
    known = _options_of_all(context)
    for key in document:
        if key.replace("_", "-") not in known:
            raise NoChoice(f"{path}: there is no {key!r}: {_near(key.replace('_', '-'), [*known, 'models'])}")
    own = {_name(option): option for option in context.command.params if isinstance(option, click.Option)}
    defaults: dict[str, Any] = {}
    for key, value in document.items():
        option = own.get(key.replace("_", "-"))
        if option is None or option.name is None:
            continue
        if option.multiple != isinstance(value, list) and not (option.multiple and isinstance(value, str)):
            raise NoChoice(
                f"{path}: {key} must be {'a list' if option.multiple else 'one value'}, not {value!r}"
            )
        if isinstance(value, dict) or (option.is_flag and not isinstance(value, bool)):
            raise NoChoice(f"{path}: {key} must be {'true or false' if option.is_flag else 'one value'}")
        defaults[option.name] = [value] if option.multiple and isinstance(value, str) else value
        try:
            option.type_cast_value(context, defaults[option.name])
        except click.BadParameter as problem:
            raise NoChoice(f"{path}: {key} {problem.message}") from None
    context.default_map = defaults
    context.meta[_META] = path, {name: _model(path, name, table) for name, table in models.items()}


@contextmanager
def named(key: str) -> Iterator[None]:
    """Name the file and the key in a complaint about an option's value, where the file gave it."""
    try:
        yield
    except (InputError, NoChoice) as problem:
        context = click.get_current_context()
        options = [each for each in context.command.params if isinstance(each, click.Option)]
        names = [each.name or "" for each in options if _name(each) == key]
        if any(context.get_parameter_source(name) is ParameterSource.DEFAULT_MAP for name in names):
            raise NoChoice(f"{file_of(context)}: {key}: {problem}") from None
        raise


def file_of(context: click.Context) -> Path | None:
    """The file that is in force, if there is one."""
    path: Path | None = context.meta.get(_META, (None, {}))[0]
    return path


def models_of(context: click.Context) -> Mapping[str, ModelOptions]:
    """What the file says of each model, by name."""
    models: Mapping[str, ModelOptions] = context.meta.get(_META, (None, {}))[1]
    return models


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise NoChoice(f"--config {path} cannot be read: {problem.strerror}: name a file of TOML") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise NoChoice(f"{path} is no TOML: {problem}") from None


def _options_of_all(context: click.Context) -> list[str]:
    """The options of every command that takes a configuration file."""
    root = context.find_root().command
    commands = root.commands.values() if isinstance(root, click.Group) else [context.command]
    names: dict[str, None] = {}
    for command in commands:
        options = [_name(option) for option in command.params if isinstance(option, click.Option)]
        if "config" in options:
            names |= dict.fromkeys(options)
    return sorted(names.keys() - _NOT_HERE)


def _name(option: click.Option) -> str:
    return max(option.opts, key=len).removeprefix("--")


def _model(path: Path, name: str, table: Mapping[str, Any]) -> ModelOptions:
    from selftaught.budget import RunLimits
    from selftaught.roster import ModelOptions

    said = {key.replace("_", "-"): value for key, value in table.items()}
    where = f'{path}: [models."{name}"]'
    for key in said:
        if key not in _OF_A_MODEL:
            raise NoChoice(f"{where}: there is no {key!r}: {_near(key, _OF_A_MODEL)}")

    def number(key: str, kind: click.ParamType[Any]) -> Any:
        try:
            return None if key not in said else kind.convert(said[key], None, None)
        except click.BadParameter as problem:
            raise NoChoice(f"{where}: {key} {problem.message}") from None

    price = said.get("price")
    if price is not None and not (
        isinstance(price, list)
        and len(price) == 2
        and all(type(each) in (int, float) and 0 <= each < float("inf") for each in price)
    ):
        raise NoChoice(
            f"{where}: price must be [in, out], US dollars for a million tokens, but got {price!r}"
        )
    limits = RunLimits(
        number("max-calls", AtLeast(1)),
        number("max-total-tokens", AtLeast(1)),
        None,
        number("max-cost", Dollars()),
    )
    pair = None if price is None else (float(price[0]), float(price[1]))
    return ModelOptions(pair, limits, number("concurrency", AtLeast(1)))


def _near(key: str, known: Any) -> str:
    near = get_close_matches(key, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
