"""What a model charges, in US dollars.

The prices are those of ``genai-prices``, of the day that its installed release was made; where it does not know a
model the price is *unknown*, which is not the same as none. What the user states goes first. What runs on this
machine costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit

_MILLION = 1_000_000
_LOCAL = ("offline", "ollama", "recording")


class Price(Protocol):
    """What one model charges."""

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """US dollars for one answer of so many tokens."""
        ...

    def __str__(self) -> str:
        """One line: what it charges, and who says so."""
        ...


@dataclass(frozen=True, slots=True)
class StatedPrice:
    """A price that the user states, in US dollars for a million tokens in and out."""

    per_million_in: float
    per_million_out: float

    def __post_init__(self) -> None:
        for value in (self.per_million_in, self.per_million_out):
            if not 0 <= value < float("inf"):
                raise ValueError(f"a price must be a number of dollars, at least 0, but got {value}.")

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """US dollars for one answer of so many tokens."""
        return (tokens_in * self.per_million_in + tokens_out * self.per_million_out) / _MILLION

    def __str__(self) -> str:
        if self.per_million_in == self.per_million_out == 0:
            return "free"
        return f"${self.per_million_in:g} in, ${self.per_million_out:g} out for a million tokens, as stated"


FREE = StatedPrice(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """The price that ``genai-prices`` lists, with its steps for long prompts."""

    model: str
    provider: str

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """US dollars for one answer of so many tokens."""
        return _listed(self.model, self.provider, tokens_in, tokens_out)

    def __str__(self) -> str:
        per_million = (_listed(self.model, self.provider, *tokens) for tokens in ((1000, 0), (0, 1000)))
        of_in, of_out = (round(1000 * each, 6) for each in per_million)
        return f"${of_in:g} in, ${of_out:g} out for a million tokens, as listed by {self.provider}"


def find_price(spec: str) -> Price | None:
    """What the model that a user names by ``spec`` charges (see ``--model``); None where nobody says."""
    kind, _, name = spec.partition(":")
    if kind in _LOCAL:
        return FREE
    if kind in ("http", "https"):
        url, _, name = spec.partition("#")
        # genai-prices takes a third of a second to import, and lists nobody's own machine
        local = urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
        provider = None if local else _provider_at(name, url)
        return None if provider is None else ListedPrice(name, provider)
    return ListedPrice(name, kind) if _is_listed(name, kind) else None


def _is_listed(model: str, provider: str) -> bool:
    try:
        listed = _listed(model, provider, 1000, 1000)
    except LookupError:
        return False
    return listed > 0  # of some models only the name is listed: that is not free


def _provider_at(model: str, url: str) -> str | None:
    """The name of the provider at an address, if it is known, and its price for the model too."""
    from genai_prices import Usage, calc_price

    try:
        found = calc_price(Usage(input_tokens=1000, output_tokens=1000), model, provider_api_url=url)
    except LookupError:
        return None
    return str(found.provider.id) if found.total_price > 0 else None


@lru_cache(maxsize=4096)
def _listed(model: str, provider: str, tokens_in: int, tokens_out: int) -> float:
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out)
    return float(calc_price(usage, model, provider_id=provider).total_price)


def context_window(spec: str) -> int | None:
    """How many tokens a model takes at most, in and out together; None where nobody says."""
    price = find_price(spec)
    if not isinstance(price, ListedPrice):
        return None
    from genai_prices import Usage, calc_price

    return calc_price(Usage(input_tokens=1), price.model, provider_id=price.provider).model.context_window
