"""Images, audio, files and `Content`: inside calls and objects, there and back byte for byte."""

from __future__ import annotations

import io
import os
import tempfile
import wave
from pathlib import Path

import weave
from checking import eventually, report
from PIL import Image

client = weave.init(os.environ["PROJECT"])
folder = Path(tempfile.mkdtemp())


def picture(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height))
    image.putdata([(x * 7 % 256, y * 11 % 256, (x * y) % 256) for y in range(height) for x in range(width)])
    return image


def tone(seconds: float) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(256)) * int(8000 * seconds / 128))
    return buffer.getvalue()


@weave.op
def turn(image: Image.Image) -> Image.Image:
    return image.rotate(90, expand=True)


@weave.op
def describe(attachment: weave.Content, label: str) -> dict:
    return {"label": label, "copy": weave.Content.from_bytes(attachment.data[::-1], extension="bin")}


@weave.op
def echo(value):
    return value


original = picture(40, 30)
document = "naïve text — 日本語 🙂\n".encode() * 50
noise = bytes(range(256)) * 4096
(folder / "notes.md").write_bytes(document)
(folder / "tone.wav").write_bytes(tone(0.25))

_, turned = turn.call(original)
_, described = describe.call(weave.Content.from_bytes(noise, extension="bin", metadata={"source": "a test"}), "noise")
_, from_path = echo.call(weave.Content.from_path(folder / "notes.md"))
_, from_text = echo.call(weave.Content.from_text("plain text", extension="txt"))
_, from_url = echo.call(weave.Content.from_data_url("data:text/html;base64,PGI+Ym9sZDwvYj4="))
_, nested = echo.call({"pages": [original, {"again": original}], "caption": "two"})
audio_ref = weave.publish({"sound": weave.Audio.from_path(folder / "tone.wav")}, name="sound")
object_ref = weave.publish({"cover": original, "title": "a picture"}, name="album")
rows_ref = weave.publish(weave.Dataset(name="pictures", rows=[{"image": picture(n, 2), "n": n} for n in (1, 2, 3)]))
file_ref = weave.publish({"file": weave.Content.from_path(folder / "tone.wav")}, name="a-file")
client.flush()


def pixels(image) -> bytes:
    return image.convert("RGB").tobytes()


def images() -> dict:
    stored = eventually(lambda: client.get_call(turned.id))
    assert pixels(stored.inputs["image"]) == pixels(original)
    assert stored.output.size == (30, 40)
    several = eventually(lambda: client.get_call(nested.id)).output
    assert pixels(several["pages"][0]) == pixels(several["pages"][1]["again"]) == pixels(original)
    album = weave.ref(object_ref.uri()).get()
    assert pixels(album["cover"]) == pixels(original)
    pictures = weave.ref(rows_ref.uri()).get()
    assert [row["image"].size for row in pictures] == [(1, 2), (2, 2), (3, 2)]
    return {"call": turned.id, "album": object_ref.uri()}


def contents() -> dict:
    stored = eventually(lambda: client.get_call(described.id))
    assert stored.inputs["attachment"].data == noise
    assert stored.inputs["attachment"].metadata == {"source": "a test"}
    assert stored.output["copy"].data == noise[::-1]
    notes = eventually(lambda: client.get_call(from_path.id)).output
    assert (notes.data, notes.filename, notes.mimetype) == (document, "notes.md", "text/markdown")
    text = eventually(lambda: client.get_call(from_text.id)).output
    assert (text.as_string(), text.mimetype) == ("plain text", "text/plain")
    html = eventually(lambda: client.get_call(from_url.id)).output
    assert (html.data, html.mimetype) == (b"<b>bold</b>", "text/html")
    return {"call": described.id}


def audio_and_files() -> dict:
    sound = weave.ref(audio_ref.uri()).get()["sound"]
    exported = folder / "back.wav"
    sound.export(str(exported))
    assert exported.read_bytes() == tone(0.25)
    # `weave.File` cannot be tried: the clients fail to serialise it themselves, before anything is sent.
    assert weave.ref(file_ref.uri()).get()["file"].data == tone(0.25)
    return {"audio": audio_ref.uri(), "file": file_ref.uri()}


report(images=images(), contents=contents(), others=audio_and_files())
