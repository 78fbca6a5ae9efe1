"""Stories of the v2 objects: ops, datasets, scorers, models, evaluations."""

from __future__ import annotations

from typing import Any

from tests.contract.differential.telling import Teller


def resource_ops(tell: Teller) -> None:
    """Ops with their source."""
    made = _create(tell, "create", "/ops", {"name": "My Op", "source_code": "def f():\n    return 'é'\n"}, named=False)
    _create(tell, "again", "/ops", {"name": "My Op", "source_code": "def f():\n    return 'é'\n"}, named=False)
    _create(tell, "newer", "/ops", {"name": "my_op", "source_code": "x"}, named=False)
    _create(tell, "unnamed", "/ops", {"source_code": "y"}, named=False)
    _life(tell, "/ops", "my_op", made)


def resource_datasets(tell: Teller) -> None:
    """Datasets with their rows."""
    body = {"name": "My DS/1", "description": "about", "rows": [{"q": 1}, {"q": 2}]}
    made = _create(tell, "create", "/datasets", body)
    _create(tell, "again", "/datasets", body)
    _create(tell, "newer", "/datasets", {**body, "rows": []})
    _create(tell, "unnamed", "/datasets", {"rows": [{"a": 1}]})
    _create(tell, "no rows", "/datasets", {"name": "x"})
    _create(tell, "rows of numbers", "/datasets", {"name": "x", "rows": [1]})
    _create(tell, "empty name", "/datasets", {"name": "", "rows": []})
    _create(tell, "name of nothing", "/datasets", {"name": "!!!", "rows": []})
    _create(tell, "long name", "/datasets", {"name": "n" * 129, "rows": []})
    _life(tell, "/datasets", "my_ds_1", made)


def resource_scorers(tell: Teller) -> None:
    """Scorers with the source of their op."""
    body = {"name": "Exact", "op_source_code": "def score(): pass", "description": None}
    made = _create(tell, "create", "/scorers", body)
    _create(tell, "again", "/scorers", body)
    _create(tell, "no name", "/scorers", {"op_source_code": "x"})
    _create(tell, "no source", "/scorers", {"name": "x"})
    _life(tell, "/scorers", "exact", made)


def resource_models(tell: Teller) -> None:
    """Models with their source and attributes."""
    body = {"name": "Model 1", "source_code": "class M: pass", "attributes": {"temperature": 0.5, "n": 1}}
    made = _create(tell, "create", "/models", body)
    _create(tell, "again", "/models", body)
    _create(tell, "without attributes", "/models", {"name": "Model 1", "source_code": "class M: pass"})
    _create(tell, "reserved attribute", "/models", {**body, "attributes": {"_class_name": "x"}})
    _create(tell, "no source", "/models", {"name": "x"})
    _life(tell, "/models", "model_1", made)


def resource_evaluations(tell: Teller) -> None:
    """Evaluations of a dataset by scorers."""
    dataset, scorer = tell.ref("object", "ds:abc"), tell.ref("object", "sc:abc")
    body = {
        "name": "Ev",
        "dataset": dataset,
        "scorers": [scorer],
        "trials": 2,
        "evaluation_name": "shown",
        "description": "d",
    }
    made = _create(tell, "create", "/evaluations", body)
    _create(tell, "again", "/evaluations", body)
    _create(tell, "bare", "/evaluations", {"name": "Ev", "dataset": dataset})
    _create(tell, "attributes", "/evaluations", {"name": "Ev", "dataset": dataset, "eval_attributes": {"own": 1}})
    _create(tell, "no dataset", "/evaluations", {"name": "Ev"})
    _create(tell, "short ref", "/evaluations", {"name": "Ev", "dataset": "weave:///x"})
    _life(tell, "/evaluations", "ev", made)


def _life(tell: Teller, path: str, object_id: str, digest: str) -> None:
    """Read by every name, list, delete, read again."""
    for version in (digest, "latest", "v0", "v9", "nope"):
        tell.v2(f"read {'digest' if version == digest else version}", "GET", f"{path}/{object_id}/versions/{version}")
    tell.v2("read unknown", "GET", f"{path}/unknown/versions/latest")
    for label, params in {
        "all": {}, "two": {"limit": 2}, "next": {"limit": 2, "offset": 1}, "none": {"limit": 0}, "past": {"offset": 50},
        "negative": {"limit": -1}, "no number": {"limit": "x"},
    }.items():  # fmt: skip
        tell.v2(f"list {label}", "GET", path, params=params)
    tell.v2("delete unknown", "DELETE", f"{path}/unknown")
    tell.v2("delete known and unknown", "DELETE", f"{path}/{object_id}", params={"digests": [digest, "nope"]})
    tell.v2("delete one", "DELETE", f"{path}/{object_id}", params={"digests": [digest]})
    tell.v2("read deleted", "GET", f"{path}/{object_id}/versions/{digest}")
    tell.v2("list after one", "GET", path)
    tell.v2("delete rest", "DELETE", f"{path}/{object_id}")
    tell.v2("list after all", "GET", path)
    tell.v2("delete gone", "DELETE", f"{path}/{object_id}")


def _create(tell: Teller, step: str, path: str, body: dict[str, Any], *, named: bool = True) -> str:
    """Create; digests over refs of a project hang on its internal id, and are given names."""
    answer = tell.v2(step, "POST", path, body)
    digest = str(answer.get("digest", "")) if isinstance(answer, dict) else ""
    if named and digest:
        tell.name(digest, f"digest of {step}")
        tell.note_again()
    return digest
