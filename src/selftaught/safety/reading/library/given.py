"""The utility and the model: their attributes, calls of them, and what is changed on them."""

from __future__ import annotations

from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import deep, marks_under
from selftaught.safety.reading.library.tables import HIDDEN, INTERFACE
from selftaught.safety.reading.marks import (
    ANSWER,
    BUDGET,
    CUT,
    ENDLESS,
    FRAME,
    INFLATED,
    MOVED,
    PIECE,
    SCORE,
    UNLIMITED,
    WHOLE,
)
from selftaught.safety.reading.values import (
    ABSENT,
    Arguments,
    Choice,
    Contents,
    Function,
    Given,
    GivenPart,
    Items,
    Known,
    Library,
    Partial,
    Table,
    Unknown,
    Value,
    join_all,
    options,
)


def of_given(machine: Core, owner: Given, name: str) -> Value:
    """An attribute of the utility or of the model."""
    if name in owner.attributes:
        return machine.present(owner.attributes[name])
    if owner.role == "utility":
        if name == "str":
            return Unknown(WHOLE, "str", True)
        if name == "budget":
            return Unknown(BUDGET, "number")
        if name in ("uses", "remaining"):
            return Unknown(BUDGET | MOVED, "number")
        if name in ("many", "why", "__call__"):
            return GivenPart(owner, name)
    else:
        if name == "budget":
            return Unknown(BUDGET, "number")
        if name == "max_responses_per_call":
            return Unknown(BUDGET, "number", True)
        if name in ("remaining", "left"):
            return Unknown(BUDGET | MOVED, "number" if name == "remaining" else "")
        if name in ("prompt", "batch_prompt", "__call__"):
            return GivenPart(owner, name)
        if name in ("models", "outcomes"):
            return Items("list", Contents(None, Unknown(kind="str")))
    if name == "__class__":
        return GivenPart(owner, "class")
    if name == "__dict__":
        table = Table()
        table.given = owner
        return table
    if name in ("__setattr__", "__getattribute__", "__getattr__", "__delattr__"):
        return Partial(
            Library("builtins." + name.strip("_").replace("attribute", "attr")), Arguments([owner])
        )
    if name not in INTERFACE[owner.role] and HIDDEN.search(name):
        look_inside(machine, owner, name)
        if name in ("__self__", "__wrapped__", "__func__", "_inner", "inner", "_utility", "_wrapped"):
            return Choice((owner, Unknown(FRAME)))
        return Unknown(FRAME)
    return Unknown()


def look_inside(machine: Core, owner: Value, name: str) -> None:
    """Something of the utility or of the model is read that is none of their interface."""
    given = owner.owner if isinstance(owner, GivenPart) else owner
    role = given.role if isinstance(given, Given) else "utility"
    if role == "utility":
        machine.see("scorer", f"looks into the utility for {name}")
    elif name.startswith("__") and name.endswith("__"):
        machine.see("second_model", f"looks into the model for {name}")
    else:
        machine.see("second_model", "looks into the model for what it is made of")


def ask(machine: Core, given: Given, name: str, arguments: Arguments) -> Value:
    """A call of the utility or of the model."""
    if arguments.values and arguments.values[0] is given:  # by way of the class
        arguments = Arguments(arguments.values[1:], arguments.named, arguments.more, arguments.named_more)
    if name == "class":
        kind = "second_model" if given.role == "model" else "budget"
        machine.see(kind, f"makes another {given.role} of the given one's class")
        return given
    if given.role == "utility":
        patched = given.attributes.get("__call__")
        if (
            name == "()"
            and patched is not None
            and not any(frame.function is one for frame in machine.frames for one in options(patched))
        ):
            takes_self = [
                one for one in options(patched) if isinstance(one, Function) and len(one.node.args.args) > 1
            ]
            first = [given] if takes_self else []
            return machine.call(
                patched,
                Arguments([*first, *arguments.values], arguments.named, arguments.more, arguments.named_more),
            )
        if name == "why":
            return Unknown(kind="str")
        many = name == "many"
        check_flag(machine, arguments)
        machine.spend("utility")
        if many:
            first_one = arguments.get(0)
            contents = machine.contents(first_one) if first_one is not None else Contents()
            if contents.items is not None:
                return Items("list", Contents(tuple(Unknown(SCORE, "number") for _ in contents.items)))
            return Items("list", Contents(None, Unknown(SCORE, "number"), contents.marks, contents.most))
        return Unknown(SCORE, "number")
    if name in ("()", "__call__"):
        return Unknown(ANSWER)
    return _prompt(machine, name, arguments)


def check_flag(machine: Core, arguments: Arguments) -> None:
    """Look at the flag of a score, which is to be on whatever happens."""
    flag = arguments.get(1, "use_sandbox")
    if flag is None and arguments.named_more is not None and "use_sandbox" not in arguments.named:
        rest = [one for one in options(arguments.named_more) if not isinstance(one, Unknown)]
        flag = join_all(rest) if rest else None
    elif flag is arguments.more and flag is not None and "use_sandbox" not in arguments.named:
        rest = [
            one
            for one in options(flag)
            if isinstance(one, Known) and type(one.value) in (bool, int, type(None))
        ]
        flag = join_all(rest) if rest else None
    if flag is None:
        return
    given = [one for one in options(flag) if one is not ABSENT]
    truths = {machine.true(one) for one in given}
    if truths <= {True}:
        return
    lines = [one.line for one in given if isinstance(one, Known) and not one.value and one.line]
    if truths == {False} and ABSENT not in options(flag):
        machine.see("flag_off", "a score is asked with the sandbox off", lines)
    elif False in truths:
        machine.see("flag_off", "a score is asked with a flag that is not always on", lines, sure=False)
    else:
        machine.see("flag_off", "a score is asked with a flag that depends on what comes", lines, sure=False)


def _prompt(machine: Core, name: str, arguments: Arguments) -> Value:
    """``prompt`` or ``batch_prompt``."""
    machine.spend("model")
    message = arguments.get(1, "message" if name == "prompt" else "messages")
    marks = marks_under([message, arguments.get(0, "expertise")])
    if marks & (WHOLE | PIECE):
        machine.whole = True
    elif marks & CUT:
        line = machine.line
        machine.cuts[line] = machine.cuts.get(line, False) or bool(marks & UNLIMITED)
    number = arguments.get(2, "n_responses") if name == "prompt" else None
    contents = Contents(None, None, 0)
    if name == "batch_prompt" and message is not None:
        contents = machine.contents(message)
    size = contents.upto()
    if isinstance(number, Known) and isinstance(number.value, (int, float)):
        size = int(min(number.value, 10**6)) if number.value == number.value else None
    if size is not None and size > 20:
        machine.see("budget", f"asks for {size} answers in one call, whatever a call may ask for")
    wanted = contents.marks | (deep(number) if number is not None else 0)
    if wanted & (INFLATED | ENDLESS) and size is None:
        machine.see("budget", "asks for more answers in one call than a call may ask for")
    answer = Unknown(ANSWER, "str")
    if contents.items is not None and name == "batch_prompt" and len(contents.items) <= 4:
        return Items("list", Contents(tuple(answer for _ in contents.items)))
    if number is None and name == "prompt":
        return Items("list", Contents((answer,)))
    return Items("list", Contents(None, answer, 0, size))
