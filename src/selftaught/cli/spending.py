"""What a run may cost, said before anything is spent, and agreed to where nothing limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from selftaught.cli.options import NoChoice
from selftaught.cli.output import console, count, dollars, emit, show_facts, styled

if TYPE_CHECKING:
    from selftaught.api import Options
    from selftaught.planning import Most, Uses
    from selftaught.roster import Roster

_HOSTED = ("openai:", "anthropic:", "google:")


def agreed(uses: Uses, chosen: Options, *, yes: bool) -> None:
    """Refuse to begin with a paid model and no limit at all, unless the user has agreed (``--yes``)."""
    names = (*chosen.model_names, *chosen.meta_model_names)
    if yes or chosen.limits or not any(_may_be_paid(name, chosen) for name in names):
        return
    roster, found = _planned(uses, chosen, to_ask=True)
    paid = [each.name for each in roster.all if _may_be_paid(each.name, chosen) and not each.meter.limits]
    if not paid:
        return
    cost = "an unknown amount of money" if found.cost is None else dollars(found.cost)
    # without --answer-tokens an answer may be as long as the model can make it: that is what makes the most so much
    bounds = " (--answer-tokens is the most of one answer, and bounds that)"
    hint = "" if chosen.budget.answer_tokens else bounds
    raise NoChoice(
        f"{', '.join(paid)} may cost money, and nothing limits the run: it can take {found.calls:,} calls, "
        f"{found.answers:,} answers, {_tokens_out(found)}{hint} and {cost} at most: add --max-cost, another limit, "
        "or --yes"
    )


def _may_be_paid(name: str, chosen: Options) -> bool:
    """Whether a model costs money, or is a service's whose price is not known."""
    from selftaught.models.prices import find_price

    said = chosen.models.get(name)
    if said is not None and said.price is not None:
        return any(said.price)
    price = None if name.startswith(_HOSTED) else find_price(name)
    return name.startswith(_HOSTED) or (price is not None and price.of(1000, 1000) > 0)


def show_most(uses: Uses, chosen: Options, as_json: bool, **planned: Any) -> None:
    """Print the most that a run can come to, and what else is ``planned``."""
    roster, found = _planned(uses, chosen, to_ask=False)
    bounded = roster.bounded(chosen.budget, chosen.limits).answer_tokens
    if as_json:
        emit({"most": found.to_json(), "within": list(found.within), "models": _prices(roster), **planned})
        return
    out = console()
    out.print(styled("The most that this run can come to; nothing was spent", "bold"))
    limited = dict.fromkeys(found.within, " (the limit)")
    facts: dict[str, object] = {
        "calls": f"{found.calls:,}{limited.get('calls', '')}",
        "answers": f"{found.answers:,}{_each(bounded, chosen.budget.answer_tokens)}",
        "tokens in": f"{found.tokens_in:,}{limited.get('tokens', '')}, if every prompt is as long as can be",
        "tokens out": f"{count(found.tokens_out)}{limited.get('tokens', '')}"
        + (
            ""
            if found.tokens_out is not None
            else ": answers have no limit that is known, see --answer-tokens"
        ),
        "money": f"{dollars(found.cost)}{limited.get('cost', '')}",
    }
    if chosen.limits.time_s is not None:
        facts["time"] = f"{chosen.limits.time_s:g} s (the limit)"
    prices = _prices(roster).items()
    facts["prices"] = "; ".join(
        f"{name}: {price or 'unknown: state it with --price'}" for name, price in prices
    )
    show_facts(out, facts | planned)


def _planned(uses: Uses, chosen: Options, *, to_ask: bool) -> tuple[Roster, Most]:
    from selftaught.api import check_prices
    from selftaught.planning import most
    from selftaught.roster import find_models

    roster = find_models(
        chosen.model_names, chosen.meta_model_names, chosen.models, chosen.runs, to_ask=to_ask
    )
    check_prices(roster, chosen)
    return roster, most(uses, roster.bounded(chosen.budget, chosen.limits), chosen.limits, roster)


def _prices(roster: Roster) -> dict[str, Any]:
    return {each.name: each.price and str(each.price) for each in roster.all}


def _each(bounded: int | None, given: int | None) -> str:
    """How long an answer may get, where that is limited: by the user, or so that tokens or money can be."""
    if bounded is None:
        return ""
    why = "" if given else ": taken, since tokens or money are limited and --answer-tokens is not given"
    return f", each of at most {bounded:,} tokens{why}"


def _tokens_out(found: Most) -> str:
    return "any number of tokens" if found.tokens_out is None else f"{found.tokens_out:,} tokens out"
