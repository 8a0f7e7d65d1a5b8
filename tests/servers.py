"""A real OpenAI-compatible server on loopback: ``transformers serve``, in a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

__all__ = ["TransformersServer", "free_port"]


def free_port() -> int:
    """A port that nothing listens to now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class TransformersServer:
    """Serves a checkpoint folder until ``kill``; ``url`` ends with ``/v1``, ``model`` is the folder.

    The checkpoint's tokenizer has to leave ``token_type_ids`` out of its ``model_input_names``:
    generation refuses them in a thread whose end the server waits for for ever.
    """

    def __init__(self, checkpoint: Path, *, port: int | None = None, strict: bool = False) -> None:
        self.model = str(checkpoint)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        command = "from transformers.commands.transformers_cli import main; main()"
        # the nearest to "transformers serve" that needs no script on the path
        arguments = ["serve", "--host", "127.0.0.1", "--port", str(self.port), "--device", "cpu",
                     "--dtype", "float32", "--log_level", "error"]  # fmt: skip
        if strict:
            arguments += ["--input_validation", "true"]
        self._log = checkpoint.parent / f"serve-{self.port}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", command, *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
            )

    def wait(self, seconds: float = 180.0) -> None:
        """Until it answers and has loaded the model.

        It loads at the first request, and two at once would break each other's loading.
        """
        deadline = time.monotonic() + seconds
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with opener.open(f"http://127.0.0.1:{self.port}/health", timeout=2):
                    break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        else:
            self.kill()
            raise RuntimeError(
                f"transformers serve does not start: {self._log.read_text()[-2000:]}"
            )
        body = {"model": self.model, "max_tokens": 1, "stream": True,
                "messages": [{"role": "user", "content": "?"}]}  # fmt: skip
        request = urllib.request.Request(
            f"{self.url}/chat/completions",
            json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        with opener.open(request, timeout=seconds) as answer:
            answer.read()

    def kill(self) -> None:
        """At once, in the middle of whatever it does."""
        self._process.kill()
        self._process.wait()
