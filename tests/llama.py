"""A real server that nobody here wrote: llama.cpp's own, on a tiny model whose weights are random numbers.

``xllamacpp`` has that server in one wheel, ``gguf`` writes the model in a moment, and a grammar makes even random
weights answer with a program in a fence. In a test, by the fixture ``llama``; by hand, until its input ends::

    python tests/llama.py --folder /tmp/llama --key any

``Watch`` stands between a client and any server, hands everything through and keeps books of it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

NAME = "tiny"
CONTEXT = 16_384  # tokens of a prompt and its answer together; a byte is a token here
SLOTS = 4  # queries that are worked on at once; others wait
HTTP_THREADS = 32  # connections that are served at once; one that is kept open holds its thread

GRAMMAR = r"""
root ::= "An idea.\n\n```python\n" imports improver "\n\n" priority "```\n"
imports ::= "import numpy as np\nfrom helpers import extract_code\n\n\n"
improver ::= "def improve_algorithm(initial_solution, utility, language_model):\n" ask choose best
ask ::= "    answers = language_model.batch_prompt(\"\", [initial_solution] * 2, temperature=0." [1-9] ")\n"
choose ::= "    programs = [program for program in extract_code(answers) if program]\n"
best ::= "    return max([initial_solution, *programs], key=utility)\n"
priority ::= "def priority(length, weight):\n    return " first (" " [-+*/] " " number){0,3} "\n"
first ::= "length" | "weight" | "weight ** 2" | "np.sqrt(length)" | "weight / length"
number ::= [1-9] "." [0-9]
"""
"""Every answer is a whole program, an improver and a solution of the task that ``new`` makes in one."""

_TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "


def missing() -> str:
    """Return why the server cannot run here, "" if it can."""
    lacking = [name for name in ("xllamacpp", "gguf") if find_spec(name) is None]
    return f"{' and '.join(lacking)} not installed: wheels are for x86_64 and aarch64" if lacking else ""


class LlamaServer:
    """The server in a process of its own, at ``root`` on a free port, as long as a ``with`` lasts."""

    def __init__(self, folder: Path, key: str) -> None:
        self.key = key
        self._command = [sys.executable, __file__, "--folder", str(folder), "--key", key]
        self._log = folder / "log"

    def __enter__(self) -> Self:
        with self._log.open("w") as log:
            # Its input is ours to close: where these tests are killed, it reads the end of it, and ends.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        self.root = self._process.stdout.readline().strip()
        if not self.root:
            self.__exit__()
            raise RuntimeError(f"the server did not start:\n{self._log.read_text()[-2000:]}")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def books(self) -> tuple[int, int]:
        """Return the tokens that it says it has read and written so far."""
        request = urllib.request.Request(
            f"{self.root}/metrics", headers={"Authorization": f"Bearer {self.key}"}
        )
        with urllib.request.urlopen(request) as response:
            told = dict(re.findall(r"^llamacpp:(\w+) (\d+)$", response.read().decode(), re.MULTILINE))
        read = int(told["prompt_tokens_total"]) + int(told["prompt_tokens_cached_total"])
        return read, int(told["tokens_predicted_total"])


@dataclass(frozen=True)
class Served:
    """One exchange: the path that was asked, the status that came, and its JSON."""

    path: str
    status: int
    document: Any


class Watch:
    """Hands what is posted to it through to ``target``; ``served`` are all exchanges. At ``root`` in a ``with``."""

    def __init__(self, target: str) -> None:
        self.served: list[Served] = []
        self._target = urlsplit(target).netloc
        self._server = _Patient(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, name="watch", daemon=True)
        self.root = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        watch = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                target = http.client.HTTPConnection(watch._target)
                try:
                    target.request("POST", self.path, body, dict(self.headers))
                    response = target.getresponse()
                    content = response.read()
                finally:
                    target.close()
                watch.served.append(Served(self.path, response.status, json.loads(content)))
                self.send_response(response.status)
                self.send_header("Content-Type", response.getheader("content-type", ""))
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class _Patient(ThreadingHTTPServer):
    daemon_threads = True  # one waits on each connection that its client keeps
    request_queue_size = 64


def write_model(path: Path) -> None:
    """Write a model of one layer and some 20,000 random weights, the same each time.

    It reads bytes, and writes the grammar's literals whole, or else an answer would be hundreds of tokens.
    """
    import gguf
    import numpy as np

    kind = gguf.TokenType
    tokens = [("<unk>", kind.UNKNOWN), ("<s>", kind.CONTROL), ("</s>", kind.CONTROL)]
    tokens += [(f"<0x{byte:02X}>", kind.BYTE) for byte in range(256)]
    literals = {json.loads(literal) for literal in re.findall(r'"(?:\\.|[^"\\])+"', GRAMMAR)}
    # A tokenizer of this kind writes a blank so, and builds longer tokens out of shorter ones, which there are not.
    pieces = [" ", *sorted(text for text in literals if len(text) > 1)]
    tokens += [(text.replace(" ", "▁"), kind.NORMAL) for text in pieces]
    width, heads = 32, 2
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(width)
    writer.add_block_count(1)
    writer.add_head_count(heads)
    writer.add_head_count_kv(1)
    writer.add_rope_dimension_count(width // heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(_TEMPLATE)
    random = np.random.default_rng(0)
    shapes = {
        "token_embd": (len(tokens), width),
        "output": (len(tokens), width),
        "blk.0.attn_q": (width, width),
        "blk.0.attn_k": (width // heads, width),
        "blk.0.attn_v": (width // heads, width),
        "blk.0.attn_output": (width, width),
        "blk.0.ffn_gate": (width, width),
        "blk.0.ffn_up": (width, width),
        "blk.0.ffn_down": (width, width),
    }
    weights = {name: random.normal(0, 0.2, shape).astype(np.float32) for name, shape in shapes.items()}
    weights["token_embd"][:, 0] = 4.0  # what all tokens have in common,
    weights["output"][-len(pieces) + 1 :, 0] = (
        3.0  # and what speaks for literals wherever the grammar has one
    )
    for name, values in weights.items():
        writer.add_tensor(f"{name}.weight", values)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    """Make the model, serve it, print the address, and end with the input."""
    import xllamacpp

    parser = argparse.ArgumentParser(description="llama.cpp's server on a tiny random model.")
    parser.add_argument("--folder", type=Path, required=True, help="where the model is written")
    parser.add_argument("--key", required=True, help="what it wants of its clients")
    arguments = parser.parse_args()
    model = arguments.folder / "tiny.gguf"
    write_model(model)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = NAME
    parameters.api_keys = [arguments.key]
    parameters.port = 0
    parameters.n_threads_http = HTTP_THREADS
    parameters.n_parallel = SLOTS
    parameters.n_ctx = CONTEXT * SLOTS  # shared out among them
    parameters.fit_params = False  # to the machine's memory, which takes longer than all the rest
    parameters.endpoint_metrics = True
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    user = xllamacpp.common_grammar_type.COMMON_GRAMMAR_TYPE_USER
    parameters.sampling.grammar = xllamacpp.CommonGrammar(user, GRAMMAR)
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)  # its own way of ending may wait for ever


if __name__ == "__main__":
    main()
