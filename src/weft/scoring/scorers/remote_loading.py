"""Makes requests to remote scorers out of stored scorers and calls: where to, with which secret, about what.

Secrets are the project's, by name, and go only to hosts they are bound to; the operator's token goes only to hosts the
operator lists.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from weft.core.errors import NotFound
from weft.core.hosts import is_listed, parse_http_url
from weft.core.refs import ObjectRef, parse_ref, try_parse_ref
from weft.domain.known_providers import UNUSABLE
from weft.domain.objects import read_object
from weft.domain.secrets import secret_for
from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.retry import CannotWork, ScoringFailure
from weft.scoring.scorers.remote import NEEDS_MONITOR, RemoteScorer, Request
from weft.scoring.scorers.remote_client import OAuthClient, RemoteClient
from weft.scoring.scorers.remote_wire import Told, request_of
from weft.scoring.stored_values import stored_value
from weft.settings import Settings
from weft.storage.entities.ledger_tables import Task
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores

OFF = "Remote scorers are off: the operator turns them on with WEFT_REMOTE_SCORING_ENABLED=true"
_ADDED = ("_type", "_class_name", "_bases")


class RemoteRequests:
    """The requests of a batch; each scorer version and monitor version is read once."""

    def __init__(self, stores: Stores, settings: Settings, client: RemoteClient) -> None:
        self._stores = stores
        self._settings = settings
        self._client = client
        self._ready: dict[tuple[str, str, str], tuple[RemoteScorer, Told] | ScoringFailure] = {}

    def about(self, scorer: RemoteScorer, task: Task, call: Call) -> RemoteScorer:
        """The scorer, ready to be asked about that call. Raises CannotWork."""
        if not task.trigger_ref:
            raise CannotWork(NEEDS_MONITOR, "ValueError")
        if not self._settings.remote_scoring_enabled:
            raise CannotWork(OFF)
        key = (task.project_id, task.scorer_ref, task.trigger_ref)
        if key not in self._ready:
            try:
                self._ready[key] = self._made_ready(scorer, task)
            except ScoringFailure as failure:
                self._ready[key] = failure
        found = self._ready[key]
        if isinstance(found, ScoringFailure):
            raise CannotWork(found.reason, found.error_type)
        ready, told = found
        assert ready.request is not None
        headers, content = request_of(task, call, told)
        return replace(ready, request=replace(ready.request, headers=headers, content=content))

    def _made_ready(self, scorer: RemoteScorer, task: Task) -> tuple[RemoteScorer, Told]:
        url = scorer.value.get("endpoint_url")
        if not isinstance(url, str):
            raise CannotWork("The remote scorer has no endpoint_url")
        self._client.check(url)
        project_ids = self._project_ids(task)
        bearer, oauth = self._credentials(scorer.value.get("auth_config"), url, project_ids)
        structured = self._settings.remote_scorer_require_structured_result_schema
        request = Request(self._client, url, {}, b"", bearer, oauth, structured)
        proof = hashlib.sha256(repr((task.project_id, bearer, oauth and oauth.key)).encode("utf-8", "replace"))
        parts = parse_http_url(url)
        place = f"{parts.scheme}://{parts.netloc}" if parts is not None else url
        ready = replace(scorer, request=request, endpoint_key=EndpointKey(place, proof.hexdigest()))
        return ready, self._told(scorer, task, project_ids)

    def _told(self, scorer: RemoteScorer, task: Task, project_ids: list[str]) -> Told:
        monitor, own = parse_ref(task.trigger_ref), parse_ref(task.scorer_ref)
        if not isinstance(monitor, ObjectRef) or not isinstance(own, ObjectRef):
            raise CannotWork(NEEDS_MONITOR, "ValueError")
        projects = map(self._stores.projects.by_id, {*project_ids, monitor.project})
        names = {project.id: project.external for project in projects if project is not None}
        config = self._value(scorer.value.get("config"), project_ids, "config")
        return Told(
            project=names.get(task.project_id, ""),
            monitor_name=self._name(monitor),
            monitor_digest=monitor.version,
            scorer_name=_name_in(scorer.value, own),
            scorer_ref=task.scorer_ref,
            config=_bare(config),
            external=names.get,
        )

    def _name(self, ref: ObjectRef) -> str:
        try:
            return _name_in(read_object(self._stores, ref.project, ref.name, ref.version).val, ref)
        except NotFound:
            return ref.name

    def _credentials(self, given: Any, url: str, project_ids: list[str]) -> tuple[str, OAuthClient | None]:
        auth = self._value(given, project_ids, "auth_config")
        if auth is None:
            return self._operators_token(url), None
        mode = auth.get("mode") if isinstance(auth, dict) else None
        if mode == "static_bearer":
            return self._secret(auth, "bearer_secret_name", url, project_ids), None
        if mode == "oauth_client_credentials":
            token_url, client_id, scope = (auth.get(name) for name in ("token_endpoint_url", "client_id", "scope"))
            if not isinstance(token_url, str) or not isinstance(client_id, str):
                raise CannotWork("The remote scorer's auth_config names no token_endpoint_url or no client_id")
            self._client.check(token_url)
            secret = self._secret(auth, "client_secret_name", token_url, project_ids)
            return "", OAuthClient(token_url, client_id, secret, scope if isinstance(scope, str) else "")
        raise CannotWork("The remote scorer's auth_config has no mode that is known")

    def _operators_token(self, url: str) -> str:
        """The operator's own token, for hosts that the operator lists: whoever stores scorers may name any other."""
        token, parts = self._settings.remote_scorer_bearer_token, parse_http_url(url)
        listed = parts is not None and is_listed(parts, self._settings.remote_scorer_allowed_hosts)
        return token.get_secret_value() if token is not None and listed else ""

    def _secret(self, auth: Mapping[str, Any], field: str, url: str, project_ids: list[str]) -> str:
        name = auth.get(field)
        if not isinstance(name, str) or not name:
            raise CannotWork(f"The remote scorer's auth_config has no {field}")
        settings = self._settings
        plain = settings.remote_scorer_allowed_hosts if settings.remote_scorer_allow_insecure_http else ()
        for project_id in project_ids:
            try:
                found = secret_for(self._stores, project_id, name, url, plain)
            except UNUSABLE as error:
                raise CannotWork(error.reason) from error
            if found is not None:
                return found
        raise CannotWork(f"The project has no secret {name[:128]!r}")

    def _value(self, given: Any, project_ids: list[str], field: str) -> Any:
        ref = try_parse_ref(given)
        if not isinstance(ref, ObjectRef):
            return given
        return stored_value(self._stores, ref, set(project_ids), f"The remote scorer's {field}")

    def _project_ids(self, task: Task) -> list[str]:
        """The project that is scored, and the scorer's own."""
        ref = parse_ref(task.scorer_ref)
        own = ref.project if isinstance(ref, ObjectRef) else task.project_id
        return list(dict.fromkeys((task.project_id, own)))


def _name_in(value: Any, ref: ObjectRef) -> str:
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name else ref.name


def _bare(value: Any) -> Any:
    """The value without what publishing added to it."""
    if isinstance(value, dict):
        added = _ADDED if "_bases" in value else ()
        return {key: _bare(item) for key, item in value.items() if key not in added}
    return [_bare(item) for item in value] if isinstance(value, list) else value
