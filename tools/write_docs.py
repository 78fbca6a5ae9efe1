"""Writes the generated pages of the documentation: settings, metrics, and how we compare with the Service API.

`make docs` runs it. `tests/rules/test_docs.py` fails when a page differs from what this would write now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from tools.compatibility import compare, operations, verdicts
from weft.app import openapi_document
from weft.core.metrics import Metrics
from weft.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "tests" / "contract" / "spec" / "openapi.json"


def settings_page() -> str:
    """Every setting, from its definition."""
    rows = [
        (f"`{_variable(name)}`", _kind(field.annotation), _default(field), field.description or "")
        # Fields of parts come first in the model; to readers they are chapters at the end.
        for name, field in sorted(
            Settings.model_fields.items(), key=lambda item: item[0] not in Settings.__annotations__
        )
    ]
    return _page(
        "Settings",
        "Read from the environment when a command starts; `weft serve` has options for the first three. An empty value "
        "counts as not given. `weft doctor` shows what the settings in force lead to.",
        _table(("variable", "type", "default", "what it does"), rows),
    )


def api_page() -> str:
    """How every operation of the Weave Service API compares, and what is served beside them."""
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    ours = openapi_document()
    sentences = compare(contract, ours, verdicts(ROOT / "docs" / "compatibility"))
    served = [operation for operation, sentence in sentences.items() if sentence != "not served"]
    sections = []
    for noun in dict.fromkeys(_noun(path) for path, _ in sorted(sentences)):
        rows = [
            (f"`{method.upper()}`", f"`{path}`", sentences[path, method])
            for path, method in sorted(sentences)
            if _noun(path) == noun
        ]
        sections.append(f"### {noun}\n\n{_table(('method', 'path', 'compared with the reference'), rows)}")
    beside = sorted(set(operations(ours)) - set(sentences))
    return _page(
        "API compatibility",
        f"Of the {len(sentences)} operations of the Weave Service API, {len(served)} are served. Each is there at `/` "
        "and again under `/traces`. `weft openapi` prints the whole document; a server shows it at `/weft/docs`.",
        "*Same*: the parameters, the fields of the body and the fields of the answer are those of the contract (this "
        "page is not written otherwise), and no difference in behaviour is known. *Better* and *differs* say what is "
        "otherwise, and why; the single answers are compared with the reference server in "
        "`tests/contract/differential/`, whose reviewed list has every difference found.",
        "## The Weave Service API\n",
        *sections,
        "## Served beside it\n\nOlder spellings that SDKs still use, the start-up routes of the wandb host, and Weft's "
        f"own.\n\n{_table(('method', 'path'), [(f'`{method.upper()}`', f'`{path}`') for path, method in beside])}",
    )


def metrics_page() -> str:
    """Every metric, from its definition."""
    rows = [
        (f"`{made.name}`", made.kind, ", ".join(made.labels), "deployment" if made.shared else "process", made.help)
        for made in Metrics().described()
    ]
    return _page(
        "Metrics",
        "`GET /metrics` of every process, for Prometheus; who may read it is said in [observing](observing.md). Each "
        "process tells of itself. What is true of the whole *deployment* (it is read from the stores) is told alike by "
        "every process: take its maximum, never its sum.",
        _table(("metric", "type", "labels", "of the", "what it is"), rows),
        "Beside them stand `process_*` (memory, processor time, open files) and `python_gc_*`.",
        "Labels are bounded: templates of routes, kinds, states and classes of reasons of our own, topics, tables. No "
        "id, ref, project or text of yours is a label.",
        "**Values that need a query** (of the *deployment*, of stores, and of Kafka) are asked for when somebody "
        "scrapes, at most every five seconds and beside the scrape, which waits two seconds for all of them together "
        "and otherwise shows the last ones, for a minute. `weft_metrics_source_up` says which could be had.",
        "**Reasons.** `weft_scoring_outcomes_total` has the state of the task after an attempt (`scored`, `done`, "
        "`failed`, `retrying`, or `waiting` for one that was not really tried) and the class of the reason: "
        "`cannot_work` (no retry would help), `bad_deploy` (this server is not set up for it), `world_is_slow` (a "
        "provider failed or was slow), `not_there_yet` (the call or the scorer has not arrived), `has_to_wait` (an "
        "endpoint is known to be dead), `store_is_down`, `own_mistake` (a bug of ours; the log has its place). The "
        "sentence that explains a single task is in the task itself: `weft scoring list`.",
        "`weft_scorer_cost_usd_total` counts at today's list prices, whatever prices a project has set for itself; "
        "what a project paid is in its own statistics.",
    )


PAGES: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / "settings.md": settings_page,
    ROOT / "docs" / "api-compatibility.md": api_page,
    ROOT / "docs" / "operations" / "metrics.md": metrics_page,
}


def main() -> None:
    """Write every page."""
    for path, render in PAGES.items():
        path.write_text(render(), encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


def _variable(name: str) -> str:
    return f"WEFT_{name.upper()}"


def _kind(annotation: Any) -> str:
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    for long, short in (
        ("typing.Literal", ""),
        ("pydantic.types.SecretStr", "secret"),
        ("SecretStr", "secret"),
        ("pathlib.Path", "path"),
        ("PosixPath", "path"),
        ("Path", "path"),
        (" | None", ""),
        ("'", ""),
        ("str", "text"),
        ("bool", "true or false"),
        ("int", "whole number"),
        ("float", "number"),
    ):
        text = text.replace(long, short)
    if text.startswith("["):
        return text.strip("[]").replace(", ", " or ")
    return {"list": "JSON list", "dict": "JSON object"}.get(text.partition("[")[0], text)


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return ""
    shown = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return f"`{json.dumps(shown) if isinstance(shown, bool | list | dict) else shown}`"


def _noun(path: str) -> str:
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    return f"v2: {parts[1]}" if parts[0] == "v2" else parts[0]


def _page(title: str, *paragraphs: str) -> str:
    note = "<!-- Written by `make docs`. -->"
    return "\n\n".join((f"# {title}", note, *(paragraph.strip() for paragraph in paragraphs))) + "\n"


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    main()
