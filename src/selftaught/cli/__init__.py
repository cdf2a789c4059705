"""The command line: arguments in, words and exit codes out. One command a file; :mod:`~selftaught.cli.entry` ends it.

Nothing here is imported by the rest of the package, and what is heavy (NumPy, rich, asyncio) is imported by a command
once it is called, so that ``--help`` and a mistyped option answer at once.
"""

from selftaught.cli.entry import main

__all__ = ["main"]
