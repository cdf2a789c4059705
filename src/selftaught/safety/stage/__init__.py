"""What a watched program meets inside its jail: decoys in place of the real things, and a hook that tells of events.

This package is imported by the warm process of :mod:`selftaught.safety.watched` and runs beside what a model wrote,
so nothing that it tells is trusted: a program may keep it from telling, or make it tell what is not so. It gives the
program a ``utility`` and a ``language_model`` whose calls are answered outside, and stands in for what a jail refuses
(files that are written, processes, connections), so that the program goes on and shows what it is up to.

==============  =====================================================================================================
telling         what counts as the program's doing, and how it is told
given           the decoys of the utility and the language model
lying_about     data and modules of those who score, for whom looks for them
looking         frames and sources
executing       ``exec``, ``eval``, pickles
files           files, folders, pipes in memory
environment     ``os.environ``
processes       processes, by ``os`` and ``subprocess``
workers         ``multiprocessing`` and pools of processes, in threads
network         HTTP
elsewhere       clients of services, and modules that the program wrote
loops           sleep, clocks, event loops
events          the hook
running         a run
==============  =====================================================================================================
"""

import sys

from selftaught.safety.stage.running import run, set_once

__all__ = ["run"]

set_once()
sys.modules["the_stage"] = sys.modules[__name__]  # jails find no module of this package by its own name
