"""``selftaught jail``: one call of one function in a jail, and its outcome."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selftaught.cli import options
from selftaught.cli.options import NoChoice, Positive, command, option
from selftaught.cli.output import console, emit, isolation_words, note, printable, show_facts, styled

if TYPE_CHECKING:
    from selftaught.budget import Limits
    from selftaught.jail.cell import Outcome
    from selftaught.program import Program

_CALL, _LIMITS = "The call", "Limits of the jail"


@command("jail", "one call in a jail, and its outcome")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@option("--call", "function", metavar="NAME", required=True, group=_CALL, help="The function to call.")
@option(
    "--args",
    "arguments",
    metavar="JSON",
    default="[]",
    show_default=True,
    group=_CALL,
    help="Its positional arguments, a JSON list.",
)
@option(
    "--cpu-s", type=Positive(), default=1.0, show_default=True, group=_LIMITS, help="Seconds of CPU time."
)
@option("--wall-s", type=Positive(), group=_LIMITS, help="Seconds by the clock. Default: 10 x CPU time + 5.")
@option("--memory-mb", type=Positive(), default=256, show_default=True, group=_LIMITS, help="MiB of memory.")
@options.isolation
def jail(
    file: Path, function: str, arguments: str, cpu_s: float, wall_s: float | None, memory_mb: float,
    isolation: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Call a function of a file in a jail, as a scored program would be, and say what came of it.

    The outcome is ok, error, timeout, memory, refused or killed; the exit code is 0 whatever it is. With --json:
    {"status", "value", "error", "output", "cpu_s", "wall_s"}, arrays as nested lists, bytes as
    {"base64": "..."}, complex numbers as {"real", "imag"}.

    For example:
      selftaught jail program.py --call priority --args '[30, [100, 42]]'
      selftaught jail suspect.py --call main --cpu-s 0.5 --json
    """
    from selftaught.budget import Limits
    from selftaught.program import Program

    program = Program.read(file)
    values = _read(arguments)
    try:
        limits = Limits(cpu_s, wall_s or 0.0, int(memory_mb))
    except ValueError as problem:
        raise NoChoice(str(problem)) from None
    outcome = _call(program, function, values, limits, isolation)
    if isolation == "weak":
        note(f"isolation: {isolation_words('weak')}")
    if as_json:
        emit(_document(outcome))
    else:
        _show(function, outcome)


def _read(arguments: str) -> list[Any]:
    try:
        values = json.loads(arguments)
    except (ValueError, RecursionError) as problem:
        raise NoChoice(f"--args is not JSON ({problem}): give a list such as '[1, \"a\"]'") from None
    if not isinstance(values, list):
        raise NoChoice(f"--args must be a JSON list of positional arguments but got {arguments[:80]}")
    return values


def _call(
    program: Program, function: str, values: list[Any], limits: Limits, isolation: str | None
) -> Outcome:
    from selftaught.jail import doctor, wire
    from selftaught.jail.cell import Cell, Zygote

    seed = bytes(16)
    with Zygote(doctor.choose(isolation)) as zygote, Cell(zygote, limits, program, seed) as cell:
        try:
            return cell.call(function, values)
        except wire.Refused as problem:
            raise NoChoice(f"--args: {problem}") from None


def _document(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "value": _plain(outcome.value),
        "error": outcome.error or None,
        "output": outcome.output,
        "cpu_s": outcome.cpu_s,
        "wall_s": outcome.wall_s,
    }


def _plain(value: Any) -> Any:
    """A value that crossed, as JSON can hold it."""
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, complex):
        return {"real": value.real, "imag": value.imag}
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def _show(function: str, outcome: Outcome) -> None:
    out = console()
    style = "bold green" if outcome.status == "ok" else "bold red"
    words = repr(outcome.value) if outcome.status == "ok" else outcome.error
    out.print(styled(f"{outcome.status}: ", style), styled(words, ""), sep="", soft_wrap=True)
    if outcome.traceback:
        out.print(styled(outcome.traceback.rstrip(), "dim"), soft_wrap=True)
    if outcome.output:
        out.print(styled("--- printed", "dim"))
        out.print(printable(outcome.output.rstrip("\n")), soft_wrap=True)
        out.print(styled("---", "dim"))
    show_facts(
        out, {"call": f"{function}(...)", "cpu": f"{outcome.cpu_s:.4f} s", "wall": f"{outcome.wall_s:.4f} s"}
    )
