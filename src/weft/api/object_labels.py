"""Routes of tags and aliases of object versions."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import object_labels
from weft.schemas.objects import (
    AliasesListRes,
    ObjLabelsRes,
    ObjRemoveAliasesBody,
    ObjSetAliasesBody,
    ObjTagsBody,
    TagsListRes,
)

router = APIRouter(route_class=WeftRoute, tags=["Objects"])


@router.put("/objs/{object_id}/versions/{digest}/tags")
def obj_add_tags(object_id: str, digest: str, body: ObjTagsBody, access: Access, svc: Svc) -> ObjLabelsRes:
    """Tag a version, named by its digest."""
    project = access.project(body.project_id, Role.member)
    object_labels.add_tags(svc.stores, project.id, object_id, digest, body.tags)
    return ObjLabelsRes()


@router.post("/objs/{object_id}/versions/{digest}/tags/remove")
def obj_remove_tags(object_id: str, digest: str, body: ObjTagsBody, access: Access, svc: Svc) -> ObjLabelsRes:
    """Take tags off a version."""
    project = access.project(body.project_id, Role.member)
    object_labels.remove_tags(svc.stores, project.id, object_id, digest, body.tags)
    return ObjLabelsRes()


@router.put("/objs/{object_id}/aliases")
def obj_set_aliases(object_id: str, body: ObjSetAliasesBody, access: Access, svc: Svc) -> ObjLabelsRes:
    """Let aliases name a version; one that names another version moves."""
    project = access.project(body.project_id, Role.member)
    object_labels.set_aliases(svc.stores, project.id, object_id, body.digest, body.aliases)
    return ObjLabelsRes()


@router.post("/objs/{object_id}/aliases/remove")
def obj_remove_aliases(object_id: str, body: ObjRemoveAliasesBody, access: Access, svc: Svc) -> ObjLabelsRes:
    """Remove aliases of an object."""
    project = access.project(body.project_id, Role.member)
    object_labels.remove_aliases(svc.stores, project.id, object_id, body.aliases)
    return ObjLabelsRes()


@router.get("/tags")
def tags_list(project_id: str, access: Access, svc: Svc) -> TagsListRes:
    """The tags in use in a project."""
    project = access.project(project_id, Role.viewer)
    return TagsListRes(tags=object_labels.list_tags(svc.stores, project.id))


@router.get("/aliases")
def aliases_list(project_id: str, access: Access, svc: Svc) -> AliasesListRes:
    """The aliases in use in a project, `latest` among them."""
    project = access.project(project_id, Role.viewer)
    return AliasesListRes(aliases=object_labels.list_aliases(svc.stores, project.id))
