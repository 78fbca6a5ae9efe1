"""Routes of objects: publishing, reading, listing and deleting versions. Tags and aliases are in object_labels.py."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.json_text import json_array, json_response, with_stored_text
from weft.api.openapi import DIGEST_MISMATCH
from weft.api.request import WeftRoute
from weft.core.identity import Project, Role
from weft.domain import objects
from weft.domain.object_labels import Labels, labels_of
from weft.schemas.objects import (
    DeletedObjVersion,
    ObjCreateReq,
    ObjCreateRes,
    ObjDeleteReq,
    ObjDeleteRes,
    ObjectVersionFilter,
    ObjQueryReq,
    ObjQueryRes,
    ObjReadReq,
    ObjReadRes,
    ObjSchema,
    ObjSchemaForInsert,
)
from weft.services import Services
from weft.storage.entities.objects import ObjectSelection, ObjectVersion

router = APIRouter(route_class=WeftRoute, tags=["Objects"])


@router.post("/obj/create", responses=DIGEST_MISMATCH)
def obj_create(body: ObjCreateReq, access: Access, svc: Svc) -> ObjCreateRes:
    """Publish a value as a version of an object; `latest` moves to it."""
    project = access.project(body.obj.project_id, Role.member)
    version = objects.publish_object(
        svc.stores,
        project,
        access.user,
        body.obj.object_id,
        body.obj.val,
        builtin_object_class=_requested_class(body.obj),
        expected_digest=body.obj.expected_digest,
        private_hosts=svc.settings.llm_allowed_hosts,
    )
    return ObjCreateRes(digest=version.digest, object_id=version.object_id)


@router.post("/obj/read", response_model=ObjReadRes)
def obj_read(body: ObjReadReq, access: Access, svc: Svc) -> Response:
    """Read one version by digest, `latest`, `vN` or alias."""
    project = access.project(body.project_id, Role.viewer)
    metadata_only = body.metadata_only is True
    found = objects.read_object(svc.stores, project.id, body.object_id, body.digest, metadata_only=metadata_only)
    labels = _labels(svc, project, [found], body.include_tags_and_aliases)
    return json_response(f'{{"obj":{_shown(project, found, labels[0])}}}')


@router.post("/objs/query", response_model=ObjQueryRes)
def objs_query(body: ObjQueryReq, access: Access, svc: Svc) -> Response:
    """List live versions, oldest first unless sorted otherwise."""
    project = access.project(body.project_id, Role.viewer)
    found = objects.query_objects(svc.stores, _selection(project, body))
    labels = _labels(svc, project, found, body.include_tags_and_aliases)
    shown = [_shown(project, *pair, body.include_storage_size) for pair in zip(found, labels, strict=True)]
    return json_response(f'{{"objs":{json_array(shown)}}}')


@router.post("/obj/delete")
def obj_delete(body: ObjDeleteReq, access: Access, svc: Svc) -> ObjDeleteRes:
    """Delete versions of an object, or all of them; later reads say that they were deleted."""
    project = access.project(body.project_id, Role.member)
    deleted = objects.delete_objects(svc.stores, project.id, body.object_id, body.digests)
    return ObjDeleteRes(num_deleted=len(deleted), deleted_versions=[_deleted(version) for version in deleted])


def _requested_class(obj: ObjSchemaForInsert) -> str | None:
    if obj.builtin_object_class is not None:
        return obj.builtin_object_class
    # The name older clients use.
    return obj.__dict__.get("set_base_object_class")


def _selection(project: Project, body: ObjQueryReq) -> ObjectSelection:
    wanted = body.filter or ObjectVersionFilter()
    return ObjectSelection(
        project_id=project.id,
        object_ids=wanted.object_ids or (),
        base_object_classes=wanted.base_object_classes or (),
        exclude_base_object_classes=wanted.exclude_base_object_classes or (),
        leaf_object_classes=wanted.leaf_object_classes or (),
        kind=None if wanted.is_op is None else "op" if wanted.is_op else "object",
        latest_only=wanted.latest_only is True,
        tags=wanted.tags or (),
        aliases=wanted.aliases or (),
        sort=[(key.field, key.direction) for key in body.sort_by or []],
        limit=body.limit,
        offset=body.offset or 0,
        metadata_only=body.metadata_only is True,
    )


def _labels(
    svc: Services, project: Project, versions: Sequence[ObjectVersion], asked: bool | None
) -> Sequence[Labels | None]:
    return labels_of(svc.stores, project.id, versions) if asked else [None] * len(versions)


def _shown(project: Project, version: ObjectVersion, labels: Labels | None, with_size: bool | None = False) -> str:
    item = ObjSchema(
        project_id=project.external,
        object_id=version.object_id,
        created_at=version.created_at,
        deleted_at=version.deleted_at,
        digest=version.digest,
        version_index=version.version_index,
        is_latest=int(version.is_latest),
        kind=version.kind,
        base_object_class=version.base_object_class,
        leaf_object_class=version.leaf_object_class,
        val=None,
        wb_user_id=version.wb_user_id,
        size_bytes=version.size_bytes if with_size else None,
        tags=labels.tags if labels else None,
        aliases=labels.aliases if labels else None,
    )
    return with_stored_text(item, "val", "{}" if version.text is None else version.text)


def _deleted(version: ObjectVersion) -> DeletedObjVersion:
    return DeletedObjVersion(
        digest=version.digest,
        base_object_class=version.base_object_class,
        leaf_object_class=version.leaf_object_class,
    )
