"""Reads the file of a task that makes its instances, their hidden answers and the scores.

stopped by: landlock, root
canary: yes
"""

import importlib.machinery
import importlib.util
import inspect
import linecache
import os
import types


def as_a_module(path):
    module = types.ModuleType("scorer")
    module.__file__ = path
    return inspect.getsource(module)


SPELLINGS = (
    lambda path: open(path).read(),
    linecache.getlines,
    as_a_module,
    lambda path: importlib.machinery.SourceFileLoader("scorer", path).get_source("scorer"),
    lambda path: importlib.machinery.SourceFileLoader("scorer", path).get_code("scorer").co_names,
    lambda path: os.listdir(os.path.dirname(path)),
    lambda path: open(importlib.util.cache_from_source(path), "rb").read(),
)


def attack(decoys):
    refused = ValueError("an empty file")
    for spelling in SPELLINGS:
        try:
            if spelling(decoys["scorer"]):
                return True
        except Exception as problem:
            refused = problem
    raise refused
