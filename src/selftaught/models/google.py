"""Google's models, through the Gemini API's ``generateContent``.

The ``google-genai`` package carries each request; it is the extra ``selftaught[google]`` and is imported with the
first query. Temperatures go up to 2; a seed is not sent, since it would fix nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from selftaught.models import Answer, AnswerOutcome, Query
from selftaught.models.server import Complaint, ServerModel, clean, complaint, count, count_if_any, get, total

if TYPE_CHECKING:
    import httpx2
    from google import genai

MOST_TEMPERATURE = 2.0

_REFUSALS = {
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "LANGUAGE",
}  # fmt: skip
_NAMES = {"temperature": "temperature", "maxOutputTokens": "max_output_tokens"}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d+)?)s")


class GoogleModel(ServerModel):
    """One of Google's models; :class:`ServerModel` has the parameters."""

    path: ClassVar[str] = ":generateContent"

    def _connect(self, http: httpx2.AsyncClient) -> genai.Client:
        from google import genai

        # Without retry options the client tries once. Its own time-out is what the server is told.
        options = genai.types.HttpOptions(
            base_url=self._url, timeout=int(self._request_s * 1000) or 1, httpx_async_client=http
        )
        return genai.Client(api_key=self._key, vertexai=False, http_options=options)

    async def _post(self, client: genai.Client, document: dict[str, Any], content: bytes) -> None:
        from google.genai import types

        config = {_NAMES[name]: value for name, value in document.get("generationConfig", {}).items()}
        await client.aio.models.generate_content(
            model=self._model,
            contents=document["contents"],
            config=types.GenerateContentConfig(
                system_instruction=document.get("systemInstruction"),
                should_return_http_response=True,
                **config,
            ),
        )

    async def _disconnect(self, client: genai.Client) -> None:
        await client.aio.aclose()
        client.close()

    def _document(self, query: Query) -> tuple[dict[str, Any], frozenset[str]]:
        parameters: dict[str, float] = {"temperature": query.temperature}
        if (
            query.temperature > MOST_TEMPERATURE
        ):  # what is no number stays, and is refused where it is encoded
            parameters["temperature"] = MOST_TEMPERATURE
        if query.answer_tokens is not None:
            parameters["maxOutputTokens"] = query.answer_tokens
        sent = {name: value for name, value in parameters.items() if name not in self._dropped}
        system = "\n\n".join(m.content for m in query.messages if m.role == "system")
        contents = [
            {"role": "model" if m.role == "assistant" else "user", "parts": [{"text": m.content}]}
            for m in query.messages
            if m.role != "system"
        ]
        document: dict[str, Any] = {"contents": contents, "generationConfig": sent}
        if system.strip():
            document["systemInstruction"] = {"parts": [{"text": system}]}
        return document, frozenset(sent)

    def _remarks(self, query: Query) -> list[str]:
        remarks = super()._remarks(query)
        if not remarks and query.temperature > MOST_TEMPERATURE:
            remarks.append("asked at temperature 2, the highest that the server takes")
        if query.answer_tokens is not None and "maxOutputTokens" in self._dropped:
            remarks.append("the server takes no limit of tokens")
        return remarks

    def _completion(self, document: Any) -> Answer | None:
        """Read the first candidate; a prompt that is blocked has none, and says why."""
        candidates = get(document, "candidates")
        candidate = candidates[0] if isinstance(candidates, list) and candidates else None
        blocked = get(get(document, "promptFeedback"), "blockReason")
        if not isinstance(candidate, dict):
            return Answer("", "refused", f"refused: the prompt was blocked ({blocked})") if blocked else None
        reason, parts = candidate.get("finishReason"), get(candidate.get("content"), "parts")
        texts = (
            get(part, "text")
            for part in (parts if isinstance(parts, list) else [])
            if get(part, "thought") is not True
        )
        text = clean("".join(text for text in texts if isinstance(text, str)))
        outcome: AnswerOutcome = "ok"
        cause = ""
        if reason in _REFUSALS or str(reason).startswith("IMAGE_"):
            why = candidate.get("finishMessage") or f"stopped for {reason}"
            text, outcome, cause = "", "refused", f"refused: {why}"
        elif reason == "MAX_TOKENS":
            outcome, cause = (
                "truncated",
                "cut off at the limit of tokens" + ("" if text else ", before any text"),
            )
        elif not text.strip():
            text, outcome, cause = "", "empty", f"no text came (finish reason: {reason})"
        return Answer(text, outcome, cause)

    def _tokens(self, document: Any) -> tuple[int | None, int | None]:
        """Thoughts are paid for as output. A count of 0 is left out of the JSON, as Google's servers do."""
        usage = get(document, "usageMetadata")
        asked = count(usage, "promptTokenCount")
        if asked is None:
            return None, None
        return asked, total(
            *(count_if_any(usage, f"{what}TokenCount") for what in ("candidates", "thoughts"))
        )

    def _complaint(self, document: Any) -> Complaint:
        """Google's form: a status, and details of which some hold a reason, some a delay."""
        if isinstance(document, list) and len(document) == 1:
            document = document[0]
        found, error = complaint(document), get(document, "error")
        details = get(error, "details")
        details = details if isinstance(details, list) else []
        codes = {get(error, "status"), *(get(detail, "reason") for detail in details)}
        delays = (_DURATION.fullmatch(str(get(detail, "retryDelay"))) for detail in details)
        return found._replace(
            codes=found.codes | {code for code in codes if isinstance(code, str)},
            asked_s=max((float(delay[1]) for delay in delays if delay), default=None),
        )

    def _hopeless(self, status: int, error: Complaint) -> str:
        if status == 400 and "FAILED_PRECONDITION" in error.codes:  # the country, or no billing
            return "does not serve this account: see what it says, or use another model"
        return ""
