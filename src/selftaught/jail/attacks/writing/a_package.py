"""Opens an installed package's or the standard library's own files to change them, or adds one.

stopped by: landlock, root
as: root
"""

import contextlib
import ctypes
import os
import sys
import sysconfig


def attack(decoys):
    refused = ValueError("it is as it was")
    library = decoys["library"]
    for path in (library + "/__init__.py", os.__file__, sys.executable, ctypes.__file__, "/etc/ld.so.cache"):
        for flags in (os.O_RDWR, os.O_WRONLY | os.O_APPEND):
            try:
                os.open(path, flags)
                return True
            except OSError as problem:
                refused = problem
    for folder in (
        library,
        os.path.dirname(library),
        *(sysconfig.get_path(name) for name in ("stdlib", "purelib")),
    ):
        for name in ("a_module_of_an_attack.py", "a_path_of_an_attack.pth"):
            path = os.path.join(folder, name)
            try:
                os.open(path, os.O_CREAT | os.O_WRONLY)
                return True
            except OSError as problem:
                refused = problem
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(path)
    raise refused
