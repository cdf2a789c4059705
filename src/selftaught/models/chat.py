"""OpenAI, and every server that speaks chat completions.

One query is one request for one answer. The ``openai`` package carries it, and is imported with the first
query; its own retries are off, so that one loop here decides what is tried again and counts every exchange.

A fault is one of three things, and :meth:`ChatModel._judge` is where they are told apart:

- it may pass (overload, a rate limit, a cut connection): a :class:`Passing` fault, tried again;
- it is this query's own (too long, refused, a parameter out of range): an :class:`Answer` that says so;
- no query can succeed (a refused key, no such model, no credit, no server): :class:`ModelError`.

The key is sent to the address that it was given for and nowhere else: redirects are not followed, and what
the ``openai`` package finds in the environment for OpenAI (organization, project, headers) stays there too.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from selftaught.errors import ModelError
from selftaught.models import Answer, AnswerOutcome, Query
from selftaught.models.retrying import Passing, Retries, asked_wait_s

if TYPE_CHECKING:
    import asyncio

    import httpx2
    import openai

Dialect = Literal["openai", "other"]
Sleep = Callable[[float], Awaitable[object]]

NO_KEY = "none"
FIRST_TRIES = 3  # while nothing was ever heard from the server: most likely it isn't there

_KEY_VARIABLE = {"openai": "OPENAI_API_KEY", "other": "SELFTAUGHT_API_KEY"}
_TOKEN_PARAMETERS = {
    "openai": ("max_completion_tokens", "max_tokens"),  # reasoning models refuse the old name,
    "other": ("max_tokens", "max_completion_tokens"),  # some servers silently ignore the new one
}
_SEED_BITS = 31  # what every server's integer can hold

_NO_CREDIT = {
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "insufficient_balance",
}
_REFUSALS = {"content_filter", "content_policy_violation", "invalid_prompt", "moderation_blocked"}
_UNSUPPORTED = {"unsupported_parameter", "unsupported_value", "unknown_parameter", "extra_forbidden"}
_SAYS_UNSUPPORTED = re.compile(
    r"un(supported|known|recogni[sz]ed|expected)|not (supported|permitted|allowed)|does(n't| not) support",
    re.IGNORECASE,
)
_NO_MODEL = {"model_not_found", "invalid_model"}
_SAYS_NO_MODEL = re.compile(
    r"\bmodel\b.*(not (exist|found)|n't exist)|(invalid|unknown|no such) model", re.IGNORECASE
)
_SAYS_REFUSED = re.compile(r"moderation|flagged", re.IGNORECASE)


class ChatModel:
    """One model of one server that speaks chat completions.

    Parameters
    ----------
    name
        what the user calls it, ``openai:gpt-…`` or ``http://HOST/v1#NAME``
    url
        the address below which ``chat/completions`` lies, without query, fragment or password
    model
        the server's own name for the model
    key
        sent as ``Authorization: Bearer``; "" for a server that wants none (the word "none" is sent)
    dialect
        "openai": the limit is ``max_completion_tokens``, and no seed is sent, since it would fix nothing;
        "other": the limit is ``max_tokens``, and 31 bits of a query's seed make a server of one's own
        reproducible. What a server says that it doesn't support is left out or swapped from then on.
    concurrency
        the most requests in flight; further queries wait, and so do those behind a query that backs off
    tries, patience_s
        the most requests for one query, and the most seconds that it waits or loses between them
    request_s, connect_s
        the most seconds that one request may take altogether, and to connect
    sleep
        waits for that many seconds; ``asyncio.sleep`` unless given

    Raises
    ------
    ModelError
        if the key holds characters that no header can carry
    """

    def __init__(
        self,
        name: str,
        *,
        url: str,
        model: str,
        key: str,
        dialect: Dialect = "other",
        concurrency: int = 32,
        tries: int = 6,
        patience_s: float = 300.0,
        request_s: float = 600.0,
        connect_s: float = 10.0,
        sleep: Sleep | None = None,
    ) -> None:
        self.name = name
        self.concurrency = concurrency
        self._url = url.rstrip("/")
        self._model = model
        self._key = key.strip() or NO_KEY
        self._key_variable = _KEY_VARIABLE[dialect]
        if re.fullmatch(r"[!-~]+", self._key) is None:
            raise ModelError(
                f"{name}: the key in {self._key_variable} holds characters that no key has: set it again"
            )
        self._dialect: Dialect = dialect
        self._tries = tries
        self._patience_s = patience_s
        self._request_s = request_s
        self._connect_s = connect_s
        self._sleep = sleep
        self._open: _Open | None = None
        self._heard = False  # anything at all, even an error
        self._answered = False  # a completion
        self._accepted: set[str] = set()  # parameters of requests that were answered
        self._dropped: set[str] = set()  # parameters that the server doesn't support

    def __repr__(self) -> str:
        return f"ChatModel({self.name!r})"  # never the key

    @property
    def dropped(self) -> frozenset[str]:
        """The parameters that the server was found not to support; temperature may be among them."""
        return frozenset(self._dropped)

    async def answer(self, query: Query) -> Answer:
        """Ask for one answer, as often as it takes; the module says what fails how, the class when it ends.

        Raises
        ------
        ModelError
            if no query can succeed: a refused key, no such model, no credit, no server at this address
        """
        if self._open is None:
            self._open = self._connect()
        client, slots, sleep = self._open
        async with slots:
            return await self._answer(query, client, sleep)

    async def close(self) -> None:
        """Close the connections, in the event loop that opened them. A later query opens new ones."""
        opened, self._open = self._open, None
        if opened is not None:
            await opened.client.close()

    def _connect(self) -> _Open:
        import asyncio

        import httpx2
        import openai

        http_client = openai.DefaultAsyncHttpxClient(
            limits=httpx2.Limits(
                max_connections=self.concurrency, max_keepalive_connections=self.concurrency
            ),
            timeout=httpx2.Timeout(self._request_s, connect=self._connect_s, pool=None),
            follow_redirects=False,
        )
        if self._dialect == "openai":
            client = openai.AsyncOpenAI(
                api_key=self._key, base_url=self._url, max_retries=0, http_client=http_client
            )
        else:
            client = openai.AsyncOpenAI(
                api_key=self._key,
                admin_api_key="",
                base_url=self._url,
                max_retries=0,
                http_client=http_client,
                default_headers=self._own_headers(openai.Omit()),
            )
            client.organization = client.project = None
        return _Open(client, asyncio.Semaphore(self.concurrency), self._sleep or asyncio.sleep)

    def _own_headers(self, omit: Any) -> dict[str, Any]:
        """Undo the headers of OPENAI_CUSTOM_HEADERS, one ``name: value`` a line, meant for OpenAI."""
        own = {"authorization": f"Bearer {self._key}", "content-type": "application/json"}
        lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
        names = [line.partition(":")[0].strip() for line in lines if ":" in line]
        return own | {name: own.get(name.lower(), omit) for name in names}

    async def _answer(self, query: Query, client: openai.AsyncOpenAI, sleep: Sleep) -> Answer:
        retries = Retries(self._tries, self._patience_s)
        for requests in itertools.count(1):
            parameters = self._parameters(query)
            try:
                content = _encode({"model": self._model, "messages": _messages(query), **parameters})
            except ValueError:
                cause = "the query holds what JSON cannot: a lone surrogate, or a number that isn't finite"
                return Answer("", "refused", cause, requests=requests - 1)
            response = await self._send(content, client)
            result = response if isinstance(response, Passing) else self._judge(response, parameters)
            if isinstance(result, Answer):
                return replace(result, requests=requests)
            if result is None:
                continue
            wait_s = retries.wait_s(result)
            if not result.reached and not self._heard and (wait_s is None or requests >= FIRST_TRIES):
                raise ModelError(
                    f"{self.name}: no server answers at {self._url} ({result.cause}): is it running?"
                )
            if wait_s is None:
                return Answer(
                    "", "failed", f"{result.cause}; given up after {requests} requests", requests=requests
                )
            await sleep(wait_s)
        raise AssertionError("unreachable")

    def _parameters(self, query: Query) -> dict[str, float]:
        """Return what is sent besides the model and the messages, as far as the server supports it."""
        parameters: dict[str, float] = {"temperature": query.temperature}
        if query.answer_tokens is not None:
            names = (name for name in _TOKEN_PARAMETERS[self._dialect] if name not in self._dropped)
            parameters |= dict.fromkeys(itertools.islice(names, 1), query.answer_tokens)
        if self._dialect == "other":
            parameters["seed"] = query.seed % 2**_SEED_BITS
        return {name: value for name, value in parameters.items() if name not in self._dropped}

    async def _send(self, content: bytes, client: openai.AsyncOpenAI) -> httpx2.Response | Passing:
        """Make one exchange; whatever response comes is returned, be it an error."""
        import asyncio

        import httpx2
        import openai

        try:
            # The client's own time-out is for each read, and some servers send blanks for as long as they are busy.
            async with asyncio.timeout(self._request_s):
                return await client.post("/chat/completions", cast_to=httpx2.Response, content=content)
        except openai.APIStatusError as error:
            return error.response
        except (TimeoutError, openai.APITimeoutError) as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout):
                return Passing(
                    f"no connection within {self._connect_s:g} s", lost_s=self._connect_s, reached=False
                )
            return Passing(f"no answer within {self._request_s:g} s", lost_s=self._request_s)
        except openai.APIConnectionError as error:
            cause = self._line(f"{error.__cause__ or error}") or type(error.__cause__).__name__
            return Passing(
                f"the connection failed: {cause}",
                reached=not isinstance(error.__cause__, httpx2.ConnectError),
            )

    def _judge(self, response: httpx2.Response, parameters: Iterable[str]) -> Answer | Passing | None:
        """Tell what a response means; None: an unsupported parameter was dropped, ask again."""
        self._heard = True
        status, document = response.status_code, _document(response.content)
        error = _complaint(document)
        message = self._line(error.message)
        if response.is_success:
            answer = _completion(document)
            if answer is None:
                kind = self._line(response.headers.get("content-type", "of no type"))
                return Passing(f"an answer without a completion: {message or kind}")
            self._answered = True
            self._accepted.update(parameters)
            return answer if not answer.cause else replace(answer, cause=self._line(answer.cause))
        cause = f"the server said {status}" + (f": {message}" if message else "")
        if error.codes & _REFUSALS or (status == 403 and _SAYS_REFUSED.search(message)):
            return Answer("", "refused", cause)
        self._raise_if_hopeless(status, error, message, response)
        if status in (408, 409, 425, 429) or status >= 500:
            return Passing(cause, asked_wait_s(response.headers))
        if status in (400, 422) and self._drop(error, parameters):
            return None
        return Answer("", "refused", cause)

    def _raise_if_hopeless(
        self, status: int, error: _Complaint, message: str, response: httpx2.Response
    ) -> None:
        """Raise where no later query can succeed. What was possible once is only this query's trouble now."""
        at, said = f"{self.name}: the server at {self._url}", f" ({message})" if message else ""
        if status == 401:
            verb = "wants a key" if self._key == NO_KEY else "refuses the key"
            raise ModelError(f"{at} {verb} (401): set {self._key_variable} to a valid one")
        if status == 402 or error.codes & _NO_CREDIT:
            raise ModelError(
                f"{at} says that the account has no credit left{said}: add some, or use another model"
            )
        if self._answered:
            return
        if status == 403:
            raise ModelError(
                f"{at} denies access (403){said}: check what the key in {self._key_variable} may use"
            )
        if 300 <= status < 400:
            target = self._line(response.headers.get("location", ""))
            raise ModelError(
                f"{at} redirects to {target or 'nowhere'} ({status}): name the right address instead"
            )
        if status in (400, 404) and (error.codes & _NO_MODEL or _SAYS_NO_MODEL.search(message)):
            raise ModelError(f"{at} has no model {self._model!r} ({status}){said}: name one that it has")
        if status in (404, 405, 410):
            raise ModelError(
                f"{self.name}: {self._url}/chat/completions isn't there ({status}){said}: "
                "check the address, most end in /v1, and the model's name"
            )

    def _drop(self, error: _Complaint, parameters: Iterable[str]) -> bool:
        """Leave out from now on the parameter that an error says isn't supported, if it was sent."""
        if error.codes & _UNSUPPORTED:
            named = {error.parameter}.intersection(parameters)
        elif _SAYS_UNSUPPORTED.search(error.message):
            # Prose may quote a query, so what the server took once isn't taken from it.
            named = {name for name in parameters if re.search(rf"\b{name}\b", error.message)} - self._accepted
        else:
            named = set()
        self._dropped |= named
        return bool(named)

    def _line(self, text: str) -> str:
        """One line of at most 200 characters for a person, out of what a server said: no controls, no key."""
        if self._key != NO_KEY:
            text = text.replace(self._key, "[key]")
        line = " ".join("".join(c if c.isprintable() else " " for c in text[:2000]).split())
        return line if len(line) <= 200 else line[:199] + "…"


class _Open(NamedTuple):
    """What an open model holds on to, all of it bound to one event loop."""

    client: openai.AsyncOpenAI
    slots: asyncio.Semaphore
    sleep: Sleep


class _Complaint(NamedTuple):
    """What an error's body says, whichever server's form it has."""

    message: str
    codes: frozenset[str]
    parameter: str


def _complaint(document: Any) -> _Complaint:
    error = _get(document, "error") or document
    if not isinstance(error, dict):
        return _Complaint(error if isinstance(error, str) else "", frozenset(), "")
    detail = error.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):  # FastAPI's
        location = detail[0].get("loc")
        parameter = location[-1] if isinstance(location, list) and location else ""
        error = {"message": detail[0].get("msg"), "type": detail[0].get("type"), "param": parameter}
    message = error.get("message") or detail
    codes = frozenset(code for code in (error.get("code"), error.get("type")) if isinstance(code, str))
    return _Complaint(message if isinstance(message, str) else "", codes, str(error.get("param") or ""))


def _completion(document: Any) -> Answer | None:
    """Read the first choice; None if there is none."""
    choices, usage = _get(document, "choices"), _get(document, "usage")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message, reason = _get(choice, "message"), _get(choice, "finish_reason")
    if not isinstance(message, dict) or reason == "error":
        return None
    refusal, text = message.get("refusal"), _text(message.get("content"))
    outcome: AnswerOutcome = "ok"
    cause = ""
    if reason == "content_filter" or refusal:
        text, outcome, cause = "", "refused", f"refused: {refusal or 'the content filter'}"
    elif reason == "length":
        outcome, cause = "truncated", "cut off at the limit of tokens" + ("" if text else ", before any text")
    elif not text.strip():
        text, outcome, cause = "", "empty", f"no text came (finish reason: {reason})"
    return Answer(text, outcome, cause, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _text(content: Any) -> str:
    """Return a message's text, of which some servers send a list of parts; half characters become "?"."""
    if isinstance(content, list):
        parts = (
            part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"
        )
        content = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        return ""
    return content if content.isascii() else content.encode(errors="replace").decode()


def _count(usage: Any, name: str) -> int | None:
    count = _get(usage, name)
    return count if type(count) is int and count >= 0 else None


def _document(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # a page, half an answer, or brackets without end
        return None


def _messages(query: Query) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in query.messages]


def _encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
