"""Stories of objects, refs to them, and files."""

from __future__ import annotations

from typing import Any

from tests.contract.differential.telling import Teller

HEADER = {"_type": "Dataset", "_class_name": "Dataset", "_bases": ["Object", "BaseModel"]}


def objects_versions(tell: Teller) -> None:
    """Versions, their numbers and the latest one."""
    first = _create(tell, "first", "thing", {"b": 1, "a": 2})
    second = _create(tell, "second", "thing", {"b": 1, "a": 2.0})
    for digest in (first, second, "latest", "v0", "v1", "v2", "v-1", "nope"):
        tell.post(f"read {digest}", "/obj/read", {"object_id": "thing", "digest": digest})
    _create(tell, "first again", "thing", {"a": 2, "b": 1})
    tell.post("read latest again", "/obj/read", {"object_id": "thing", "digest": "latest"})
    tell.post("read metadata", "/obj/read", {"object_id": "thing", "digest": "v0", "metadata_only": True})
    tell.post("read labels", "/obj/read", {"object_id": "thing", "digest": "v1", "include_tags_and_aliases": True})
    tell.post("unknown object", "/obj/read", {"object_id": "other", "digest": "latest"})
    tell.post("query", "/objs/query", {"filter": {"object_ids": ["thing"]}})


def objects_digests(tell: Teller) -> None:
    """A digest is exact for every kind of value, and what is read back is what was sent."""
    values: list[Any] = [
        None,
        True,
        1,
        1.0,
        -0.0,
        1e22,
        1e16,
        0.1,
        1e-7,
        "x",
        "é",
        "日本",
        "\ud800",
        "",
        [],
        {},
        [1, [2]],
        {"b": 1, "a": {"d": 1, "c": 2}},
        {"é": "日本"},
        {"1": 1, "a": None},
        2**70,
        "\u007f\u0000",
        {"Z": 1, "a": 2, "_": 3},
    ]
    for number, value in enumerate(values):
        digest = _create(tell, f"create {number} {value!a:.30}", f"value-{number}", value)
        tell.post(f"read {number}", "/obj/read", {"object_id": f"value-{number}", "digest": digest})


def objects_names(tell: Teller) -> None:
    """Which names an object may have."""
    for name in ("a", "A-b_c.d", "é", "日本", "", "a b", "a/b", "a:b", "x" * 128, "x" * 129, "😀", "a\n"):
        _create(tell, f"create {name[:10]!a} {len(name)}", name, 1)


def objects_classes(tell: Teller) -> None:
    """Base and leaf classes, kinds, and what binds a name to them."""
    values: dict[str, Any] = {
        "dataset": {**HEADER, "rows": []},
        "subclass": {"_type": "Mine", "_class_name": "Mine", "_bases": ["Dataset", "Object", "BaseModel"], "rows": []},
        "deep": {"_class_name": "C", "_bases": ["B", "A", "Object", "BaseModel"]},
        "base-object": {"_class_name": "P", "_bases": ["BaseObject", "BaseModel"]},
        "no-bases": {"_class_name": "P", "_bases": []},
        "one-base": {"_class_name": "P", "_bases": ["BaseModel"]},
        "other-bases": {"_class_name": "P", "_bases": ["X", "BaseModel"]},
        "op": {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {}},
        "op-by-type": {"_type": "Op"},
        "custom": {"_type": "CustomWeaveType", "weave_type": {"type": "PIL.Image.Image"}, "files": {}},
        "list": [1],
    }
    for name, value in values.items():
        _create(tell, f"create {name}", name, value)
        tell.post(f"read {name}", "/obj/read", {"object_id": name, "digest": "latest"})
    _create(tell, "other class under a name", "dataset", {"_class_name": "P", "_bases": ["BaseObject", "BaseModel"]})
    _create(tell, "no class under a name", "dataset", {"a": 1})
    order = [{"field": "object_id", "direction": "asc"}]
    for label, object_filter in {
        "all": {},
        "ops": {"is_op": True},
        "objects": {"is_op": False},
        "base class": {"base_object_classes": ["Dataset"]},
        "leaf class": {"leaf_object_classes": ["Mine"]},
        "no list": {"base_object_classes": []},
        "ids": {"object_ids": ["list", "deep", "nope"]},
        "latest": {"latest_only": True},
        "excluded": {"exclude_base_object_classes": ["Dataset"]},
    }.items():
        tell.post(f"query {label}", "/objs/query", {"filter": object_filter, "sort_by": order})


def objects_builtin(tell: Teller) -> None:
    """Builtin classes are checked, filled with defaults and stored with their header."""
    good: dict[str, dict[str, Any]] = {
        "Leaderboard": {
            "columns": [
                {"evaluation_object_ref": tell.ref("object", "e:d"), "scorer_name": "s", "summary_metric_path": "a.b"}
            ]
        },
        "AnnotationSpec": {"name": "quality", "field_schema": {"type": "integer", "minimum": 0}},
        "ProviderModel": {"provider": "p", "max_tokens": 5, "junk": 1},
        "Provider": {"base_url": "https://example.com/v1", "api_key_name": "K"},
        "SavedView": {"view_type": "traces", "label": "l", "definition": {}},
        "ComparisonView": {"label": "l", "definition": {"evaluation_call_ids": ["a"]}},
        "LLMStructuredCompletionModel": {"llm_model_id": "gpt"},
        "AlertSpec": {},
    }
    for name, value in good.items():
        digest = _create(tell, f"create {name}", name, value, builtin_object_class=name)
        if name == "Leaderboard":
            tell.name(digest, "leaderboard digest")
            tell.note_again()
        tell.post(f"read {name}", "/obj/read", {"object_id": name, "digest": digest})
    _create(tell, "old spelling", "old", {"provider": "p", "max_tokens": 5}, set_base_object_class="ProviderModel")
    _create(tell, "unknown class", "x1", {}, builtin_object_class="Nope")
    _create(tell, "value that is no object", "x2", [1], builtin_object_class="Provider")
    _create(tell, "missing field", "x3", {"provider": "p"}, builtin_object_class="ProviderModel")
    _create(tell, "wrong type", "x4", {"provider": "p", "max_tokens": "many"}, builtin_object_class="ProviderModel")
    _create(tell, "other header", "x5", {**HEADER}, builtin_object_class="Provider")
    _create(tell, "bad schema", "x6", {"field_schema": {"type": "nonsense"}}, builtin_object_class="AnnotationSpec")
    _create(
        tell,
        "address within",
        "x7",
        {"base_url": "http://localhost/v1", "api_key_name": "K"},
        builtin_object_class="Provider",
    )


def objects_query_pages(tell: Teller) -> None:
    """Sorts and pages of objects."""
    for name in ("b", "a", "c"):
        _create(tell, f"create {name}", name, {"name": name})
    _create(tell, "newer a", "a", {"name": "newer"})
    for field in ("object_id", "created_at", "nope"):
        for direction in ("asc", "desc"):
            order = [{"field": field, "direction": direction}]
            body = {"sort_by": order, "filter": {"latest_only": True}, "metadata_only": True}
            tell.post(f"{field} {direction}", "/objs/query", body)
    order = [{"field": "created_at", "direction": "asc"}]
    for label, page in {
        "two": {"limit": 2},
        "next": {"limit": 2, "offset": 2},
        "past": {"limit": 2, "offset": 9},
        "negative": {"limit": -1},
        "negative offset": {"limit": 1, "offset": -1},
    }.items():
        tell.post(f"page {label}", "/objs/query", {"sort_by": order, "metadata_only": True, **page})
    tell.post("with sizes", "/objs/query", {"sort_by": order, "include_storage_size": True})


def objects_delete(tell: Teller) -> None:
    """Deleted versions: gone from lists, told apart from those that never were."""
    digests = [_create(tell, f"create {n}", "thing", {"n": n}) for n in range(4)]
    tell.post("delete one", "/obj/delete", {"object_id": "thing", "digests": [digests[1]]})
    tell.post("read deleted", "/obj/read", {"object_id": "thing", "digest": digests[1]})
    tell.post("read by number", "/obj/read", {"object_id": "thing", "digest": "v2"})
    tell.post("query", "/objs/query", {"sort_by": [{"field": "created_at", "direction": "asc"}]})
    tell.post("delete latest", "/obj/delete", {"object_id": "thing", "digests": ["latest"]})
    tell.post("read latest", "/obj/read", {"object_id": "thing", "digest": "latest"})
    tell.post("delete by number", "/obj/delete", {"object_id": "thing", "digests": ["v0"]})
    tell.post("delete unknown", "/obj/delete", {"object_id": "thing", "digests": ["nope"]})
    tell.post("delete known and unknown", "/obj/delete", {"object_id": "thing", "digests": [digests[2], "nope"]})
    tell.post("delete unknown object", "/obj/delete", {"object_id": "other"})
    tell.post("delete 101", "/obj/delete", {"object_id": "thing", "digests": [f"d{n}" for n in range(101)]})
    tell.post("delete all", "/obj/delete", {"object_id": "thing", "digests": None})
    tell.post("read latest of nothing", "/obj/read", {"object_id": "thing", "digest": "latest"})
    _create(tell, "revive", "thing", {"n": 1})
    tell.post("read revived", "/obj/read", {"object_id": "thing", "digest": "latest"})


def objects_labels(tell: Teller) -> None:
    """Tags of versions and aliases of objects."""
    first = _create(tell, "first", "thing", {"n": 1})
    second = _create(tell, "second", "thing", {"n": 2})
    tags, aliases = f"/objs/thing/versions/{first}/tags", "/objs/thing/aliases"
    labels = {"project_id": tell.project, "digest": first}
    for label, names in {"good": ["a", "b c"], "again": ["a", "a"], "bad": ["a/b"], "empty": [""], "none": []}.items():
        tell.send(f"tags {label}", "PUT", tags, {**labels, "tags": names})
        tell.send(f"aliases {label}", "PUT", aliases, {**labels, "aliases": names})
    for name in ("prod", "latest", "v3", "x" * 129):
        tell.send(f"alias {name[:8]}", "PUT", aliases, {**labels, "aliases": [name]})
    tell.send("alias moves", "PUT", aliases, {**labels, "digest": second, "aliases": ["prod"]})
    tell.send("tag of unknown", "PUT", "/objs/thing/versions/nope/tags", {**labels, "tags": ["a"]})
    tell.send("alias of unknown", "PUT", aliases, {**labels, "digest": "nope", "aliases": ["p"]})
    for version in (first, "latest", "prod", "nope"):
        body = {"object_id": "thing", "digest": version, "include_tags_and_aliases": True}
        tell.post(f"read {version}", "/obj/read", body)
    for kind in ("tags", "aliases"):
        tell.send(f"list {kind}", "GET", f"/{kind}", params={"project_id": tell.project})
    for label, object_filter in {
        "tag": {"tags": ["a"]},
        "alias": {"aliases": ["prod"]},
        "latest": {"aliases": ["latest"]},
    }.items():
        tell.post(f"query {label}", "/objs/query", {"filter": object_filter, "include_tags_and_aliases": True})
    tell.send("remove tag", "POST", f"{tags}/remove", {**labels, "tags": ["a", "unknown"]})
    tell.send("remove alias", "POST", f"{aliases}/remove", {**labels, "aliases": ["prod", "unknown"]})
    tell.send("remove latest", "POST", f"{aliases}/remove", {**labels, "aliases": ["latest"]})
    tell.send("list tags after", "GET", "/tags", params={"project_id": tell.project})


def objects_expected_digest(tell: Teller) -> None:
    """A client may say what it expects."""
    right = "IVAduvcYUiOTTSIoPwHKY0EyvB3kqVUMHtDfYrOXoyM"
    _create(tell, "right", "thing", {"b": 1, "a": 2}, expected_digest=right)
    _create(tell, "wrong", "other", {"b": 1, "a": 3}, expected_digest=right)
    tell.post("read refused", "/obj/read", {"object_id": "other", "digest": "latest"})


def refs_read(tell: Teller) -> None:
    """What refs stand for, with edges of every kind."""
    inner = _create(tell, "inner", "inner", {"deep": {"n": [1, 2, {"x": "y"}]}, "a/b": 1, "none": None})
    outer = tell.name(
        _create(tell, "outer", "outer", {"it": tell.ref("object", f"inner:{inner}"), "plain": "t"}), "outer digest"
    )
    tell.note_again()
    op = _create(tell, "op", "an-op", {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {}})
    tails = {
        "whole": "",
        "attr": "/attr/deep",
        "key": "/attr/deep/key/n",
        "index": "/attr/deep/key/n/index/1",
        "deep": "/attr/deep/key/n/index/2/key/x",
        "encoded": "/key/a%2Fb",
        "null": "/attr/none",
    }
    for label, tail in tails.items():
        tell.send(label, "POST", "/refs/read_batch", {"refs": [tell.ref("object", f"inner:{inner}{tail}")]})
    absent = {
        "missing key": "/key/zz",
        "missing attr": "/attr/zz",
        "index beyond": "/attr/deep/key/n/index/9",
        "below null": "/attr/none/key/x",
    }
    for label, tail in absent.items():
        tell.send(label, "POST", "/refs/read_batch", {"refs": [tell.ref("object", f"inner:{inner}{tail}")]})
    outer_ref = tell.ref("object", f"outer:{outer}")
    for label, refs in {
        "ref within stays": [outer_ref],
        "ref at the end stays": [f"{outer_ref}/attr/it"],
        "through a ref": [f"{outer_ref}/attr/it/attr/deep"],
        "several": [outer_ref, tell.ref("op", f"an-op:{op}"), outer_ref],
        "none": [],
        "unknown": [tell.ref("object", "inner:nope"), outer_ref],
        "latest": [tell.ref("object", "inner:latest")],
        "numbered": [tell.ref("object", "inner:v0")],
        "call": [tell.ref("call", "01900000-0000-7000-8000-000000000001")],
        "table": [tell.ref("table", "abc")],
        "garbage": ["x"],
        "short": ["weave:///x"],
        "bad edge": [f"{outer_ref}/nope/x"],
        "half an edge": [f"{outer_ref}/attr"],
        "1001": [outer_ref] * 1001,
    }.items():
        tell.send(label, "POST", "/refs/read_batch", {"refs": refs})
    tell.post("delete", "/obj/delete", {"object_id": "inner"})
    tell.send("deleted", "POST", "/refs/read_batch", {"refs": [tell.ref("object", f"inner:{inner}"), outer_ref]})


def files_stored(tell: Teller) -> None:
    """Bytes go in and come out."""
    for label, content in {"text": b"hello", "binary": bytes(range(256)), "empty": b"", "again": b"hello"}.items():
        form = {"data": {"project_id": tell.project}, "files": {"file": (f"{label}.bin", content)}}
        digest = tell.send(f"create {label}", "POST", "/file/create", **form)["digest"]
        tell.post(f"read {label}", "/file/content", {"digest": digest})
        tell.post(f"read {label} elsewhere", "/files/content", {"digest": digest})
    wrong = {"project_id": tell.project, "expected_digest": "wrong"}
    tell.send("expected otherwise", "POST", "/files/create", data=wrong, files={"file": ("f", b"other")})
    tell.send("no file", "POST", "/file/create", data={"project_id": tell.project}, files={"x": ("f", b"other")})
    tell.post("unknown", "/file/content", {"digest": "nope"})
    tell.post("sizes", "/files/query_stats", {})
    tell.post("sizes elsewhere", "/files/stats", {})


def _create(tell: Teller, step: str, object_id: str, value: Any, **more: Any) -> str:
    body = {"project_id": tell.project, "object_id": object_id, "val": value, **more}
    answer = tell.send(step, "POST", "/obj/create", {"obj": body})
    return str(answer.get("digest", "")) if isinstance(answer, dict) else ""
