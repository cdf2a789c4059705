"""A language model that answers from a script."""

import asyncio

from selftaught.models import Answer


class ScriptedModel:
    """Answers with the script's next text or :class:`Answer`, or what its function makes of the query.

    The last answer of a list is repeated. ``queries`` are what was asked, in order.
    """

    name = "scripted"
    concurrency = 64
    most_answer_tokens = 100

    def __init__(self, script=("",)):
        self._script = script if callable(script) else list(script)
        self.queries = []

    async def answer(self, query):
        self.queries.append(query)
        await asyncio.sleep(0)
        if callable(self._script):
            answer = self._script(query)
        else:
            answer = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(answer, Answer):
            return answer
        return Answer(answer, tokens_in=10, tokens_out=5, requests=1)

    async def close(self):
        pass


def fenced(program):
    """A program as a model writes it."""
    return f"An idea.\n\n```python\n{program}\n```\n"
