"""The one door to a language model: streamed chat completions over the `openai` client, which is imported with this."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx2
import openai

from index.settings import Settings

MOST_BYTES = 2_000_000
"""Of one reply; a token of a stream takes some 300."""
CONNECT_S = 5.0
RETRIES = 1
"""Within the deadline."""
TEMPERATURE = 0.2
NO_KEY = "none"
"""The client wants a key even where the endpoint does not."""


class TooLongError(Exception):
    """The reply is larger than any answer, or packed so that it could become so."""


class BrokenOffError(Exception):
    """The reply came to no end."""


class Endpoint:
    """An OpenAI-compatible endpoint; for any event loop."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is asked yet."""
        self._settings = settings
        self._tls = ssl.create_default_context()  # 20 ms, so not for each answer
        self._options: dict[str, Any] = {"temperature": TEMPERATURE}

    async def pieces(self, messages: list[dict[str, str]]) -> AsyncGenerator[str, None]:
        """The reply's text as it comes.

        Raises BrokenOffError, TooLongError, and whatever else the network, the client or the server bring about.
        """
        # A client for each answer: nothing stays open between two, nor belongs to a loop that has ended.
        async with self._client() as client:
            stream = await self._stream(client, messages)
            finished = False
            async with aclosing(stream.response):
                async for chunk in stream:
                    for choice in chunk.choices[:1]:
                        finished = finished or choice.finish_reason is not None
                        if choice.delta.content:
                            yield choice.delta.content
            if not finished:  # a connection that closes early looks like an end
                raise BrokenOffError("the reply has no end")

    async def _stream(self, client: openai.AsyncOpenAI, messages: list[dict[str, str]]) -> Any:
        create: Any = client.chat.completions.create
        try:
            return await create(model=self._settings.llm_model, messages=messages, stream=True, **self._options)
        except openai.BadRequestError:
            if not self._options:
                raise
            self._options = {}  # some models take no temperature but their own
            return await create(model=self._settings.llm_model, messages=messages, stream=True)

    def _client(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            base_url=self._settings.llm_url,
            api_key=self._settings.llm_key or NO_KEY,
            max_retries=RETRIES,
            timeout=httpx2.Timeout(self._settings.llm_deadline, connect=CONNECT_S),
            http_client=openai.DefaultAsyncHttpxClient(
                verify=self._tls,
                # The question goes where the operator said, and nowhere else.
                follow_redirects=False,
                headers={"Accept-Encoding": "identity"},
                event_hooks={"response": [_bound]},
            ),
        )


async def _bound(response: httpx2.Response) -> None:
    """Let a reply be read only so far; a packed one would be larger than what is counted."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise TooLongError("the reply is compressed, which was not asked for")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    """At most MOST_BYTES of a stream."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for part in self._stream:
            read += len(part)
            if read > MOST_BYTES:
                raise TooLongError(f"the reply is longer than {MOST_BYTES} bytes")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
