"""Which strategies an improver uses, decided from its syntax tree by rules. Nothing is run.

The rules ask what a program does with its data (:mod:`selftaught.flow`): how the program that goes into a prompt was
chosen, what is kept from one round to the next, on what the sampling temperature depends, under which condition it
ends. Names, comments and docstrings play no part. What each strategy is stands in :data:`STRATEGIES`; how often the
rules are right, and where they are not, in ``docs/strategies.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from selftaught.flow import Flow
from selftaught.flow.values import RANKED, Prompt, Scored, Tag, kinds
from selftaught.program import Program
from selftaught.syntax import parsed

STRATEGIES = {
    "beam_search": "the best few programs are kept and each of them is built upon, round after round; or a tree of "
    "programs is searched",
    "genetic_model": "the model makes children of parents that are chosen out of a population, partly by chance",
    "genetic_splice": "children are cut and pasted, or changed by chance, out of programs' texts without the model",
    "annealing": "a worse program may take the place of a better one, with a probability that falls",
    "temperature_schedule": "the temperature of sampling changes from call to call by a rule",
    "bandit": "a choice among arms (advice, temperatures, models, programs) by the rewards that each has brought",
    "epsilon_greedy": "with some probability one at random, else the best",
    "decomposition": "the program is worked on part by part, or a plan is asked for and then carried out",
    "hints": "prompts differ by advice, instructions or roles out of a list",
    "local_search": "the single best program is built upon, again and again",
    "restarts": "it begins again with the program given at first where it is stuck",
    "early_stopping": "it ends, with budget left, when a score is reached or nothing improves",
    "score_cache": "scores are remembered by text and looked up before a text is scored",
    "reflection": "scores, faults or errors of earlier attempts go into the next prompt",
    "ensemble": "several programs become one: merged by the model, or carried and used together by a program",
}
"""Each strategy's name, and what must be so."""

NEW = "new"
"""What is said of an improver with parts that no rule explains."""

MOST_CHARACTERS = 200_000
"""Of a program that is read; a longer one is not judged."""


@dataclass(frozen=True)
class Finding:
    """A strategy (or a part that no rule explains), with the lines, counted from 1, that show it."""

    what: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Strategies:
    """What an improver uses.

    ``unexplained`` are the parts that no rule explains. ``unread`` is why a program was not judged at all ("" if it
    was), ``complete`` is False if it was so large or deep that only a part of what it does was followed.
    """

    used: tuple[Finding, ...] = ()
    unexplained: tuple[Finding, ...] = ()
    unread: str = ""
    complete: bool = True

    @property
    def names(self) -> frozenset[str]:
        """The strategies used."""
        return frozenset(each.what for each in self.used)

    @property
    def labels(self) -> tuple[str, ...]:
        """The same in the order of :data:`STRATEGIES`, with :data:`NEW` at the end where it applies."""
        return (*(name for name in STRATEGIES if name in self.names), *([NEW] if self.unexplained else []))


def strategies_of(program: Program | str) -> Strategies:
    """Which strategies an improver uses. Whatever the text is, nothing is raised and nothing of it is run."""
    text = program.text if isinstance(program, Program) else program
    tree = parsed(text, MOST_CHARACTERS)
    if isinstance(tree, str):
        return Strategies(unread=tree, complete=False)
    flow = Flow(tree)
    if not flow.found_entry:
        return Strategies(unread="defines no improve_algorithm", complete=flow.complete)
    return _Rules(flow).judged()


class _Rules:
    """The rules, over what one improver does."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.found: dict[str, set[int]] = {}
        self.odd: dict[str, set[int]] = {}
        self.given = {tag[1] for each in flow.scored for tag in each.tags if tag[0] == "ans"}
        self.writing = [prompt for prompt in flow.prompts if prompt.site in self.given]
        """The calls whose answers are scored or handed back."""
        self.other = [prompt for prompt in flow.prompts if prompt.site not in self.given]
        self.spliced = _together(each for each in flow.scored if "spliced" in kinds(each.tags))
        self.tree = self._is_tree()

    def judged(self) -> Strategies:
        for prompt in self.writing:
            self._expansion(prompt, prompt.message, by_model=True)
            self._prompt(prompt)
        for each in self.spliced:
            self._expansion(each, each.tags, by_model=False)
            self._splice(each)
        for scored in self.flow.scored:
            self._scored(scored)
        self._plans()
        self._stops()
        self._cache()
        self._odd()
        used = tuple(Finding(name, _lines(self.found[name])) for name in STRATEGIES if name in self.found)
        odd = tuple(Finding(what, _lines(lines)) for what, lines in sorted(self.odd.items()))
        return Strategies(used, odd, complete=self.flow.complete)

    def _use(self, name: str, *lines: int) -> None:
        self.found.setdefault(name, set()).update(lines)

    # --- how the program that is built upon was chosen ----------------------------------------------------------

    def _expansion(self, event: Prompt | Scored, tags: frozenset[Tag], *, by_model: bool) -> None:
        """How the programs in ``tags``, of which ``event`` makes a new one, had been chosen."""
        of = {tag[1:] for tag in tags if tag[0] == "prog"}
        of |= {tag for tag in tags if tag[0] in _HOW} if not by_model else set()
        picked = {tag[0]: tag for tag in sorted(of, key=repr)}
        lines = {name: {tag[1] for tag in of if tag[0] == name} for name in picked}
        here = event.line
        if not self._made(tags) or not event.loops:
            return
        greedy = "eps" in picked
        chance = [tag for tag in of if tag[0] in ("random", "was-random")]
        taken = {
            line for name in ("best", "was-best", "stat") for line in lines.get(name, ())
        } & self.flow.taken
        if greedy:
            self._use("epsilon_greedy", *lines["eps"])
        if "metropolis" in picked:
            for line in lines["metropolis"]:
                if self.flow.accepted.get(line, set()) & {"count", "decay", "left", "budget"}:
                    self._use("annealing", line)
                else:
                    self._note("a worse program is taken with a probability that does not fall", line)
            if "annealing" in self.found:
                return
        stat = lines.get("stat", set()) | lines.get("was-stat", set())
        if stat:
            self._use("bandit", *stat)
            if self.tree:
                self._use("beam_search", *stat, here)
            return
        if chance:
            several = [tag for tag in chance if tag[0] == "random" and tag[2] != event.loops[: len(tag[2])]]
            if by_model and (not greedy or (several and not taken)):
                self._use("genetic_model", *(tag[1] for tag in chance), here)
        elif by_model and kinds(tags) & {"pair", "several"} and not self._tells(tags):
            self._use("genetic_model", here)
            return
        elif by_model and kinds(tags) & {"pair", "several"} and ("merge",) in tags:
            self._use("genetic_model", here)
        several_kept = {"top", "was-top", "heap", "was-heap"} & set(picked)
        only_one = "best" in picked and "top" not in picked and not lines["best"] & self.flow.taken
        if kinds(tags) & {"pair", "several"} and {"better", "best", "was-best"} & set(picked):
            only_one = "top" not in picked  # the others are shown beside the one that is built upon
        if by_model and (several_kept or taken) and not only_one and (not chance or greedy):
            shown = [line for name in several_kept for line in lines[name]]
            self._use("beam_search", *shown, *taken, here)
            return
        if not chance and not greedy and {"better", "best", "was-best"} & set(picked):
            shown = [line for name in ("better", "best", "was-best") for line in lines.get(name, ())]
            self._use("local_search", *shown, here)

    def _made(self, tags: Iterable[Tag]) -> bool:
        """Whether a program that the improver has made is in it."""
        return any(tag[0] == "spliced" or (tag[0] == "ans" and tag[1] in self.given) for tag in tags)

    def _tells(self, tags: Iterable[Tag]) -> bool:
        """Whether attempts' scores or faults are told."""
        return any(tag in (("score", True), ("why", True)) or tag[0] in ("error", "outcome") for tag in tags)

    def _is_tree(self) -> bool:
        """Whether objects of one class hang on each other."""
        for number, cell in enumerate(self.flow.cells):
            if cell.kind != "object" or cell.of is None:
                continue
            for value in cell.attrs.values():
                below = set(value.refs)
                for ref in value.refs:
                    below |= self.flow.cells[ref].elem.refs
                if number in below or any(self.flow.cells[ref].of is cell.of for ref in below):
                    return True
        return False

    # --- what goes into a call ----------------------------------------------------------------------------------

    def _prompt(self, prompt: Prompt) -> None:
        tags, here = prompt.message, prompt.line
        if self._tells(tags):
            self._use("reflection", here)
        if "hint" in kinds(tags):
            self._use("hints", here)
        if "part" in kinds(tags):
            self._use("decomposition", here)
        arms = [tag for tag in tags if tag[:2] == ("arg", "stat") or tag[0] == "stat"]
        for value in (prompt.temperature, prompt.model):
            arms += [tag for tag in self.flow.deep(value) if tag[0] in ("stat", "was-stat")]
        if arms:
            self._use("bandit", *(tag[2] if tag[0] == "arg" else tag[1] for tag in arms), here)
        for tags_of in (tags, self.flow.deep(prompt.temperature), self.flow.deep(prompt.model)):
            for tag in tags_of:
                if tag[0] == "eps" or tag[:2] == ("arg", "eps"):
                    self._use("epsilon_greedy", tag[-1])
        heat = self.flow.deep(prompt.temperature)
        if kinds(heat) & {"count", "decay", "left", "progress", "score", "turn"} and "stat" not in kinds(
            heat
        ):
            self._use("temperature_schedule", here)
        for tag in tags:
            if tag[:2] in (("prog", "restart"), ("arg", "restart")) or tag[0] == "restart":
                line, sure = tag[-2], tag[-1]
                if sure or self._starts_anew(line):
                    self._use("restarts", line)
        if kinds(tags) & {"pair", "several"} and self._made(tags):
            by_chance = any(tag[:2] in (("prog", "random"), ("prog", "was-random")) for tag in tags)
            if not prompt.loops or (("merge",) in tags and not by_chance):
                self._use("ensemble", here)

    def _starts_anew(self, line: int) -> bool:
        """Whether the loop around a line has another within it that ends for lack of progress."""
        for at, loops in self.flow.resets:
            if at == line and any(
                stop.loop not in loops and set(loops) & set(stop.loops) for stop in self.flow.stops
            ):
                return True
        return False

    # --- what is scored -----------------------------------------------------------------------------------------

    def _splice(self, each: Scored) -> None:
        parts = {prompt.site for prompt in self.writing if "part" in kinds(prompt.message)}
        if not any(tag[0] == "ans" and tag[1] in parts for tag in each.tags):
            self._use("genetic_splice", *(tag[1] for tag in each.tags if tag[0] == "spliced"))

    def _scored(self, each: Scored) -> None:
        of = kinds(each.tags)
        if "explore" in of and not each.returned:
            self._use("bandit", each.line, *(tag[1] for tag in each.tags if tag[0] == "explore"))
        if "several" in of and "spliced" not in of:
            self._use("ensemble", *(tag[1] for tag in each.tags if tag[0] == "several"))

    def _plans(self) -> None:
        sites = {prompt.site: prompt.line for prompt in self.other}
        for prompt in self.writing:
            for tag in prompt.message:
                if tag[0] == "ans" and tag[1] in sites:
                    self._use("decomposition", sites[tag[1]], prompt.line)

    def _stops(self) -> None:
        for stop in self.flow.stops:
            if not self._searches(stop.loop) or any(self._searches(loop) for loop in stop.loops):
                continue
            self._use("early_stopping", stop.line)

    def _searches(self, loop: int) -> bool:
        """Whether programs are asked for, or scored for the first time, in a loop."""
        return bool(self.flow.busy.get(loop, set()) - {"again"})

    def _cache(self) -> None:
        for each in self.flow.scored:
            for ref, line in each.lookups:
                if ref < 0 or "score" in kinds(self.flow.deep(self.flow.cells[ref].elem)):
                    self._use("score_cache", line, *([each.line] if each.line else []))

    # --- what no rule explains ----------------------------------------------------------------------------------

    def _note(self, what: str, *lines: int) -> None:
        self.odd.setdefault(what, set()).update(lines)

    def _odd(self) -> None:
        planned = {tag[1] for prompt in self.writing for tag in prompt.message if tag[0] == "ans"}
        for prompt in self.other:
            if prompt.site not in planned:
                self._note("an answer that becomes no program decides something", prompt.line)
        for prompt in self.writing:
            if "models" in kinds(self.flow.deep(prompt.model)) and "bandit" not in self.found:
                self._note("several models are asked", prompt.line)
            how = {tag[1] for tag in prompt.message if tag[0] == "prog"} - {"turn"}
            made = self._made(prompt.message)
            if made and prompt.loops and not how and not self.found.keys() & {"decomposition", "restarts"}:
                self._note("the next prompt is about an answer whatever it is worth", prompt.line)
            if how & {"other", "was-other"}:
                self._note("the program that is built upon is not chosen by its score", prompt.line)
        for each in self.flow.scored:
            chosen = [tag for tag in each.tags if tag[0] in ("other", "was-other")]
            again = kinds(each.tags) & RANKED  # which of the best is scored once more
            if chosen and not again and not each.returned:
                self._note(
                    "what is scored is chosen by something else than a score", *(tag[1] for tag in chosen)
                )


_HOW = frozenset(
    [
        "best",
        "was-best",
        "top",
        "was-top",
        "heap",
        "was-heap",
        "random",
        "was-random",
        "stat",
        "was-stat",
        "better",
        "metropolis",
        "eps",
        "restart",
    ]
)


def _together(events: Iterable[Scored]) -> list[Scored]:
    """What is scored at one place, in all rounds."""
    found: dict[tuple[int, tuple[int, ...]], Scored] = {}
    for each in events:
        old = found.get((each.line, each.loops), each)
        found[each.line, each.loops] = each._replace(tags=each.tags | old.tags)
    return list(found.values())


def _lines(lines: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({line for line in lines if line}))
