"""What the functions of Python and its library do with what they are given, as far as it matters here.

Three kinds of knowledge: what a call gives back; which functions it calls in turn; and what it does to the world:
executes text, starts processes, reads files, asks the network. What is not known gives something unknown that holds
what it was given, and is taken to call the functions that it was given.
"""

from selftaught.safety.reading.library.calling import call
from selftaught.safety.reading.library.given import ask, look_inside
from selftaught.safety.reading.library.holding import unknown_call
from selftaught.safety.reading.library.making import decorate
from selftaught.safety.reading.library.members import (
    begin,
    builtin,
    foreign_contents,
    inherited,
    item,
    member,
    of_function,
    of_value,
    set_library_item,
    set_member,
    set_on_function,
    some_member,
)
from selftaught.safety.reading.library.methods import method
from selftaught.safety.reading.library.tables import BUILTINS, HARMLESS_VARIABLES, MODEL_WORDS, MODELS
from selftaught.safety.reading.library.world import imported

__all__ = [
    "BUILTINS",
    "HARMLESS_VARIABLES",
    "MODELS",
    "MODEL_WORDS",
    "ask",
    "begin",
    "builtin",
    "call",
    "decorate",
    "foreign_contents",
    "imported",
    "inherited",
    "item",
    "look_inside",
    "member",
    "method",
    "of_function",
    "of_value",
    "set_library_item",
    "set_member",
    "set_on_function",
    "some_member",
    "unknown_call",
]
