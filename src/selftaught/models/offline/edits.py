"""The table of edits, and how boldly a temperature draws from it.

A temperature of 0 makes one small edit; 0.7 makes two on average, seldom a structural one; above 1 there are many.
The weights say how often an edit is drawn where it finds a place. They were set by hand so that answers are varied
and most of them run; no task was looked at through its score.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from selftaught.models.offline import composition, expressions, sequences, statements, texts
from selftaught.models.offline.draft import Draft
from selftaught.models.offline.layout import wrap_long_lines
from selftaught.models.offline.reading import compiles
from selftaught.models.offline.source import Change, Source, apply

_TRIES = 60  # draws for one edit before it is given up
_MISSES = 3  # after which an edit is taken to have no place here
_MOST_EDITS = 12
Span = tuple[int, int]
_USUAL = 0.7  # the temperature at which the weights hold as written


@dataclass(frozen=True, slots=True)
class Edit:
    """One kind of edit: how often it is drawn, and how bold it is (0 small, 1 plain, 2 structural)."""

    make: Callable[[Draft], Change | None]
    weight: float
    boldness: int = 0


EDITS = (
    Edit(expressions.move_constant, 14, 0),
    Edit(expressions.flip_constant, 1, 0),
    Edit(expressions.exchange_part, 20, 0),
    Edit(expressions.swap_parts, 4, 0),
    Edit(expressions.change_operator, 8, 0),
    Edit(expressions.change_comparison, 3, 0),
    Edit(expressions.change_connective, 2, 0),
    Edit(expressions.change_step, 2, 0),
    Edit(expressions.change_extreme, 4, 0),
    Edit(expressions.add_term, 10, 1),
    Edit(expressions.drop_term, 7, 1),
    Edit(expressions.bend, 6, 1),
    Edit(expressions.bound_number, 1, 1),
    Edit(expressions.choose_between, 3, 1),
    Edit(expressions.cross_part, 6, 1),
    Edit(sequences.widen_choice, 5, 1),
    Edit(sequences.cut_or_turn, 3, 1),
    Edit(sequences.filter_many, 3, 1),
    Edit(texts.edit_text, 1, 1),
    Edit(statements.remove_statement, 4, 1),
    Edit(statements.move_statement, 4, 1),
    Edit(statements.double_statement, 3, 1),
    Edit(statements.guard_statement, 3, 1),
    Edit(statements.repeat_statement, 2, 1),
    Edit(statements.accumulate, 4, 1),
    Edit(statements.condition_statement, 2, 1),
    Edit(statements.return_early, 2, 1),
    Edit(statements.cross_statement, 3, 2),
    Edit(composition.cross_body, 2, 2),
    Edit(composition.compose_best, 5, 2),
    Edit(composition.compose_plain, 2, 2),
)


def revise(
    program: Source, others: tuple[Source, ...], temperature: float, rng: random.Random
) -> tuple[Source, list[str]]:
    """Return ``program`` with some edits made, and the idea of each; itself if none could be made."""
    now, ideas = program, list[str]()
    done: list[Span] = []
    for _ in range(_number_of_edits(temperature, rng)):
        made = _one_edit(Draft(now, others, rng, temperature), program, done)
        if made is None:
            break
        now, change = made
        done = _moved_spans(done, change)
        ideas.append(change.idea)
    return wrap_long_lines(now, program), ideas


def _number_of_edits(temperature: float, rng: random.Random) -> int:
    more = temperature / (temperature + _USUAL)
    number = 1
    while number < _MOST_EDITS and rng.random() < more:
        number += 1
    return number


def _one_edit(draft: Draft, start: Source, done: list[Span]) -> tuple[Source, Change] | None:
    """Draw edits until one finds a place that none had before, and leaves a sound program unlike those before it."""
    heat = min(draft.temperature / _USUAL, 2.0)
    pool = [(edit, edit.weight * heat**edit.boldness) for edit in EDITS]
    misses: Counter[str] = Counter()
    for _ in range(_TRIES):
        drawn = draft.choose(pool, lambda p: p[1])
        if drawn is None:
            break
        name = drawn[0].make.__name__
        change = drawn[0].make(draft)
        if change is None:
            misses[name] += 1
            if misses[name] == _MISSES:
                pool.remove(drawn)
            continue
        if any(low <= begin < end <= high for begin, end, _ in change.replacements for low, high in done):
            continue
        after = _sound(draft.program, apply(draft.program.text, change))
        if after is not None and after.shape not in (draft.program.shape, start.shape):
            return after, change
    return None


def _moved_spans(done: list[Span], change: Change) -> list[Span]:
    """Return where what was written before stands after ``change``, and what the change wrote."""
    for begin, end, text in sorted(change.replacements, reverse=True):
        longer = len(text) - (end - begin)
        done = [_moved_span(span, begin, end, longer) for span in done]
        done.append((begin, begin + len(text)))
    return done


def _moved_span(span: Span, begin: int, end: int, longer: int) -> Span:
    low, high = span
    if low >= end:
        return low + longer, high + longer
    return low, max(low, high + longer if high >= end else min(high, begin))


def _sound(before: Source, text: str) -> Source | None:
    """Return the program that ``text`` is, unless it fails to compile, loses a signature or a name's value."""
    after = Source.read(text)
    if after is None or after.flow.missing > before.flow.missing:
        return None
    if any(after.signatures.get(name) != signature for name, signature in before.signatures.items()):
        return None
    return after if after.spotless or (not before.spotless and compiles(after.tree)) else None
