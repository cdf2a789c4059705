"""What all models behind HTTP share: one loop that asks, waits, asks again and counts; judging what came.

A kind of server (:mod:`chat`, :mod:`anthropic`, :mod:`google`) says how a query is written, how an answer is read
and how its errors read. Its vendor's client carries the bytes, with its own retries off; what came is taken
before that client interprets it, so that a fault is judged here alone, and the same for all.

A fault is one of three things, and :meth:`ServerModel._judge` is where they are told apart:

- it may pass (overload, a rate limit, a cut connection): a :class:`Passing` fault, tried again;
- it is this query's own (too long, refused, a parameter out of range): an :class:`Answer` that says so;
- no query can succeed (a refused key, no such model, no credit, no server): :class:`ModelError`.

The key is sent to the address that it was given for and nowhere else: redirects are not followed.
"""

from __future__ import annotations

import itertools
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from selftaught.errors import ModelError
from selftaught.models import Answer, Query
from selftaught.models.retrying import Passing, Retries, asked_wait_s

if TYPE_CHECKING:
    import httpx2

    from selftaught.models.pace import Pace

Sleep = Callable[[float], Awaitable[object]]

NO_KEY = "none"
KEY_CHARACTERS = 16  # what a key has at least, where one is taken out of an answer's text
FIRST_TRIES = 3  # while nothing was ever heard from the server: most likely it isn't there
MOST_BYTES = 64 * 2**20
"""How large a response may be, decompressed. A larger one is not read to its end."""

_NO_CREDIT = {
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "insufficient_balance",
}
_SAYS_NO_CREDIT = re.compile(r"credit balance is too low", re.IGNORECASE)
_REFUSALS = {"content_filter", "content_policy_violation", "invalid_prompt", "moderation_blocked"}
_UNSUPPORTED = {"unsupported_parameter", "unsupported_value", "unknown_parameter", "extra_forbidden"}
_SAYS_UNSUPPORTED = re.compile(
    r"un(supported|known|recogni[sz]ed|expected)|not (supported|permitted|allowed|enabled)"
    r"|does(n't| not) support|deprecated|removed|may only be set",
    re.IGNORECASE,
)
_NO_MODEL = {"model_not_found", "invalid_model"}
_SAYS_NO_MODEL = re.compile(
    r"\bmodels?\b.*(not (exist|found)|n't exist)|(invalid|unknown|no such) model", re.IGNORECASE
)
_SAYS_REFUSED = re.compile(r"moderation|flagged", re.IGNORECASE)


class ServerModel(ABC):
    """One model of one server.

    Parameters
    ----------
    name
        what the user calls it, ``openai:gpt-…`` or ``http://HOST/v1#NAME``
    url
        the address below which the server's paths lie, without query, fragment or password
    model
        the server's own name for the model
    key, key_variable
        the key, "" for a server that wants none (the word "none" is sent), and the variable that it came from
    concurrency
        the most requests in flight; fewer while the server says that it is asked too much. Further queries wait,
        and once nothing but faults comes, so do those behind a query that backs off
    tries, patience_s
        the most requests for one query, not counting those that were throttled, and the most seconds that it waits
        or loses between them
    request_s, connect_s
        the most seconds that one request may take altogether, and to connect
    most_bytes
        how large a response may be
    sleep
        waits for that many seconds; ``asyncio.sleep`` unless given

    Raises
    ------
    ModelError
        if the key holds characters that no header can carry
    """

    path: ClassVar[str] = ""  # for messages: what lies below the address
    most_answer_tokens: int | None = None  # the server's own limit is not told

    def __init__(
        self,
        name: str,
        *,
        url: str,
        model: str,
        key: str,
        key_variable: str,
        concurrency: int = 32,
        tries: int = 6,
        patience_s: float = 300.0,
        request_s: float = 600.0,
        connect_s: float = 10.0,
        most_bytes: int = MOST_BYTES,
        sleep: Sleep | None = None,
    ) -> None:
        self.name = name
        self.concurrency = concurrency
        self._url = url.rstrip("/")
        self._model = model
        self._key = key.strip() or NO_KEY
        self._key_variable = key_variable
        if re.fullmatch(r"[!-~]+", self._key) is None:
            raise ModelError(
                f"{name}: the key in {key_variable} holds characters that no key has: set it again"
            )
        self._tries = tries
        self._patience_s = patience_s
        self._request_s = request_s
        self._connect_s = connect_s
        self._most_bytes = most_bytes
        self._sleep = sleep
        self._open: _Open | None = None
        self._heard = False  # anything at all, even an error
        self._answered = False  # a completion
        self._accepted: set[str] = set()  # parameters of requests that were answered
        self._dropped: set[str] = set()  # parameters that the server doesn't support

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"  # never the key

    @property
    def dropped(self) -> frozenset[str]:
        """The parameters that the server was found not to support; temperature may be among them."""
        return frozenset(self._dropped)

    # What a kind of server says of itself

    @abstractmethod
    def _connect(self, http: httpx2.AsyncClient) -> Any:
        """Make the vendor's client, without retries of its own, upon ``http``."""

    @abstractmethod
    async def _post(self, client: Any, document: dict[str, Any], content: bytes) -> None:
        """Send ``document`` (encoded: ``content``) once; what comes of it is taken from ``http``, not from here."""

    @abstractmethod
    async def _disconnect(self, client: Any) -> None:
        """Close the vendor's client."""

    @abstractmethod
    def _document(self, query: Query) -> tuple[dict[str, Any], frozenset[str]]:
        """Write a query as the server's JSON, and name the parameters in it that could be left out."""

    @abstractmethod
    def _completion(self, document: Any) -> Answer | None:
        """Read an answer, without its tokens; None if this is none."""

    @abstractmethod
    def _tokens(self, document: Any) -> tuple[int | None, int | None]:
        """Read the tokens in and out that a response tells of."""

    def _complaint(self, document: Any) -> Complaint:
        """Read an error."""
        return complaint(document)

    def _adapt(self, query: Query, error: Complaint) -> bool:
        """Learn from a refused request how to write this query better; False if there is nothing to learn."""
        return False

    def _hopeless(self, status: int, error: Complaint) -> str:
        """Say why no query can succeed, for what only this kind of server has; "" if one may."""
        return ""

    def _remarks(self, query: Query) -> list[str]:
        """Say what of the query was not sent as asked."""
        return ["the server takes no temperature"] if "temperature" in self._dropped else []

    # Asking

    async def answer(self, query: Query) -> Answer:
        """Ask for one answer, as often as it takes; the module says what fails how, the class when it ends.

        Raises
        ------
        ModelError
            if no query can succeed: a refused key, no such model, no credit, no server at this address
        """
        if self._open is None:
            self._open = self._start()
        return await self._answer(query, self._open)

    async def close(self) -> None:
        """Close the connections, in the event loop that opened them. A later query opens new ones."""
        opened, self._open = self._open, None
        if opened is not None:
            await self._disconnect(opened.client)
            await opened.http.aclose()

    def _start(self) -> _Open:
        import asyncio

        from selftaught.models.pace import Pace

        http = _taking_client(self.concurrency, self._request_s, self._connect_s, self._most_bytes)
        try:
            client = self._connect(http)
        except ImportError as error:
            raise ModelError(
                f"{self.name}: its client cannot be imported: {self._line(str(error))}"
            ) from None
        return _Open(client, http, Pace(self.concurrency), self._sleep or asyncio.sleep)

    async def _answer(self, query: Query, opened: _Open) -> Answer:
        retries = Retries(self._tries, self._patience_s)
        spent = _Spent()
        pace = opened.pace
        await pace.enter()
        inside = True
        try:
            for requests in itertools.count(1):
                document, parameters = self._document(query)
                try:
                    content = json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
                except ValueError:
                    cause = (
                        "the query holds what JSON cannot: a lone surrogate, or a number that isn't finite"
                    )
                    return spent.settle(Answer("", "refused", cause), requests - 1)
                result = await self._exchange(query, opened, document, content, parameters, spent)
                if isinstance(result, Answer):
                    pace.answered()
                    remarks = "; ".join(filter(None, [result.cause, *self._remarks(query)]))
                    return spent.settle(replace(result, cause=remarks), requests)
                if result is None:
                    continue
                pace.failed(throttled=result.throttled)
                billed = result.billed and result.reached
                spent.possibly_billed += billed
                wait_s = retries.wait_s(result)
                if not result.reached and not self._heard and (wait_s is None or requests >= FIRST_TRIES):
                    raise ModelError(
                        f"{self.name}: no server answers at {self._url} ({result.cause}): is it running?"
                    )
                refused = wait_s is not None and billed and not query.may_ask_again()
                if wait_s is None or refused:
                    why = "the budget has no room to ask again" if refused else "given up"
                    cause = f"{result.cause}; {why} after {requests} requests"
                    return spent.settle(Answer("", "failed", cause), requests)
                if pace.held:
                    await opened.sleep(wait_s)
                else:
                    pace.leave()
                    inside = False
                    await opened.sleep(wait_s)
                    await pace.enter(again=True)
                    inside = True
            raise AssertionError("unreachable")
        finally:
            if inside:
                pace.leave()

    async def _exchange(
        self,
        query: Query,
        opened: _Open,
        document: dict[str, Any],
        content: bytes,
        parameters: frozenset[str],
        spent: _Spent,
    ) -> Answer | Passing | None:
        response = await self._send(opened.client, document, content)
        if isinstance(response, Passing):
            return response
        if isinstance(response, TooLarge):
            spent.possibly_billed += 1
            return Answer("", "failed", f"the server sent {response}")
        self._heard = True
        came = _parsed(response.content)
        if response.is_success:
            answer = self._completion(came)
            told = self._tokens(came)
            spent.add(told, whole=answer is not None)
            if answer is None:
                message = self._line(self._complaint(came).message)
                kind = message or self._line(response.headers.get("content-type", "of no type"))
                # One that told its tokens is in the sum: there is nothing more that could be billed.
                return Passing(f"an answer without a completion: {kind}", billed=told == (None, None))
            self._answered = True
            self._accepted.update(parameters)
            text = answer.text
            if len(self._key) >= KEY_CHARACTERS:  # an echo; what is shorter may be any word
                text = text.replace(self._key, "[key]")
            return replace(answer, text=text, cause=self._line(answer.cause))
        return self._judge(query, response, self._complaint(came), parameters)

    async def _send(
        self, client: Any, document: dict[str, Any], content: bytes
    ) -> httpx2.Response | Passing | TooLarge:
        """Make one exchange; whatever response comes is returned, be it an error."""
        import asyncio

        taken = _Taken()
        _TAKEN.set(taken)
        late = f"no answer within {self._request_s:g} s"
        try:
            # The client's own time-out is for each read, and some servers send blanks for as long as they are busy.
            async with asyncio.timeout(self._request_s):
                await self._post(client, document, content)
        except TimeoutError:
            if taken.response is None and taken.error is None:
                return Passing(late, lost_s=self._request_s)
        except Exception:  # what the vendor's client makes of untrusted bytes: read here, from what was taken
            if taken.response is None and taken.error is None:
                raise
        if taken.response is not None:
            return taken.response
        return self._fault(taken.error, late)

    def _fault(self, error: Exception | None, late: str) -> Passing | TooLarge:
        """Tell what an exchange without a response means."""
        import httpx2

        if isinstance(error, TooLarge):
            return error
        if isinstance(error, httpx2.ConnectTimeout):
            return Passing(
                f"no connection within {self._connect_s:g} s", lost_s=self._connect_s, reached=False
            )
        if isinstance(error, httpx2.TimeoutException):
            return Passing(late, lost_s=self._request_s)
        cause = self._line(str(error)) or type(error).__name__
        return Passing(f"the connection failed: {cause}", reached=not isinstance(error, httpx2.ConnectError))

    # Judging

    def _judge(
        self, query: Query, response: httpx2.Response, error: Complaint, parameters: Iterable[str]
    ) -> Answer | Passing | None:
        """Tell what an error means; None: the query will be written otherwise, ask again."""
        status, message = response.status_code, self._line(error.message)
        cause = f"the server said {status}" + (f": {message}" if message else "")
        if error.codes & _REFUSALS or (status == 403 and _SAYS_REFUSED.search(message)):
            return Answer("", "refused", cause)
        self._raise_if_hopeless(status, error, message, response)
        if status in (408, 409, 425, 429) or status >= 500:
            asked = [s for s in (asked_wait_s(response.headers), error.asked_s) if s is not None]
            return Passing(
                cause,
                max(asked, default=None),
                throttled=status in (429, 529),
                billed=status == 408 or (status >= 500 and status not in (503, 529)),
            )
        if status in (400, 422) and (self._drop(error, parameters) or self._adapt(query, error)):
            return None
        return Answer("", "refused", cause)

    def _raise_if_hopeless(
        self, status: int, error: Complaint, message: str, response: httpx2.Response
    ) -> None:
        """Raise where no later query can succeed. What was possible once is only this query's trouble now."""
        at, said = f"{self.name}: the server at {self._url}", f" ({message})" if message else ""
        if status == 401 or "API_KEY_INVALID" in error.codes:
            verb = "wants a key" if self._key == NO_KEY else "refuses the key"
            raise ModelError(f"{at} {verb} ({status}): set {self._key_variable} to a valid one")
        if status == 402 or error.codes & _NO_CREDIT or _SAYS_NO_CREDIT.search(message):
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
        if why := self._hopeless(status, error):
            raise ModelError(f"{at} {why} ({status}){said}")
        if status in (404, 405, 410):
            raise ModelError(
                f"{self.name}: {self._url}{self.path} isn't there ({status}){said}: "
                f"check the address{', most end in /v1,' if self.path == '/chat/completions' else ''} "
                "and the model's name"
            )

    def _drop(self, error: Complaint, parameters: Iterable[str]) -> bool:
        """Leave out from now on the parameter that an error says isn't supported, if it was sent."""
        if error.codes & _UNSUPPORTED:
            named = {error.parameter}.intersection(parameters)
        elif _SAYS_UNSUPPORTED.search(error.message):
            # Prose may quote a query, so what the server took once isn't taken from it.
            named = {
                name for name in parameters if re.search(rf"\b{name}\b", error.message, re.IGNORECASE)
            } - self._accepted
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


class Complaint(NamedTuple):
    """What an error's body says, whichever server's form it has."""

    message: str = ""
    codes: frozenset[str] = frozenset()
    parameter: str = ""
    asked_s: float | None = None


class TooLarge(Exception):
    """A response beyond its limit."""


class _Open(NamedTuple):
    """What an open model holds on to, all of it bound to one event loop."""

    client: Any
    http: httpx2.AsyncClient
    pace: Pace
    sleep: Sleep


@dataclass
class _Spent:
    """What the exchanges of one query have cost so far."""

    tokens_in: int = 0
    tokens_out: int = 0
    unknown_in: bool = False
    unknown_out: bool = False
    possibly_billed: int = 0

    def add(self, told: tuple[int | None, int | None], *, whole: bool) -> None:
        """Add what a response told; one that was a whole answer and didn't tell makes the sum unknown."""
        self.tokens_in += told[0] or 0
        self.tokens_out += told[1] or 0
        self.unknown_in |= whole and told[0] is None
        self.unknown_out |= whole and told[1] is None

    def settle(self, answer: Answer, requests: int) -> Answer:
        """Write the cost into the answer that came of it."""
        return replace(
            answer,
            tokens_in=None if self.unknown_in else self.tokens_in,
            tokens_out=None if self.unknown_out else self.tokens_out,
            requests=requests,
            possibly_billed=self.possibly_billed,
        )


@dataclass
class _Taken:
    """What came of one exchange, before a vendor's client has seen it."""

    response: httpx2.Response | None = None
    error: Exception | None = None


_TAKEN: ContextVar[_Taken] = ContextVar("taken")


def _taking_client(
    concurrency: int, request_s: float, connect_s: float, most_bytes: int
) -> httpx2.AsyncClient:
    """Make an HTTP client that keeps in ``_TAKEN`` what came, and reads no more than ``most_bytes`` of it."""
    import httpx2

    timeout = httpx2.Timeout(request_s, connect=connect_s, pool=None)

    class Taking(httpx2.AsyncClient):
        async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
            taken = _TAKEN.get()
            request.extensions = {**request.extensions, "timeout": timeout.as_dict()}
            streamed = options.pop("stream", False)
            try:
                response = await super().send(request, stream=True, **options)
                taken.response = await _read(response, most_bytes)
            except Exception as error:
                taken.error = error
                raise
            assert not streamed
            return taken.response

    return Taking(
        headers={"accept-encoding": "gzip"},
        limits=httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        timeout=timeout,
        follow_redirects=False,
    )


async def _read(response: httpx2.Response, most_bytes: int) -> httpx2.Response:
    """Read a response whole, or raise :class:`TooLarge` once it is beyond its limit."""
    import httpx2

    pieces, size = [], 0
    try:
        if response.headers.get("content-encoding", "").count(","):
            raise TooLarge("an answer that is compressed several times over")  # a bomb, or as good as one
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > most_bytes:
                raise TooLarge(f"an answer of more than {most_bytes / 2**20:g} MiB")
            pieces.append(piece)
    finally:
        with suppress(httpx2.HTTPError):
            await response.aclose()
    headers = [
        (name, value)
        for name, value in response.headers.multi_items()
        if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
    ]
    return httpx2.Response(
        response.status_code, headers=headers, content=b"".join(pieces), request=response.request
    )


# Reading what servers send


def complaint(document: Any) -> Complaint:
    """Read an error in OpenAI's form, FastAPI's, or one of those that servers make up."""
    error = get(document, "error") or document
    if not isinstance(error, dict):
        return Complaint(error if isinstance(error, str) else "")
    detail = error.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):  # FastAPI's
        location = detail[0].get("loc")
        parameter = location[-1] if isinstance(location, list) and location else ""
        error = {"message": detail[0].get("msg"), "type": detail[0].get("type"), "param": parameter}
    message = error.get("message") or detail
    codes = frozenset(code for code in (error.get("code"), error.get("type")) if isinstance(code, str))
    return Complaint(message if isinstance(message, str) else "", codes, str(error.get("param") or ""))


def get(value: Any, name: str) -> Any:
    """Return a member of what may be an object, None if it isn't or has none."""
    return value.get(name) if isinstance(value, dict) else None


def clean(text: str) -> str:
    """Return a text that can be stored anywhere: half characters become "?"."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def count(usage: Any, name: str) -> int | None:
    """Return a count of tokens, None unless it is one."""
    number = get(usage, name)
    return number if type(number) is int and 0 <= number < 2**53 else None


def count_if_any(usage: Any, name: str) -> int | None:
    """Return a count of tokens that a server leaves out where it is 0; None if what is there is no count."""
    return 0 if get(usage, name) is None else count(usage, name)


def total(*counts: int | None) -> int | None:
    """Return the sum of counts, None where one of them is unknown."""
    known = [number for number in counts if number is not None]
    return sum(known) if len(known) == len(counts) else None


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # a page, half an answer, or brackets without end
        return None
