"""Asks any of the three kinds of server in tests: each behind the same few lines."""

import asyncio

from selftaught.models import Message, Query
from selftaught.models.anthropic import AnthropicModel
from selftaught.models.chat import ChatModel
from selftaught.models.google import GoogleModel

KEY = "sk-very-secret-0123456789"
QUERY = Query((Message("system", "Be brief."), Message("user", "naïve?")), 0.7, 100, 2**63 + 5)
KINDS = ("chat", "anthropic", "google")


def model_of(kind, server_root, **options):
    """A model of one kind at a server of tests."""
    own = {"key": KEY, "model": "m-1"} | options
    if kind == "chat":
        return ChatModel("the-model", url=f"{server_root}/v1", **own)
    kinds = {"anthropic": AnthropicModel, "google": GoogleModel}
    return kinds[kind]("the-model", url=server_root, key_variable="THE_KEY", **own)


def ask(kind, server_root, *queries, together=True, **options):
    """The answers to ``queries`` (asked at once), the model, and how long each back-off would have been."""
    queries, waits = queries or [QUERY], []

    async def sleep(seconds):
        waits.append(seconds)

    model = model_of(kind, server_root, **{"sleep": sleep} | options)

    async def asked():
        try:
            if together:
                return await asyncio.gather(*(model.answer(query) for query in queries))
            return [await model.answer(query) for query in queries]
        finally:
            await model.close()

    return asyncio.run(asked()), model, waits


def replies(*told):
    """Reply with each in turn, and with the last from then on."""
    return lambda _request, n: told[min(n, len(told) - 1)]
