"""Objects, prompts, datasets, models and ops: published, versioned, read back and deleted."""

from __future__ import annotations

import os

import weave
from checking import eventually, refuses, report

client = weave.init(os.environ["PROJECT"])


class Settings(weave.Object):
    temperature: float
    stop_words: list[str]


class Classifier(weave.Model):
    threshold: float
    settings: Settings

    @weave.op
    def predict(self, text: str) -> dict:
        score = len(text) / 10
        return {"label": "long" if score > self.threshold else "short", "score": score}


@weave.op
def shout(text: str) -> str:
    return text.upper() + "!"


def plain_values() -> dict:
    value = {"name": "plain", "numbers": [1, 2.5, None], "nested": {"deep": [{"a": True}]}, "text": "日本語 🙂"}
    ref = weave.publish(value, name="plain")
    assert ref.uri() == f"weave:///{client.entity}/{client.project}/object/plain:{ref.digest}"
    assert weave.ref(ref.uri()).get() == value
    assert weave.ref("plain").get() == value
    assert weave.ref("plain:latest").get() == value
    assert weave.publish([1, "two", {"three": 3}], name="a-list").get() == [1, "two", {"three": 3}]
    return {"ref": ref.uri(), "digest": ref.digest}


def versions() -> dict:
    refs = [weave.publish({"version": number}, name="versioned") for number in range(3)]
    assert weave.ref("versioned:latest").get() == {"version": 2}
    again = weave.publish({"version": 1}, name="versioned")
    assert again.digest == refs[1].digest, "the same content is the same version"
    assert len({ref.digest for ref in refs}) == 3
    for number, ref in enumerate(refs):
        assert weave.ref(f"versioned:v{number}").get() == {"version": number}
        assert weave.ref(f"versioned:{ref.digest}").get() == {"version": number}
    assert refuses(lambda: weave.ref("never-published:latest").get())
    assert refuses(lambda: weave.ref("versioned:v9").get())
    return {"digests": [ref.digest for ref in refs]}


def labels() -> dict:
    older, newer = (weave.publish({"age": age}, name="labelled") for age in ("older", "newer"))
    weave.add_tags(older, ["reviewed", "small"])
    weave.set_aliases(older, "production")
    assert sorted(weave.get_tags(older)) == ["reviewed", "small"]
    assert weave.get_aliases(older) == ["production"]
    assert sorted(weave.get_aliases(newer)) == ["latest"]
    weave.remove_tags(older, ["small"])
    assert weave.get_tags(older) == ["reviewed"]
    assert weave.ref("labelled:production").get() == {"age": "older"}
    weave.set_aliases(newer, "production")
    assert weave.ref("labelled:production").get() == {"age": "newer"}
    assert weave.list_tags() == ["reviewed"]
    return {"digests": [older.digest, newer.digest]}


def deletion() -> dict:
    kept, deleted = (weave.publish({"which": which}, name="short-lived") for which in ("kept", "deleted"))
    client.delete_object_version(deleted)
    assert "deleted" in refuses(lambda: weave.ref("short-lived:v1").get())
    assert weave.ref("short-lived:latest").get() == {"which": "kept"}
    assert client.delete_all_object_versions("short-lived") == 1
    assert "deleted" in refuses(lambda: weave.ref("short-lived:v0").get())
    return {"digest": kept.digest}


def prompts() -> dict:
    text = weave.StringPrompt("You are a {role}. Say {{braces}}.")
    text_ref = weave.publish(text, name="greeting")
    loaded = weave.ref(text_ref.uri()).get()
    assert isinstance(loaded, weave.StringPrompt), type(loaded)
    assert loaded.content == text.content
    assert loaded.format(role="weaver") == "You are a weaver. Say {braces}."

    turns = [{"role": "system", "content": "You answer {tone}."}, {"role": "user", "content": "Hello"}]
    messages_ref = weave.publish(weave.MessagesPrompt(turns), name="dialogue")
    dialogue = weave.ref(messages_ref.uri()).get()
    assert isinstance(dialogue, weave.MessagesPrompt)
    assert [dict(message) for message in dialogue.messages] == turns
    assert dialogue.format(tone="kindly")[0]["content"] == "You answer kindly."
    return {"string": text_ref.uri(), "messages": messages_ref.uri()}


def models() -> dict:
    model = Classifier(name="length-classifier", threshold=0.5, settings=Settings(temperature=0.1, stop_words=["a"]))
    assert model.predict("a long sentence")["label"] == "long"
    ref = weave.publish(model)
    client.flush()  # the source files of ops are sent in the background, and nothing waits for them
    loaded = weave.ref(ref.uri()).get()
    assert loaded.threshold == 0.5
    assert loaded.settings.temperature == 0.1
    assert list(loaded.settings.stop_words) == ["a"]
    assert loaded.predict("tiny") == {"label": "short", "score": 0.4}
    assert loaded.name == "length-classifier"
    changed = weave.publish(Classifier(name="length-classifier", threshold=0.9, settings=model.settings))
    assert changed.digest != ref.digest
    assert weave.ref("length-classifier:v1").get().threshold == 0.9
    return {"ref": ref.uri()}


def ops() -> dict:
    ref = weave.publish(shout)
    client.flush()
    assert f"/op/shout:{ref.digest}" in ref.uri()
    loaded = weave.ref(ref.uri()).get()
    assert loaded("weft") == "WEFT!"
    client.flush()
    name = f"weave:///{client.entity}/{client.project}/op/shout:*"
    (call,) = eventually(lambda: list(client.get_calls(filter={"op_names": [name]})))
    assert call.output == "WEFT!"
    return {"ref": ref.uri()}


def datasets() -> dict:
    rows = [{"id": number, "text": f"row {number}", "tags": ["odd"] if number % 2 else []} for number in range(7)]
    dataset = weave.Dataset(name="seven", description="seven rows", rows=rows)
    ref = weave.publish(dataset)
    loaded = weave.ref(ref.uri()).get()
    assert isinstance(loaded, weave.Dataset)
    assert (loaded.name, loaded.description, len(loaded)) == ("seven", "seven rows", 7)
    assert [dict(row) for row in loaded] == rows
    assert dict(loaded[3]) == rows[3]
    assert [row["id"] for row in loaded.select([6, 0])] == [6, 0]
    longer = loaded.add_rows([{"id": 7, "text": "row 7", "tags": ["odd"]}])
    assert longer.ref.digest != ref.digest
    assert len(weave.ref("seven:latest").get()) == 8
    row_ref = loaded.rows[2].ref.uri()
    assert f"/object/seven:{ref.digest}/attr/rows/id/" in row_ref, row_ref
    assert dict(weave.ref(row_ref).get()) == rows[2]
    return {"ref": ref.uri(), "row": row_ref}


def large_dataset() -> dict:
    rows = [{"number": number, "text": "x" * (number % 50)} for number in range(2500)]
    ref = weave.publish(weave.Dataset(name="large", rows=rows))
    loaded = weave.ref(ref.uri()).get()
    assert len(loaded) == 2500
    assert loaded[1999]["number"] == 1999
    assert [row["number"] for row in loaded] == list(range(2500))
    longer = weave.publish(weave.Dataset(name="large", rows=[*rows, {"number": 2500, "text": "end"}]))
    assert len(weave.ref(longer.uri()).get()) == 2501
    return {"ref": ref.uri()}


def values_in_calls() -> dict:
    """An object given to an op is stored as its ref, and a ref read back gives the object."""
    settings = Settings(temperature=0.7, stop_words=[])
    ref = weave.publish(settings, name="call-settings")

    @weave.op
    def configured(settings: Settings) -> Settings:
        return settings

    _, call = configured.call(settings)
    client.flush()
    stored = eventually(lambda: client.get_call(call.id))
    assert stored.inputs["settings"].temperature == 0.7
    used = {"input_refs": [ref.uri()]}
    assert [found.id for found in client.get_calls(filter=used)] == [call.id]
    return {"call": call.id}


report(
    plain=plain_values(),
    versions=versions(),
    labels=labels(),
    deletion=deletion(),
    prompts=prompts(),
    models=models(),
    ops=ops(),
    datasets=datasets(),
    large=large_dataset(),
    in_calls=values_in_calls(),
)
