"""``selftaught models``: the forms that ``--model`` takes."""

from __future__ import annotations

from selftaught.cli.options import command
from selftaught.cli.output import console, emit, table


@command("models", "the kinds of language model")
def models(as_json: bool) -> None:
    """List the kinds of language model, how to name one, and whether it can be used here. Nothing is asked.

    For example:
      selftaught improve bin_packing --model http://localhost:8000/v1#qwen
    """
    from selftaught.models.finding import known_models

    found = known_models()
    if as_json:
        emit([{"model": kind.spec, "what": kind.what, "ready": kind.ready} for kind in found])
    else:
        console().print(
            table(["--model", "what", "ready"], [[kind.spec, kind.what, kind.ready] for kind in found])
        )
