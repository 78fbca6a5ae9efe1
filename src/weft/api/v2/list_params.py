"""Query parameters of the v2 lists and deletions: paging, and lists that are repeated, joined by commas, or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Query

from weft.api.auth import Access as AccessValue
from weft.api.deps import Access
from weft.core import ref_translation
from weft.domain.call_lists import Page
from weft.domain.evaluation_runs import RunSelection
from weft.schemas.ops import ObjectDeleteBody

Limit = Annotated[int | None, Query()]
Repeated = Annotated[list[str], Query()]
MaybeRepeated = Annotated[list[str] | None, Query()]


async def _page(limit: Limit = None, offset: Limit = None) -> Page:
    return Page(limit, offset).check()


AskedPage = Annotated[Page, Depends(_page)]


def split_list(values: Sequence[str] | None) -> list[str]:
    """The items of a list parameter; refs and ids hold no commas."""
    return list(dict.fromkeys(item for value in values or () for part in value.split(",") if (item := part.strip())))


async def _digests(digests: MaybeRepeated = None, body: ObjectDeleteBody | None = None) -> list[str]:
    return split_list([*(digests or ()), *((body.digests if body else None) or ())])


AskedDigests = Annotated[list[str], Depends(_digests)]
"""The versions a deletion names: in the query, as SDKs send them, or in the body, as the document says."""


def split_refs(values: Sequence[str] | None, access: AccessValue) -> list[str]:
    """The refs of a list parameter in stored form. Raises InvalidRequest for one that cannot be a ref."""

    def to_internal(entity: str, name: str) -> str | None:
        project = access.projects.find(entity, name)
        return project.id if project else None

    return [ref_translation.inward(item, to_internal, access.may_use) for item in split_list(values)]


def stored_ref(value: str | None, access: AccessValue) -> str | None:
    """A parameter that may be a ref, in stored form if it is one; None for an empty one."""
    given = split_refs([value], access) if value else []
    return given[0] if given else None


async def _runs(
    access: Access,
    page: AskedPage,
    evaluations: MaybeRepeated = None,
    models: MaybeRepeated = None,
    evaluation_run_ids: MaybeRepeated = None,
    evaluation_refs: Annotated[list[str] | None, Query(description="Older name of evaluations")] = None,
    model_refs: Annotated[list[str] | None, Query(description="Older name of models")] = None,
    include_sdk_runs: bool = False,
) -> RunSelection:
    return RunSelection(
        evaluations=split_refs([*(evaluations or ()), *(evaluation_refs or ())], access),
        models=split_refs([*(models or ()), *(model_refs or ())], access),
        run_ids=split_list(evaluation_run_ids),
        include_sdk_runs=include_sdk_runs,
        page=page,
    )


AskedRuns = Annotated[RunSelection, Depends(_runs)]
