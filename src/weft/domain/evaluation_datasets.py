"""Which dataset an evaluation is about, and short names for refs: what lists and comparisons of runs show."""

from __future__ import annotations

from collections.abc import Iterable

from weft.core.refs import ObjectRef, try_parse_ref
from weft.domain.evaluation_calls import first_text, object_of
from weft.domain.previews import preview
from weft.storage.stores import Stores

_LONGEST_NAME = 200
_LONGEST_REF = 1000


def datasets_of(stores: Stores, project_id: str, evaluation_refs: Iterable[str]) -> dict[str, str]:
    """Evaluation ref to the ref of its dataset; evaluations that are not stored here are left out."""
    parsed = {uri: ref for uri in dict.fromkeys(evaluation_refs) if (ref := _own_object(uri, project_id))}
    versions = stores.objects.by_digests(project_id, {ref.version for ref in parsed.values()}) if parsed else []
    known = {(version.object_id, version.digest): version.val for version in versions if version.deleted_at is None}
    found = {uri: object_of(known.get((ref.name, ref.version))) for uri, ref in parsed.items()}
    return {uri: dataset for uri, value in found.items() if (dataset := first_text(value.get("dataset")))}


def name_of(ref: str | None) -> str | None:
    """The name of the object that a ref points at; any other text is its own name, cut where it is too long."""
    parsed = try_parse_ref(ref)
    name = parsed.name if isinstance(parsed, ObjectRef) else ref
    return preview(name, _LONGEST_NAME) if name else None


def shown_ref(ref: str | None) -> str | None:
    """The ref, or None for an empty one. Texts that can be no ref are cut."""
    return preview(ref, _LONGEST_REF) if ref else None


def _own_object(uri: str, project_id: str) -> ObjectRef | None:
    ref = try_parse_ref(uri)
    return ref if isinstance(ref, ObjectRef) and ref.project == project_id and not ref.edges else None
