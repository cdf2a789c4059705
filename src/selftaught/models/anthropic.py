"""Anthropic's models, through ``/v1/messages``.

The ``anthropic`` package carries each request; it is the extra ``selftaught[anthropic]`` and is imported with the
first query. The interface demands a limit of tokens, takes temperatures up to 1, and has no seed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from selftaught.models import Answer, AnswerOutcome, Query
from selftaught.models.server import Complaint, ServerModel, clean, count, count_if_any, get, total

if TYPE_CHECKING:
    import anthropic
    import httpx2

ANSWER_TOKENS = 16_384
"""The limit that is sent where none is given; lowered to the model's own where the server names that."""
MOST_TEMPERATURE = 1.0

_CUT = {
    "max_tokens": "cut off at the limit of tokens",
    "model_context_window_exceeded": "cut off at the end of the model's context",
    "pause_turn": "the server paused in the middle",
}
_SAYS_MOST_TOKENS = re.compile(r"max_tokens: \d+ > (\d+)")


class AnthropicModel(ServerModel):
    """One of Anthropic's models; :class:`ServerModel` has the parameters."""

    path: ClassVar[str] = "/v1/messages"
    _most_tokens: int | None = None  # what the server said that this model may answer

    def _connect(self, http: httpx2.AsyncClient) -> anthropic.AsyncAnthropic:
        import anthropic

        return anthropic.AsyncAnthropic(
            api_key=self._key, base_url=self._url, max_retries=0, http_client=http
        )

    async def _post(self, client: anthropic.AsyncAnthropic, document: dict[str, Any], content: bytes) -> None:
        import httpx2

        await client.post(self.path, cast_to=httpx2.Response, content=content)

    async def _disconnect(self, client: anthropic.AsyncAnthropic) -> None:
        await client.close()

    def _document(self, query: Query) -> tuple[dict[str, Any], frozenset[str]]:
        system = "\n\n".join(m.content for m in query.messages if m.role == "system")
        messages = [{"role": m.role, "content": m.content} for m in query.messages if m.role != "system"]
        document: dict[str, Any] = {
            "model": self._model,
            "max_tokens": self._limit(query),
            "messages": messages,
        }
        if system.strip():  # an empty one is refused
            document["system"] = system
        if "temperature" in self._dropped:
            return document, frozenset()
        # What is no number stays, and is refused where the query is encoded.
        warm = query.temperature > MOST_TEMPERATURE
        document["temperature"] = MOST_TEMPERATURE if warm else query.temperature
        return document, frozenset({"temperature"})

    def _limit(self, query: Query) -> int:
        limit = ANSWER_TOKENS if query.answer_tokens is None else query.answer_tokens
        return limit if self._most_tokens is None else min(limit, self._most_tokens)

    def _adapt(self, query: Query, error: Complaint) -> bool:
        said = _SAYS_MOST_TOKENS.search(error.message)
        most = int(said[1]) if said else 0
        if not 0 < most < self._limit(query):
            return bool(most) and most == self._most_tokens  # another query has learnt it meanwhile
        self._most_tokens = most
        return True

    def _remarks(self, query: Query) -> list[str]:
        remarks = super()._remarks(query)
        if not remarks and query.temperature > MOST_TEMPERATURE:
            remarks.append("asked at temperature 1, the highest that the server takes")
        return remarks

    def _completion(self, document: Any) -> Answer | None:
        content, reason = get(document, "content"), get(document, "stop_reason")
        if get(document, "type") != "message" or not isinstance(content, list):
            return None
        parts = (get(part, "text") for part in content if get(part, "type") == "text")
        text = clean("".join(part for part in parts if isinstance(part, str)))
        outcome: AnswerOutcome = "ok"
        cause = ""
        if reason == "refusal":
            why = get(get(document, "stop_details"), "explanation")
            text, outcome, cause = "", "refused", f"refused: {why or 'the model declined'}"
        elif reason in _CUT:
            outcome, cause = "truncated", _CUT[reason] + ("" if text else ", before any text")
        elif not text.strip():
            text, outcome, cause = "", "empty", f"no text came (stop reason: {reason})"
        return Answer(text, outcome, cause)

    def _tokens(self, document: Any) -> tuple[int | None, int | None]:
        """What was read from a cache or written to one is not in ``input_tokens``, and was read all the same."""
        usage = get(document, "usage")
        cached = (count_if_any(usage, f"cache_{way}_input_tokens") for way in ("creation", "read"))
        return total(count(usage, "input_tokens"), *cached), count(usage, "output_tokens")

    def _hopeless(self, status: int, error: Complaint) -> str:
        # "model: claude-…" is all that is said of a model that isn't there.
        if status == 404 and error.message.startswith("model:"):
            return f"has no model {self._model!r}: name one that it has"
        return ""
