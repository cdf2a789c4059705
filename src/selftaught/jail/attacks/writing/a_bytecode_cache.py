"""Leaves bytecode where the next import of a package or of the standard library would find it.

stopped by: landlock, root
as: root
"""

import contextlib
import importlib.util
import os


def attack(decoys):
    refused = ValueError("nothing is left")
    for source in (decoys["library"] + "/__init__.py", os.__file__, importlib.util.__file__):
        try:
            os.open(importlib.util.cache_from_source(source), os.O_RDWR)
            return True
        except OSError as problem:
            refused = problem
    for source in (
        decoys["library"] + "/a_module_of_an_attack.py",
        os.__file__ + "_.py",
        decoys["scorer"] + "_.py",
    ):
        cached = importlib.util.cache_from_source(source)
        for path in (cached, cached + ".1"):  # the second as importlib does it: written aside, then renamed
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                return True
            except OSError as problem:
                refused = problem
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(path)
    raise refused
