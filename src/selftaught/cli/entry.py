"""The way in and every way out.

0    the command did its work, whatever the program it ran did
1    something of ours or of the machine failed, or a limit was reached before any result
2    the call or the input was wrong: one line on standard error
130  Ctrl-C (143: asked to end by SIGTERM), in order, with a line that says what is kept
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import NoReturn

import click

from selftaught import __version__
from selftaught.cli.audit import audit
from selftaught.cli.demo import demo
from selftaught.cli.doctor import doctor
from selftaught.cli.export import export
from selftaught.cli.improve import improve
from selftaught.cli.improvers import improvers
from selftaught.cli.jail import jail
from selftaught.cli.models import models
from selftaught.cli.new import new
from selftaught.cli.options import NoChoice, help_text
from selftaught.cli.output import note
from selftaught.cli.run import run
from selftaught.cli.runs import runs
from selftaught.cli.score import score
from selftaught.cli.study import studies, study
from selftaught.cli.tasks import tasks
from selftaught.errors import InputError, SelftaughtError
from selftaught.keys import without_keys

_SECTIONS = {
    "Improve": (run, improve, score),
    "Begin": (demo, new, tasks, improvers, models, runs, export),
    "Study": (study, studies),
    "Trust": (doctor, audit, jail),
}


class _Commands(click.Group):
    """The commands, in the order in which one meets them."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, commands in _SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(c.name or "", c.short_help or "") for c in commands])


_ABOUT = """
Programs that improve programs, and themselves, inside a jail that holds.

A first look, without a key or a network:
  selftaught demo              a recorded run, replayed and explained
  selftaught doctor            does the jail hold on this machine?
  selftaught new my_task       a small task of your own, to begin with
  selftaught improve my_task   one improver, one task, a better program
  selftaught run               an improver improves itself
"""


@click.group(
    cls=_Commands,
    help=help_text(_ABOUT),
    commands=[command for commands in _SECTIONS.values() for command in commands],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`selftaught COMMAND --help` explains each with examples. Every command takes --json.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Every command."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command that ``arguments`` (the process's own unless given) name, and end the process."""
    sys.excepthook = _bug
    logging.lastResort = (
        None  # libraries' logs are not what a user asked for: failures are told in our own line
    )
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # an ASCII terminal is shown ± as its escape
    stopping = _Stopping()
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt as stopped:
        _complain(f"{stopping.word}: {str(stopped) or 'nothing is kept'}")
        code = stopping.code
    sys.exit(_flushed(code))


def _run(arguments: list[str]) -> int:
    try:
        with cli.make_context("selftaught", arguments or ["--help"]) as context:
            cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as problem:
        return _complain(_usage(problem), code=2)
    except InputError as problem:
        return _complain(str(problem), code=2)
    except SelftaughtError as problem:
        return _complain(str(problem))
    except BrokenPipeError:
        return 0  # whoever read has seen enough
    except OSError as problem:
        why = (
            problem.strerror
            or str(problem)
            or f"{type(problem).__name__}: it did not answer in time, or is too busy"
        )
        return _complain(f"{problem.filename or 'the machine'}: {why}")
    return 0


def _usage(problem: click.UsageError) -> str:
    """What was wrong with the call, in one line: what, the value, the mend."""
    match problem:
        case click.exceptions.NoSuchOption():
            near = problem.possibilities
            mend = f"did you mean {' or '.join(near)}?" if near else _see_help(problem)
            return f"no such option {problem.option_name}: {mend}"
        case click.exceptions.NoSuchCommand():
            near = problem.possibilities
            mend = f"did you mean {' or '.join(near)}?" if near else "there are " + ", ".join(cli.commands)
            return f"no such command {problem.command_name}: {mend}"
        case click.MissingParameter():
            what = problem.param.make_metavar(problem.ctx) if problem.param and problem.ctx else "an argument"
            return f"{what} is missing: {_see_help(problem)}"
        case click.BadParameter() if problem.param is not None:
            return f"{_named(problem.param)} {problem.message}"
        case NoChoice():
            return problem.message
    return f"{problem.format_message().rstrip('.')}: {_see_help(problem)}"


def _named(parameter: click.Parameter) -> str:
    return (
        max(parameter.opts, key=len) if isinstance(parameter, click.Option) else parameter.human_readable_name
    )


def _see_help(problem: click.UsageError) -> str:
    return f"see `{problem.ctx.command_path if problem.ctx else 'selftaught'} --help`"


def _complain(words: str, code: int = 1) -> int:
    """Say one line on standard error, whatever the words hold; the exit code."""
    note(without_keys(words))
    return code


def _flushed(code: int) -> int:
    """The exit code once standard output is out; a reader that left early is no failure."""
    if sys.stdout is None:
        return code
    try:
        sys.stdout.flush()
    except OSError as problem:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter tries once more
        if not isinstance(problem, BrokenPipeError):
            return _complain(f"standard output cannot be written: {problem.strerror}")
    return code


class _Stopping:
    """SIGTERM and a closed terminal end a command as Ctrl-C does, in order; only the word and the code differ."""

    def __init__(self) -> None:
        self.word, self.code = "interrupted", 130
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:  # else nohup, or a test
                signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.word, self.code = f"ended by {signal.Signals(number).name}", 128 + number
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background by a shell
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)


def _bug(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    """Take what nobody expected: one line, and how to see more (``sys.excepthook``; the exit code is 1)."""
    if os.environ.get("SELFTAUGHT_TRACEBACK"):
        sys.__excepthook__(kind, problem, trace)
    else:
        mend = "this is a bug in selftaught; run with SELFTAUGHT_TRACEBACK=1 to see where"
        _complain(f"{kind.__name__}: {problem}: {mend}")
