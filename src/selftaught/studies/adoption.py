"""How many false gains each rule of adoption lets in, and how many true ones it refuses.

Each rule governs a recursion of its own. All of one run's recursions begin alike and are made at the same addresses,
so that rules which have come to the same incumbent are offered the same proposal. Whether a proposal is a gain is
measured beside the recursion, on many more instances, by which nothing is chosen.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.meta import MetaTask
from selftaught.planning import Uses
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import score
from selftaught.statistics import mean_of
from selftaught.stop import ADOPT, ON_SEARCH, stop, used_at
from selftaught.studies.study import (
    COMPARED,
    COMPARED_BY,
    GAINS,
    Defaults,
    Figure,
    Line,
    Report,
    Row,
    Settings,
    Study,
    Table,
    by_run,
    compare,
    parts_by_run,
    rated,
    summed_up,
)
from selftaught.task import Task

RULES = (*ADOPT, *ON_SEARCH)
TIMES = 20
"""How many times as many instances as the validation has measure what is true of a proposal."""
_ALL = "all tasks"


def _uses(settings: Settings, budget: Budget) -> Uses:
    # each iteration has at most twice as many incumbents as the one before it, and at most one for each rule
    steps = sum(min(len(RULES), 2**t) for t in range(settings.iterations))
    once = 3 + steps * (budget.scores + 4) + TIMES * (1 + steps)
    return Uses(parts_by_run(settings) * steps, parts_by_run(settings) * settings.repeats * once)


async def _one(run: Run, settings: Settings, task: Task, number: int) -> list[Row]:
    place = Address(("adoption", task.name, f"run{number}"))
    meta = MetaTask((task,), settings.repeats, settings.seed_improver, run.budget, len(run.models))
    rows = []
    for rule in RULES:  # one after another: what one has done, the next finds done
        rows += await _under(run, meta, settings.iterations, rule, place)
    return [{"task": task.name, "run": number, **row} for row in rows]


async def _under(run: Run, meta: MetaTask, iterations: int, rule: str, place: Address) -> list[Row]:
    """What happened under one rule, an iteration a row."""
    searched = meta.draw("search", run.seed_of(*place.path, "search"))
    held_back = meta.draw("test", run.seed_of(*place.path, "truth"), TIMES * len(searched))

    async def truth(program: Program) -> list[float]:
        return (await score(run, meta, program, held_back, place / "truth")).values

    rows: list[Row] = []
    first = await truth(meta.start)
    incumbent, known = meta.start, first
    on_search = None
    async for each in stop(run, meta, iterations, rule, place):
        run.meter.check()
        if on_search is not None:
            row: Row = {
                "rule": rule, "t": each.t, "incumbent": incumbent.fingerprint, "adopted": each.adopted,
                "proposed": each.proposed and each.proposed.fingerprint, "why": each.why, "judged": None,
            }  # fmt: skip
            if each.met is not None:
                assert each.proposed is not None
                assert each.proposed_validation is not None
                at = used_at(place, each.t, incumbent, incumbent) / incumbent.fingerprint / "utility"
                seen = await score(run, meta, each.proposed, searched, at)
                new = await truth(each.proposed)
                run.meter.check()
                gain, low, high, _ = summed_up([a - b for a, b in zip(new, known, strict=True)], GAINS)
                row |= {
                    "true": gain, "true_low": low, "true_high": high,
                    "validation": each.proposed_validation.mean.mean - each.met.mean.mean,
                    "search": seen.mean.mean - on_search.mean.mean,
                    "judged": {
                        **{name: judge(each.proposed_validation, each.met)[0] for name, judge in ADOPT.items()},
                        **{name: judge(seen, on_search)[0] for name, judge in ON_SEARCH.items()},
                    },
                }  # fmt: skip
                known = new if each.adopted else known
            row["since_start"] = summed_up([a - b for a, b in zip(known, first, strict=True)], GAINS)[0]
            rows.append(row)
        incumbent, on_search = each.improver, each.search
    return rows


# --- the report -----------------------------------------------------------------------------------------------------


def _report(settings: Settings, rows: list[Row]) -> Report:
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    groups = [*tasks, _ALL] if len(tasks) > 1 else tasks
    of = {group: [row for row in rows if group in (row["task"], _ALL)] for group in groups}

    distinct = {group: _distinct(of[group]) for group in groups}
    in_loop, judged = {}, {}
    for group in groups:
        for rule in RULES:
            mine = [row for row in of[group] if row["rule"] == rule and row["judged"] is not None]
            in_loop[group, rule] = [(row, row["adopted"]) for row in mine]
            judged[group, rule] = [(row, row["judged"][rule]) for row in distinct[group]]
    ends = [(*who, *summed_up(list(_ends(of[who[0]], who[1]).values()), GAINS)) for who in in_loop]
    measured = (
        f"A proposal's true difference to the incumbent is measured on {TIMES * settings.repeats} meta-instances; "
        "surely worse: its 95% interval lies below 0."
    )
    last = groups[-1]
    tables = [
        _let_in("false gains, each rule in its own loop", in_loop, measured),
        _refused("true gains, each rule in its own loop", in_loop),
        _let_in("false gains, every rule on the same proposals", judged, "Each proposal of any loop, once."),
        _refused("true gains, every rule on the same proposals", judged),
        Table(
            "what each loop came to", ("task", "rule", "above the start", "low", "high", "runs"), tuple(ends),
            f"The last incumbent's meta-utility less the seed improver's, on the same {TIMES * settings.repeats} "
            "meta-instances; mean over runs with 95% intervals.",
        ),
        *(_in_pairs(group, distinct[group], of[group], tested=group == last) for group in (last, *groups[:-1])),
    ]  # fmt: skip
    return Report(tuple(tables), (_figure(in_loop, last),), (_words(rows),))


_Verdicts = dict[tuple[str, str], list[tuple[Row, bool]]]
_SHARES = "Exact 95% intervals, as if proposals were independent, which those of one run are not."


def _let_in(title: str, verdicts: _Verdicts, remark: str) -> Table:
    lines = []
    for who, judged in verdicts.items():
        taken = [row for row, adopted in judged if adopted]
        signs = [_sign(row["true"]) for row in taken]
        false = sum(sign <= 0 for sign in signs)
        surely = sum(row["true_high"] < 0 for row in taken)
        lines.append(
            (
                *who, len(judged), len(taken), signs.count(1), signs.count(0), signs.count(-1), surely,
                *rated(false, len(taken)),
            )
        )  # fmt: skip
    columns = (
        "task", "rule", "proposals", "adopted", "gains", "alike", "worse", "surely worse",
        "false share", "low", "high",
    )  # fmt: skip
    remark = f"{remark} False share: of what was adopted, what is alike or worse. {_SHARES}"
    return Table(title, columns, tuple(lines), remark)


def _refused(title: str, verdicts: _Verdicts) -> Table:
    lines = []
    for who, judged in verdicts.items():
        gains = [adopted for row, adopted in judged if _sign(row["true"]) > 0]
        lines.append((*who, len(gains), gains.count(False), *rated(gains.count(False), len(gains))))
    columns = ("task", "rule", "true gains", "refused", "refused share", "low", "high")
    return Table(title, columns, tuple(lines), f"Refused share: of the true gains. {_SHARES}")


def _sign(difference: float) -> int:
    """1, 0 or -1; what differs by rounding only is equal."""
    return 0 if abs(difference) <= 1e-12 else 1 if difference > 0 else -1


def _distinct(rows: list[Row]) -> list[Row]:
    """Each proposal once, whichever rules' loops came to it."""
    names = ("task", "run", "t", "incumbent", "proposed")
    found = {tuple(row[name] for name in names): row for row in rows if row["judged"] is not None}
    return list(found.values())


def _ends(rows: list[Row], rule: str) -> dict[tuple[str, int], float]:
    """By task and run, how far above the seed improver the last incumbent is."""
    mine = sorted(
        (row for row in rows if row["rule"] == rule), key=lambda row: (row["task"], row["run"], row["t"])
    )
    return {(row["task"], row["run"]): row["since_start"] for row in mine}


def _in_pairs(group: str, distinct: list[Row], rows: list[Row], *, tested: bool) -> Table:
    pairs = _pairs(distinct, rows)
    compared = compare({key: both for key, both in pairs.items() if both[0]})
    lines: list[tuple[Any, ...]] = []
    for key, both in pairs.items():
        cells: tuple[Any, ...] = (None, None, None, 0, None, None, "")
        if key in compared:
            cells = compared[key].cells()
        means = [mean_of(each).mean if each else None for each in both]
        lines.append((*key, *means, *(cells if tested else cells[: -len(_TESTS)])))
    columns = ("what", "first", "second", "of first", "of second", *COMPARED)
    remark = (
        "Shares of the proposals that are no gain, and of those that are, one value a run (the share of its own "
        "proposals); and what the loops came to. All of it paired by run, with 95% intervals of the differences."
    )
    remark += f" {COMPARED_BY}" if tested else " Not tested: to be read beside the table of all tasks."
    return Table(
        f"rules in pairs, {group}",
        columns if tested else columns[: -len(_TESTS)],
        tuple(lines),
        remark,
    )


_TESTS = COMPARED[4:]
_Pair = tuple[str, str, str]


def _pairs(distinct: list[Row], rows: list[Row]) -> dict[_Pair, tuple[list[float], list[float]]]:
    """What is compared, one value a run: how often each of two rules is wrong, and what their loops came to."""
    pairs: dict[_Pair, tuple[list[float], list[float]]] = {}
    for what, gain in (("false gains let in", False), ("true gains refused", True)):
        of_run: dict[tuple[str, int], list[dict[str, bool]]] = {}
        for row in distinct:
            if (_sign(row["true"]) > 0) == gain:
                of_run.setdefault((row["task"], row["run"]), []).append(row["judged"])
        for both in combinations(RULES, 2):
            one, other = (
                [mean_of([float(each[rule] != gain) for each in judged]).mean for judged in of_run.values()]
                for rule in both
            )
            pairs[what, *both] = one, other
    for both in combinations(RULES, 2):
        # measured from the same start on the same instances, so that they differ by no more than two scores do
        one, other = (list(_ends(rows, rule).values()) for rule in both)
        pairs["above the start", *both] = one, other
    return pairs


def _figure(in_loop: _Verdicts, group: str) -> Figure:
    false, refused = [], []
    for x, rule in enumerate(RULES):
        judged = [(_sign(row["true"]) > 0, adopted) for row, adopted in in_loop[group, rule]]
        false.append((x, [not gain for gain, adopted in judged if adopted]))
        refused.append((x, [not adopted for gain, adopted in judged if gain]))
    lines = []
    for label, points in (("false gains, of what was adopted", false), ("refused, of true gains", refused)):
        known = [(float(x), rated(sum(found), len(found))) for x, found in points if found]
        if known:
            xs, shares = zip(*known, strict=True)
            intervals = tuple((low, high) for _, low, high in shares)
            lines.append(Line(label, xs, tuple(share or 0.0 for share, *_ in shares), intervals))
    return Figure("adoption", f"adoption, {group}", "", "share", tuple(lines), RULES, kind="points")


def _words(rows: list[Row]) -> str:
    distinct = _distinct(rows)
    unsure = sum(row["true_low"] <= 0 <= row["true_high"] and _sign(row["true"]) != 0 for row in distinct)
    nothing = sum(row["judged"] is None for row in rows)
    return (
        f"{len(distinct)} different proposals were measured; of {unsure} the true difference is so small that its "
        f"95% interval holds 0, and its sign, by which it is counted, may be chance. In {nothing} of the "
        f"{len(rows)} iterations of all loops nothing new was proposed."
    )


STUDY = Study(
    "adoption",
    "how many false gains does each rule of adoption let in, and how many true ones does it refuse?",
    f"Each of {', '.join(RULES)} governs a recursion of its own; loops of one run begin alike and share all that "
    "does not depend on the rule. A proposal's true difference to the incumbent is its mean paired difference on "
    f"{TIMES} times as many meta-instances as the validation has, from seeds of their own; at most 0 is a false "
    "gain if adopted, above 0 a true one. Shares of false gains in what was adopted and of refused ones in true "
    "gains, with exact 95% intervals, in the loops and, as all rules can judge any proposal, on the same "
    "proposals. Rules in pairs, over all tasks together: how often each is wrong of the proposals that are no gain, "
    "and of those that are, as a share of each run's own, and what the loops came to; paired by run. "
    f"{COMPARED_BY}",
    Defaults(("lpn", "bin_packing"), replicates=5, iterations=4, repeats=5),
    parts_by_run,
    _uses,
    by_run(_one),
    _report,
    lambda settings: (3 * len(tuple(combinations(RULES, 2))), parts_by_run(settings)),
)
