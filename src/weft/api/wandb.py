"""The little of the wandb host that clients need at start-up: who am I, does this project exist, make it.

Queries are parsed and validated as real GraphQL, because clients re-print them and ask for the schema itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import APIRouter
from graphql import GraphQLError, GraphQLSchema, build_schema, execute_sync, parse, validate

from weft import __version__
from weft.api.auth import Access as AccessValue
from weft.api.deps import Access
from weft.api.request import WeftRoute
from weft.core.errors import Forbidden, NotFound, WeftError
from weft.core.identity import Project, Role
from weft.schemas.identity import GraphQLReq, GraphQLRes

router = APIRouter(route_class=WeftRoute, tags=["wandb host"])

# Deep nesting and huge documents have no use here; introspection, the largest real query, has some 300 tokens.
_MOST_TOKENS = 2000

_SCHEMA = """
scalar JSON
scalar JSONString

type Query {
  viewer: User
  entity(name: String): Entity
  project(name: String, entityName: String): Project
  model(name: String, entityName: String): Project
  serverInfo: ServerInfo
}

type Mutation {
  upsertModel(input: UpsertModelInput!): UpsertModelPayload
}

type User {
  id: ID!
  name: String
  username: String
  email: String
  admin: Boolean
  entity: String
  flags: JSONString
  defaultEntity: Entity
  teams(first: Int, after: String): EntityConnection
}

type Entity { id: ID!  name: String }
type EntityConnection { edges: [EntityEdge!]! }
type EntityEdge { node: Entity }

type Project {
  id: ID!
  name: String
  entityName: String
  entity: Entity
  description: String
  repo: String
  dockerImage: String
}

type ServerInfo {
  cliVersionInfo: JSON
  latestLocalVersionInfo: LatestLocalVersionInfo
  frontendHost: String
}

type LatestLocalVersionInfo {
  outOfDate: Boolean
  latestVersionString: String
  versionOnThisInstanceString: String
}

input UpsertModelInput {
  id: String
  name: String
  entityName: String
  description: String
  repo: String
  dockerImage: String
  clientMutationId: String
}

type UpsertModelPayload { model: Project  project: Project  inserted: Boolean  clientMutationId: String }
"""


@router.post("/graphql", response_model_exclude_unset=True, include_in_schema=False)
def graphql(body: GraphQLReq, access: Access) -> GraphQLRes:
    """Answer a query of the wandb or weave client; its errors are in the answer, which then still has status 200."""
    return answer_query(body, access)


def answer_query(body: GraphQLReq, access: AccessValue) -> GraphQLRes:
    """Parse, validate and execute one query as the caller."""
    schema = _schema()
    try:
        document = parse(body.query, max_tokens=_MOST_TOKENS)
    except GraphQLError as error:
        return GraphQLRes(errors=[dict(error.formatted)])
    problems = validate(schema, document)
    if problems:
        return GraphQLRes(errors=[dict(problem.formatted) for problem in problems])
    root = _resolvers(access)
    result = execute_sync(schema, document, root, variable_values=body.variables, operation_name=body.operation_name)
    if result.errors:
        return GraphQLRes(data=result.data, errors=[_shown(error) for error in result.errors])
    return GraphQLRes(data=result.data)


@cache
def _schema() -> GraphQLSchema:
    return build_schema(_SCHEMA)


def _resolvers(access: AccessValue) -> dict[str, Callable[..., Any]]:
    """The top-level fields; what they answer is plain dicts, which the default resolver reads."""

    def project(_info: object, name: str | None = None, entityName: str | None = None) -> dict[str, Any] | None:
        found = _visible_project(access, entityName, name)
        return None if found is None else _project(found)

    def entity(_info: object, name: str | None = None) -> dict[str, Any]:
        return _entity(name or access.default_entity())

    def upsert_model(_info: object, input: dict[str, Any]) -> dict[str, Any]:
        wanted = f"{input.get('entityName') or access.default_entity()}/{input.get('name') or ''}"
        existed = _visible_project(access, input.get("entityName"), input.get("name")) is not None
        model = {**_project(access.project(wanted, Role.member)), "description": input.get("description")}
        return {"model": model, "project": model, "inserted": not existed}

    return {
        "viewer": lambda _info: _viewer(access),
        "entity": entity,
        "project": project,
        "model": project,
        "upsertModel": upsert_model,
        "serverInfo": lambda _info: _server_info(),
    }


def _visible_project(access: AccessValue, entity: str | None, name: str | None) -> Project | None:
    """The project, or None if it does not exist or the caller must not know that it does."""
    if not name:
        return None
    try:
        return access.project(f"{entity or access.default_entity()}/{name}", Role.viewer)
    except (Forbidden, NotFound):
        return None


def _viewer(access: AccessValue) -> dict[str, Any]:
    user, entity = access.user, access.default_entity()
    return {
        "id": user.id,
        "name": user.username,
        "username": user.username,
        "email": "",
        "admin": access.credential.administers_everything(),
        "entity": entity,
        "flags": "{}",
        "defaultEntity": _entity(entity),
        "teams": {"edges": [{"node": _entity(entity)}]},
    }


def _entity(name: str) -> dict[str, Any]:
    return {"id": f"entity:{name}", "name": name}


def _project(project: Project) -> dict[str, Any]:
    entity = _entity(project.entity)
    return {"id": project.id, "name": project.name, "entityName": project.entity, "entity": entity}


def _server_info() -> dict[str, Any]:
    versions = {"latestVersionString": __version__, "versionOnThisInstanceString": __version__}
    return {
        # No client is too old or too new.
        "cliVersionInfo": {"min_cli_version": "0.0.1", "max_cli_version": "999.0.0"},
        "latestLocalVersionInfo": {"outOfDate": False, **versions},
        "frontendHost": "",
    }


def _shown(error: GraphQLError) -> dict[str, Any]:
    """The error as clients know it; one that is not about the request is raised, to leave by the common door."""
    cause = error.original_error
    if cause is None:
        return dict(error.formatted)
    if not isinstance(cause, WeftError) or cause.status >= 500:
        raise cause
    code = "PERMISSION_ERROR" if isinstance(cause, Forbidden) else "INVALID_REQUEST"
    return {**error.formatted, "message": cause.reason, "extensions": {"code": code}}
