"""OpenAI, and every server that speaks chat completions.

One query is one request for one answer. The ``openai`` package carries it, and is imported with the first
query. What it finds in the environment for OpenAI (organization, project, headers) goes to no other server.
"""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from selftaught.models import Answer, AnswerOutcome, Query
from selftaught.models.server import ServerModel, clean, count, get

if TYPE_CHECKING:
    import httpx2
    import openai

Dialect = Literal["openai", "other"]

_KEY_VARIABLE = {"openai": "OPENAI_API_KEY", "other": "SELFTAUGHT_API_KEY"}
_TOKEN_PARAMETERS = {
    "openai": ("max_completion_tokens", "max_tokens"),  # reasoning models refuse the old name,
    "other": ("max_tokens", "max_completion_tokens"),  # some servers silently ignore the new one
}
_SEED_BITS = 31  # what every server's integer can hold


class ChatModel(ServerModel):
    """One model of one server that speaks chat completions; :class:`ServerModel` has the other parameters.

    Parameters
    ----------
    dialect
        "openai": the limit is ``max_completion_tokens``, and no seed is sent, since it would fix nothing;
        "other": the limit is ``max_tokens``, and 31 bits of a query's seed make a server of one's own
        reproducible. What a server says that it doesn't support is left out or swapped from then on.
    """

    path: ClassVar[str] = "/chat/completions"

    def __init__(
        self, name: str, *, url: str, model: str, key: str, dialect: Dialect = "other", **options: Any
    ) -> None:
        super().__init__(name, url=url, model=model, key=key, key_variable=_KEY_VARIABLE[dialect], **options)
        self._dialect: Dialect = dialect

    def _connect(self, http: httpx2.AsyncClient) -> openai.AsyncOpenAI:
        import openai

        if self._dialect == "openai":
            return openai.AsyncOpenAI(api_key=self._key, base_url=self._url, max_retries=0, http_client=http)
        client = openai.AsyncOpenAI(
            api_key=self._key,
            admin_api_key="",
            base_url=self._url,
            max_retries=0,
            http_client=http,
            default_headers=self._own_headers(openai.Omit()),
        )
        client.organization = client.project = None
        return client

    def _own_headers(self, omit: Any) -> dict[str, Any]:
        """Undo the headers of OPENAI_CUSTOM_HEADERS, one ``name: value`` a line, meant for OpenAI."""
        own = {"authorization": f"Bearer {self._key}", "content-type": "application/json"}
        lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
        names = [line.partition(":")[0].strip() for line in lines if ":" in line]
        return own | {name: own.get(name.lower(), omit) for name in names}

    async def _post(self, client: openai.AsyncOpenAI, document: dict[str, Any], content: bytes) -> None:
        import httpx2

        await client.post(self.path, cast_to=httpx2.Response, content=content)

    async def _disconnect(self, client: openai.AsyncOpenAI) -> None:
        await client.close()

    def _document(self, query: Query) -> tuple[dict[str, Any], frozenset[str]]:
        parameters: dict[str, float] = {"temperature": query.temperature}
        if query.answer_tokens is not None:
            names = (name for name in _TOKEN_PARAMETERS[self._dialect] if name not in self._dropped)
            parameters |= dict.fromkeys(itertools.islice(names, 1), query.answer_tokens)
        if self._dialect == "other":
            parameters["seed"] = query.seed % 2**_SEED_BITS
        sent = {name: value for name, value in parameters.items() if name not in self._dropped}
        messages = [{"role": message.role, "content": message.content} for message in query.messages]
        return {"model": self._model, "messages": messages, **sent}, frozenset(sent)

    def _remarks(self, query: Query) -> list[str]:
        remarks = super()._remarks(query)
        if query.answer_tokens is not None and self._dropped.issuperset(_TOKEN_PARAMETERS[self._dialect]):
            remarks.append("the server takes no limit of tokens")
        return remarks

    def _completion(self, document: Any) -> Answer | None:
        """Read the first choice; None if there is none."""
        choices = get(document, "choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        message, reason = get(choice, "message"), get(choice, "finish_reason")
        if not isinstance(message, dict) or reason == "error":
            return None
        refusal, text = message.get("refusal"), _text(message.get("content"))
        outcome: AnswerOutcome = "ok"
        cause = ""
        if reason == "content_filter" or refusal:
            text, outcome, cause = "", "refused", f"refused: {refusal or 'the content filter'}"
        elif reason == "length":
            outcome, cause = (
                "truncated",
                "cut off at the limit of tokens" + ("" if text else ", before any text"),
            )
        elif not text.strip():
            text, outcome, cause = "", "empty", f"no text came (finish reason: {reason})"
        return Answer(text, outcome, cause)

    def _tokens(self, document: Any) -> tuple[int | None, int | None]:
        usage = get(document, "usage")
        return count(usage, "prompt_tokens"), count(usage, "completion_tokens")


def _text(content: Any) -> str:
    """Return a message's text, of which some servers send a list of parts."""
    if isinstance(content, list):
        parts = (
            part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"
        )
        content = "".join(part for part in parts if isinstance(part, str))
    return clean(content) if isinstance(content, str) else ""
