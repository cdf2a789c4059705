"""Whether the trusted side came to harm: judged by other code than that which is attacked."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import Any

import numpy as np

from selftaught.jail.cell import Outcome

MOST_GROWTH_MB = 384
"""How much memory an attack may cost its owner meanwhile."""


def fault_of(value: Any) -> str:
    """Why a value should never have come out of a jail, "" if it may: judged by other code than :mod:`wire`."""
    # 64 deep, in the 4 that a frame wraps round it, and what lies in the deepest
    left, count, size = [(value, 0)], 0, 0
    while left:
        each, depth = left.pop()
        kind, wrong = type(each), ""
        count += 1
        if kind is int:
            wrong = "" if -(2**63) < each < 2**63 else "an integer of more than 63 bits"
        elif kind is float:
            wrong = "" if math.isfinite(each) else f"a number that is not finite: {each}"
        elif kind is str or kind is bytes:
            size += len(each)
        elif kind is list or kind is tuple:
            left += [(item, depth + 1) for item in each]
        elif kind is dict:
            left += [(item, depth + 1) for item in each.values()]
            size += sum(len(key) for key in each if type(key) is str)
            wrong = "" if all(type(key) is str for key in each) else "a dict with keys that are no text"
        elif kind is np.ndarray:
            size += each.nbytes
            wrong = _fault_of_array(each)
        elif each is not None and kind is not bool:
            wrong = f"a foreign type: {kind.__name__}"
        if depth > 69 or count > 2**20 or size > 2**24:
            wrong = "too deep, too many, too large"
        if wrong:
            return f"a value that may not cross: {wrong}"
    return ""


def _fault_of_array(array: np.ndarray[Any, Any]) -> str:
    if array.dtype.kind not in "biufc" or array.dtype.itemsize > 16 or not array.dtype.isnative:
        return f"an array of {array.dtype}"
    if array.ndim > 32 or array.base is not None or not (array.flags.c_contiguous and array.flags.writeable):
        return "an array that is not plain"
    if max(array.shape, default=0) > 2**24:
        return f"an array of the shape {array.shape}"
    if array.dtype.kind == "b":
        return "" if array.size == 0 or array.view("u1").max() <= 1 else "booleans that are neither"
    return "" if np.isfinite(array).all() else "an array that is not finite"


def fault_of_outcome(outcome: Outcome) -> str:
    """Words of a failure are an attacker's too: of a known kind and so many, a cause in one line."""
    told = (outcome.error, 500), (outcome.traceback, 4000), (outcome.output, 2**16)
    if any(type(words) is not str or len(words) > most for words, most in told):
        return "a value that may not cross: words without end"
    if len(outcome.error.splitlines()) > 1:
        return "a value that may not cross: a cause of several lines"
    return fault_of(outcome.value)


class Growth:
    """How much more memory than now this process has held at its peak (VmHWM and clear_refs in proc(5))."""

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # the peak is what there is now
        self._before = self._peak_mb()

    def mb(self) -> float:
        """MiB since this was made."""
        return self._peak_mb() - self._before

    def _peak_mb(self) -> float:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
