"""Rows of event tables as Parquet files and back. pyarrow is loaded on first use: only moving a project needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from weft.core.clock import iso
from weft.core.errors import InvalidRequest
from weft.transfer.format import Kind

_ROWS_AT_ONCE = 1000


def write_part(path: Path, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Kind]) -> None:
    """Write the rows as one file; datetimes are ISO texts in the rows and timestamps in the file."""
    import pyarrow
    from pyarrow import parquet

    kinds = _arrow_types()
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
    arrays = [
        pyarrow.array([_outgoing(row.get(name), kind) for row in rows], type=kinds[kind])
        for name, kind in columns.items()
    ]
    parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


def count_part(path: Path) -> int:
    """How many rows a file has, which its footer says. Raises InvalidRequest."""
    import pyarrow
    from pyarrow import parquet

    try:
        return int(parquet.read_metadata(path).num_rows)
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidRequest(f"{path.name} cannot be read as Parquet: {error}") from error


def read_part(path: Path, columns: Mapping[str, Kind]) -> Iterator[list[dict[str, Any]]]:
    """The rows of a file, some at a time; columns that the file lacks are null or empty. Raises InvalidRequest."""
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            known = [name for name in columns if name in file.schema_arrow.names]
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=known):
                yield [
                    {name: _incoming(row.get(name), kind) for name, kind in columns.items()}
                    for row in batch.to_pylist()
                ]
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidRequest(f"{path.name} cannot be read as Parquet: {error}") from error


def _arrow_types() -> dict[Kind, Any]:
    import pyarrow

    text = pyarrow.large_string()
    return {
        "text": text,
        "time": pyarrow.timestamp("us", tz="UTC"),
        "int": pyarrow.int64(),
        "uint": pyarrow.uint64(),
        "float": pyarrow.float64(),
        "texts": pyarrow.list_(text),
        "text_map": pyarrow.map_(text, text),
        "float_map": pyarrow.map_(text, pyarrow.float64()),
        "int_map": pyarrow.map_(text, pyarrow.int64()),
        "bool_map": pyarrow.map_(text, pyarrow.bool_()),
    }


def _outgoing(value: Any, kind: Kind) -> Any:
    if kind == "time":
        return datetime.fromisoformat(value) if value else None
    if kind.endswith("_map"):
        return list((value or {}).items())
    return list(value or ()) if kind == "texts" else value


def _incoming(value: Any, kind: Kind) -> Any:
    if kind == "time":
        return iso(value.astimezone(UTC)) if value is not None else None
    if kind.endswith("_map"):
        return dict(value or ())
    return list(value or ()) if kind == "texts" else value
