"""Routes that take traces over OTLP, in protobuf or JSON. Errors are answered as everywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from weft.api.auth import Access as AccessValue
from weft.api.deps import Access, Svc
from weft.api.json_text import json_response
from weft.api.request import BytesRoute
from weft.core import ref_translation
from weft.core.identity import Project, Role
from weft.domain.otel import OtelExport, OtelOutcome, take_export
from weft.otel.answers import protobuf_answer
from weft.otel.otlp_json import read_json
from weft.otel.protobuf import read_protobuf
from weft.schemas.otel import AgentsOtelExportRes, OtelExportRes, OtelPartialSuccess, OtlpExportRes, OtlpPartialSuccess
from weft.services import Services

router = APIRouter(route_class=BytesRoute, tags=["OpenTelemetry"])

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_READERS = {PROTOBUF: read_protobuf, "application/protobuf": read_protobuf, JSON: read_json}
_MEDIA: dict[str, Any] = {PROTOBUF: {"schema": {"type": "string", "format": "binary"}}, JSON: {"schema": {}}}
_BODY = {"requestBody": {"required": True, "content": _MEDIA}}


@dataclass(frozen=True, slots=True)
class _Otlp:
    """A request as it came: its bytes, unpacked, in which format, and what its headers say about the spans."""

    body: bytes
    media_type: str
    project: str
    run_id: str

    @property
    def may_hold_refs(self) -> bool:
        """Whether looking for refs is worth it."""
        return ref_translation.may_hold_refs(self.body)


async def _otlp(request: Request) -> _Otlp:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _READERS:
        raise HTTPException(415, f"Unsupported content type: send OTLP as {PROTOBUF} or {JSON}")
    headers = request.headers
    return _Otlp(await request.body(), media_type, headers.get("project_id", ""), headers.get("wb_run_id", ""))


Otlp = Annotated[_Otlp, Depends(_otlp)]


@router.post("/otel/v1/traces", response_model=OtelExportRes, openapi_extra=_BODY)
@router.post("/otel/v1/trace", response_model=OtelExportRes, openapi_extra=_BODY)
def otel_export(sent: Otlp, access: Access, svc: Svc) -> Response:
    """Store spans as calls. Whose they are say the resource's `wandb.entity` and `wandb.project`, else `project_id`."""
    outcome = _store(sent, access, svc, calls=True, agents=False)
    told = OtelPartialSuccess(rejected_spans=outcome.rejected, error_message=outcome.message)
    return _answer(sent, outcome, OtelExportRes(partial_success=told if outcome.rejected else None))


@router.post("/v1/traces", response_model=OtlpExportRes, openapi_extra=_BODY)
def otlp_export(sent: Otlp, access: Access, svc: Svc) -> Response:
    """Store spans as calls and, where they follow the GenAI conventions, as spans of agents too."""
    return _answer(sent, _store(sent, access, svc, calls=True, agents=True), OtlpExportRes())


@router.post("/agents/otel/v1/traces", response_model=AgentsOtelExportRes, openapi_extra=_BODY)
def agents_otel_export(sent: Otlp, access: Access, svc: Svc) -> Response:
    """Store spans as spans of agents."""
    outcome = _store(sent, access, svc, calls=False, agents=True)
    counts = AgentsOtelExportRes(
        accepted_spans=outcome.accepted, rejected_spans=outcome.rejected, error_message=outcome.message
    )
    return _answer(sent, outcome, counts)


def _store(sent: _Otlp, access: AccessValue, svc: Services, *, calls: bool, agents: bool) -> OtelOutcome:
    export = OtelExport(_READERS[sent.media_type](sent.body), sent.project, sent.run_id, calls=calls, agents=agents)

    def project_of(external: str) -> Project:
        return access.project(external, Role.member)

    def to_internal(entity: str, name: str) -> str | None:
        project = svc.stores.projects.find(entity, name)
        return None if project is None else project.id

    def translate(value: Any) -> Any:
        return ref_translation.inward(value, to_internal, access.may_use)

    return take_export(svc.stores, access.user, export, project_of, translate if sent.may_hold_refs else _as_it_is)


def _as_it_is(value: Any) -> Any:
    return value


def _answer(sent: _Otlp, outcome: OtelOutcome, answer: OtlpExportRes) -> Response:
    """The answer in the format of the request."""
    if sent.media_type != JSON:
        return Response(protobuf_answer(outcome.rejected, outcome.message), media_type=PROTOBUF)
    if outcome.rejected:
        answer.otlp_partial_success = OtlpPartialSuccess(
            rejected_spans=str(outcome.rejected), error_message=outcome.message
        )
    hidden = None if outcome.rejected else {"otlp_partial_success"}
    return json_response(answer.model_dump_json(by_alias=True, exclude=hidden))
