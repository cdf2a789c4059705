"""What a model charges: stated, listed, nothing, or not known."""

import pytest

from selftaught.models.prices import FREE, ListedPrice, StatedPrice, context_window, find_price


def test_a_stated_price_is_for_a_million_tokens():
    assert StatedPrice(2.5, 10).of(1_000_000, 500_000) == pytest.approx(7.5)
    assert str(StatedPrice(2.5, 10)) == "$2.5 in, $10 out for a million tokens, as stated"


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_a_price_is_a_number_of_dollars(wrong):
    with pytest.raises(ValueError, match="at least 0"):
        StatedPrice(wrong, 1)


@pytest.mark.parametrize("spec", ["offline", "ollama:qwen3", "recording:x"])
def test_what_runs_here_is_free(spec):
    assert find_price(spec) is FREE


@pytest.mark.parametrize("spec", ["openai:gpt-4o", "anthropic:claude-sonnet-4-5", "google:gemini-2.5-pro"])
def test_a_listed_price(spec):
    price = find_price(spec)
    assert isinstance(price, ListedPrice)
    one, ten = price.of(1000, 1000), price.of(10_000, 10_000)
    assert 0 < one < 1
    assert ten == pytest.approx(10 * one)
    assert price.of(0, 1000) > price.of(1000, 0), "what is written costs more than what is read"
    assert "as listed by " in str(price)


def test_long_prompts_may_cost_more_each():
    price = find_price("google:gemini-2.5-pro")
    assert price.of(300_000, 0) > 3.01 * price.of(100_000, 0)


@pytest.mark.parametrize(
    "spec",
    ["openai:no-such-model-at-all", "http://localhost:8000/v1#gpt-4o", "https://llm.example.org/v1#x"],
)
def test_an_unknown_price_is_none(spec):
    assert find_price(spec) is None


def test_a_provider_is_known_by_its_address():
    price = find_price("https://openrouter.ai/api/v1#openai/gpt-4o")
    assert isinstance(price, ListedPrice)
    assert price.of(1000, 1000) > 0


def test_the_context_window_is_that_of_the_list():
    assert context_window("openai:gpt-4o") == 128_000
    assert context_window("offline") is None
    assert context_window("http://localhost:8000/v1#x") is None
