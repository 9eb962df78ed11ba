"""A language model's endpoint on the loopback, for the real client: good, slow, wrong, hostile and faulty.

    with FakeLlm(says("BMW opened a base in Shanghai [1].")) as llm:
        settings = Settings.from_env({"WARTA_LLM_URL": llm.url, "WARTA_LLM_MODEL": "uji"})

Without a script it repeats the first quote and names it, which is borne out where that is in the answer's language.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

Request = dict[str, Any]
"""The body of a call, with "key" (what stands in its Authorization header) and "path"."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How a call is answered."""

    text: str = ""
    pieces: tuple[str, ...] = ()
    """How the text is cut; eight characters each by default."""
    status: int = 200
    delay: float = 0.0
    """Seconds before the first byte."""
    pause: float = 0.0
    """Seconds before each piece."""
    ends: Literal["done", "cut", "hangs", "never"] = "done"
    """"cut": the connection closes after the text; "hangs": nothing more comes; "never": the text comes over again."""
    body: bytes | None = None
    """Sent instead of a completion."""
    headers: tuple[tuple[str, str], ...] = ()
    drop: bool = False
    """The connection is closed without a word."""

    @property
    def is_fault(self) -> bool:
        """Whether no endpoint answers so that is well."""
        return self.status != 200 or self.drop or self.ends != "done"


Script = Callable[[Request], Reply]


def says(text: str, **more: Any) -> Script:
    """The same to every question."""
    return lambda _: Reply(text, **more)


def told(request: Request) -> dict[str, Any]:
    """The JSON object that the model was shown: question, language, quotes."""
    found: dict[str, Any] = json.loads(request["messages"][-1]["content"])
    return found


def good(request: Request) -> Reply:
    """The first sentence of the first quote, with its number."""
    quote = told(request)["quotes"][0]
    return Reply(f"{quote['text'].split('. ')[0].rstrip('.')} [{quote['n']}].")


def obeying(harm: str) -> Script:
    """Does harm as soon as an article tells it to with "INSTRUKSI:"."""
    return lambda request: Reply(harm) if "INSTRUKSI:" in request["messages"][-1]["content"] else good(request)


def faulty(share: float, seed: int, well: Script = good) -> Script:
    """Fails at such a share of the calls with 500, 429, a broken stream or a closed connection."""
    dice, lock = random.Random(seed), threading.Lock()

    def script(request: Request) -> Reply:
        with lock:
            fails, how = dice.random() < share, dice.randrange(4)
        if not fails:
            return well(request)
        busy = Reply(status=429, headers=(("Retry-After", "1"),))
        return (Reply(status=500), busy, Reply("BMW dan", ends="cut"), Reply(drop=True))[how]

    return script


class FakeLlm:
    """POST /v1/chat/completions; streamed where `stream` is asked for, whole otherwise."""

    def __init__(self, script: Script = good) -> None:
        self.script = script
        self.requests: list[Request] = []
        self.replies: list[Reply] = []
        self.left = 0
        """Streams that whoever asked did not read to their end."""
        self.over = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """What WARTA_LLM_URL takes."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def faults(self) -> int:
        """How many of the replies were faults."""
        return sum(reply.is_fault for reply in self.replies)

    def settings(self, **more: str) -> dict[str, str]:
        """Environment that leads here."""
        return {"WARTA_LLM_URL": self.url, "WARTA_LLM_MODEL": "uji-1"} | more

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, llm: FakeLlm) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.llm = llm

    def handle_error(self, *_: Any) -> None:
        """Who asked has left."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        llm = self.server.llm
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = json.loads(body) | {"key": self.headers.get("Authorization", ""), "path": self.path}
        llm.requests.append(request)
        reply = llm.script(request)
        llm.replies.append(reply)
        self.close_connection = True
        if llm.over.wait(reply.delay) or reply.drop:
            return
        try:
            self._answer(request, reply)
        except OSError:
            llm.left += 1

    def _answer(self, request: Request, reply: Reply) -> None:
        if reply.status != 200 or reply.body is not None or not request.get("stream"):
            self._whole(reply)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in _pieces(reply):
            if self.server.llm.over.wait(reply.pause):
                return
            self._event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
        if reply.ends == "hangs":
            self.server.llm.over.wait()
        elif reply.ends == "done":
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, chunk: dict[str, Any]) -> None:
        whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "uji-1"} | chunk
        self.wfile.write(b"data: " + json.dumps(whole).encode() + b"\n\n")
        self.wfile.flush()

    def _whole(self, reply: Reply) -> None:
        message = {"role": "assistant", "content": reply.text}
        whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "uji-1"}
        answer = whole | {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        if reply.status != 200:
            answer = {"error": {"message": f"no, and your key is {self.headers.get('Authorization')}"}}
        body = json.dumps(answer).encode() if reply.body is None else reply.body
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers or (("Content-Type", "application/json"),):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _pieces(reply: Reply) -> Iterator[str]:
    cut = reply.pieces or tuple(reply.text[at : at + 8] for at in range(0, len(reply.text), 8))
    yield from cut
    while reply.ends == "never":
        yield from cut
