"""Remote scorers over real HTTP and HTTPS: what they are sent, what their answers become, and who is refused."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.monitor_objects import Watched
from tests.remote_scorer import GOOD, RemoteScorerServer, Said, remote_scorer
from tests.scoring_fixtures import client, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import ScoringClient
from tests.services.certificates import write_certificates
from weft.scoring.retry import CannotWork
from weft.scoring.scorers.remote_client import OAuthClient, RemoteClient
from weft.scoring.worker import ScoringWorker
from weft.services import Services

__all__ = ["client", "provider", "running_provider", "scoring_app", "scoring_services"]

TOKEN = "operators-token-0123456789"
SECRET = "own-secret-0123456789"
Work = Callable[..., None]


@pytest.fixture
def server() -> Iterator[RemoteScorerServer]:
    server = RemoteScorerServer()
    yield server
    server.close()


@pytest.fixture
def work(scoring_services: Services, server: RemoteScorerServer) -> Iterator[Work]:
    """Does every task there is, with remote scorers on; changes are settings."""
    made: list[ScoringWorker] = []

    def work(**changes: Any) -> None:
        settings = {
            "remote_scoring_enabled": True,
            "remote_scorer_allowed_hosts": [server.host],
            "remote_scorer_allowed_private_cidrs": ["127.0.0.0/8"],
            "remote_scorer_allow_insecure_http": True,
            **changes,
        }
        worker = ScoringWorker(scoring_services.stores, scoring_services.settings.model_copy(update=settings))
        made.append(worker)
        assert worker.drain(60), "the worker did not come to an end"

    yield work
    for worker in made:
        worker.stop()


@pytest.fixture
def watched(client: ScoringClient, scoring_services: Services) -> Watched:
    return Watched(client, scoring_services)


def _ask(watched: Watched, scorer: dict[str, Any], inputs: Any = None, output: Any = "o") -> tuple[str, str, str]:
    """Have a call scored by a remote scorer; (call, scorer, monitor)."""
    ref = watched.client.publish("far", scorer)
    monitor = watched.publish("watch", [ref])
    call = watched.client.call({"q": 1} if inputs is None else inputs, output)
    assert watched.end(call) == []
    return call, ref, monitor


def _task(client: ScoringClient) -> dict[str, Any]:
    (task,) = client.tasks()
    return task


def _secret(client: ScoringClient, name: str, host: str) -> None:
    path = f"/weft/v1/projects/{client.project}/secrets/{name}"
    assert client.client.put(path, json={"value": SECRET, "hosts": [host]}).status_code == 200


def test_a_call_is_sent_in_the_published_form_and_the_result_becomes_feedback(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer
) -> None:
    config = {"threshold": 0.5, "nested": {"a": [1, None]}}
    inputs = {"q": "é", "none": None, "ref": f"weave:///{client.project}/object/thing:abc"}
    call, ref, monitor = _ask(watched, remote_scorer(f"{server.url}/score?a=b", config=config), inputs, {"text": "x"})
    work()
    (heard,) = server.heard
    task = _task(client)
    assert task["state"] == "scored", task
    assert heard.path == "/score?a=b"
    stored = next(item for item in client.calls() if item["id"] == call)
    assert heard.json == {
        "schema_version": 1,
        "scoring_call_id": task["score_call_id"],
        "scoring_trace_id": next(item for item in client.calls() if item["id"] == task["score_call_id"])["trace_id"],
        "monitor": {"name": "watch", "version_digest": monitor.rpartition(":")[2]},
        "scorer": {"name": "far", "ref": ref, "config": config},
        "triggered_at": heard.json["triggered_at"],
        "original_call": {
            "project_id": client.project,
            "call_id": call,
            "trace_id": stored["trace_id"],
            "op_name": stored["op_name"],
            "inputs": inputs,
            "output": {"text": "x"},
            "started_at": "2026-01-01T00:00:00.000000Z",
            "ended_at": "2026-01-01T00:00:00.000000Z",
        },
    }
    expected = {"content-type": "application/json", "x-weave-schema-version": "1", "x-correlation-id": task["id"]}
    assert {name: heard.headers.get(name) for name in expected} == expected
    assert heard.headers["idempotency-key"]
    assert "authorization" not in heard.headers
    (feedback,) = client.feedback()
    assert feedback["payload"] == {"output": GOOD["result"]}
    assert feedback["feedback_type"] == "wandb.runnable.far"
    assert (feedback["runnable_ref"], feedback["trigger_ref"]) == (ref, monitor)
    assert feedback["scorer_ratings"] == {"_rating_": 0.5}
    assert feedback["scorer_rating_reasons"] == {"_rating_": "so so"}
    assert feedback["scorer_rating_confidences"] == {"_rating_": 0.75}
    score = next(item for item in client.calls() if item["id"] == task["score_call_id"])
    assert "/op/RemoteScorer.score:" in score["op_name"]
    assert score["output"] == GOOD["result"]


def test_what_a_call_has_not_is_left_out_and_tags_become_tags(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer
) -> None:
    result = {"scores": [{"value": "rude", "reason": "said so", "confidence": 1}, {"value": "short"}]}
    server.script.append(Said({"schema_version": 1, "result": result}))
    _ask(watched, remote_scorer(server.url), output=None)
    work()
    (heard,) = server.heard
    assert "output" not in heard.json["original_call"]
    assert "config" not in heard.json["scorer"]
    (feedback,) = client.feedback()
    assert feedback["payload"] == {"output": result}
    assert feedback["scorer_tags"] == ["rude", "short"]
    assert feedback["scorer_tag_reasons"] == {"rude": "said so"}
    assert feedback["scorer_tag_confidences"] == {"rude": 1.0}
    assert feedback["scorer_ratings"] == {}


def test_a_scorer_that_may_answer_later_is_asked_again_under_the_same_key(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer
) -> None:
    server.script += [Said(status=503), Said(status=429, headers={"retry-after": "0"})]
    _ask(watched, remote_scorer(server.url))
    work(scoring_max_attempts=6)
    assert (_task(client)["state"], _task(client)["attempts"]) == ("scored", 3)
    assert len({heard.headers["idempotency-key"] for heard in server.heard}) == 1
    assert len({heard.body for heard in server.heard}) == 1
    assert len(client.feedback()) == 1


def test_three_tries_are_enough(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer
) -> None:
    server.script += [Said(status=500)] * 10
    _ask(watched, remote_scorer(server.url))
    work()
    assert len(server.heard) == 3
    assert _task(client)["reason"] == "Exhausted after 3 attempts: The remote scorer answered 500"
    score = next(call for call in client.calls() if call["id"] == _task(client)["score_call_id"])
    assert "answered 500" in json.loads(score["exception"])["message"]
    assert client.feedback() == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(status=302, headers={"location": "http://127.0.0.1:1/"}), "answered 302, and no redirect is followed"),
        (Said(status=307, headers={"location": "/elsewhere"}), "answered 307, and no redirect is followed"),
        (Said(status=201), "The remote scorer answered 201"),
        (Said(status=204, body=b""), "The remote scorer answered 204"),
        (Said(status=400, body=b"your secret is hunter2"), "The remote scorer answered 400"),
        (Said(status=401), "The remote scorer answered 401: it refuses the secret"),
        (Said(body=b"no json"), "The remote scorer's answer is not JSON"),
        (Said(body=b"\xff\xfe"), "The remote scorer's answer is not JSON"),
        (Said(body=[1]), "The remote scorer's answer holds no result"),
        (Said({"schema_version": 2, "result": {"value": 1}}), "The remote scorer's answer has schema_version 2, not 1"),
        (Said({"schema_version": 1, "result": {"value": 7}}), "Score 0 of the remote scorer's result has a value that"),
        (Said(b" " * (1024 * 1024 + 1)), "The remote scorer answered more than 1048576 bytes"),
        (Said(headers={"content-encoding": "gzip"}), "answered something compressed, which was not asked for"),
    ],
)
def test_any_other_answer_is_final(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer, said: Said, reason: str
) -> None:
    server.script.append(said)
    _ask(watched, remote_scorer(server.url))
    work()
    task = _task(client)
    assert (task["state"], task["attempts"], len(server.heard)) == ("failed", 1, 1)
    assert reason in task["reason"]
    assert "hunter2" not in task["reason"]
    assert client.feedback() == []


@pytest.mark.parametrize("said", [Said(seconds=3.0), Said(drip=0.2)])
def test_a_scorer_that_takes_its_time_is_cut_off(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer, said: Said
) -> None:
    server.script += [replace(said)] * 3
    _ask(watched, remote_scorer(server.url))
    work(remote_http_timeout_seconds=0.5)
    assert "The remote scorer did not answer within 0.5 s" in _task(client)["reason"]


def test_calls_that_are_too_long_or_hold_media_are_not_sent(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer
) -> None:
    picture = {"_type": "CustomWeaveType", "weave_type": {"type": "PIL.Image.Image"}, "files": {"image.png": "d"}}
    ref = client.publish("far", remote_scorer(server.url))
    watched.publish("watch", [ref])
    inputs: list[dict[str, Any]] = [
        {"q": "x" * (1024 * 1024)},
        {"q": [picture]},
        {"q": {"url": "data:image/png;base64,AAAA"}},
    ]
    watched.end(*[client.call(each, "o") for each in inputs])
    work()
    assert sorted(task["reason"] for task in client.tasks()) == [
        "The call holds media, which remote scorers are not sent",
        "The call holds media, which remote scorers are not sent",
        "The call is longer than the 1048576 bytes that a remote scorer is sent",
    ]
    assert server.heard == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"remote_scoring_enabled": False}, "Remote scorers are off"),
        ({"remote_scorer_allowed_hosts": []}, "not among WEFT_REMOTE_SCORER_ALLOWED_HOSTS"),
        ({"remote_scorer_allowed_hosts": ["127.0.0.1:1", "localhost"]}, "not among WEFT_REMOTE_SCORER_ALLOWED_HOSTS"),
        ({"remote_scorer_allow_insecure_http": False}, "WEFT_REMOTE_SCORER_ALLOW_INSECURE_HTTP is not set"),
        (
            {"remote_scorer_allowed_private_cidrs": []},
            "no network in WEFT_REMOTE_SCORER_ALLOWED_PRIVATE_CIDRS holds it",
        ),
        (
            {"remote_scorer_allowed_private_cidrs": ["10.0.0.0/8"], "remote_scorer_validate_hosts": False},
            "leads to a private address",
        ),
    ],
)
def test_nobody_is_asked_whom_the_operator_has_not_allowed(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer, changes: Any, reason: str
) -> None:
    _ask(watched, remote_scorer(server.url))
    work(**changes)
    assert (_task(client)["state"], _task(client)["attempts"]) == ("failed", 1)
    assert reason in _task(client)["reason"]
    assert server.heard == []


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "017700000001", "127.1", "[::ffff:127.0.0.1]", "localhost"]
)
def test_no_spelling_of_a_private_host_gets_around_the_list(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer, host: str
) -> None:
    _ask(watched, remote_scorer(f"http://{host}:{server.port}/"))
    work(remote_scorer_allowed_private_cidrs=[], remote_scorer_validate_hosts=False)
    assert "leads to a private address" in _task(client)["reason"]
    assert server.heard == []


@pytest.mark.parametrize("url", [None, "", "ftp://x/", "http://", "http://user:secret@host/", "http://a b/", "//x"])
def test_what_is_no_url_is_refused(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer, url: Any
) -> None:
    _ask(watched, remote_scorer(url))
    work(remote_scorer_validate_hosts=False)
    assert _task(client)["state"] == "failed"
    assert server.heard == []


def test_a_secret_of_the_project_goes_to_the_host_it_is_bound_to(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer
) -> None:
    auth = {"mode": "static_bearer", "bearer_secret_name": "FAR"}
    _ask(watched, remote_scorer(server.url, auth_config=auth))
    work(remote_scorer_bearer_token=SecretStr(TOKEN))
    assert _task(client)["reason"] == "The project has no secret 'FAR'"
    _secret(client, "FAR", "elsewhere.example")
    retry = {"project_id": client.project, "task_ids": [_task(client)["id"]]}
    client.post("/weft/v1/scoring/retry", retry)
    work()
    assert _task(client)["reason"] == f"The secret FAR may not be sent to {server.host}"
    assert server.heard == []
    _secret(client, "FAR", server.host)
    client.post("/weft/v1/scoring/retry", retry)
    work()
    assert _task(client)["state"] == "scored"
    assert server.heard[0].headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in json.dumps([client.calls(), client.tasks(), client.feedback()])


def test_the_operator_s_token_goes_to_listed_hosts_only(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer
) -> None:
    _ask(watched, remote_scorer(server.url))
    work(remote_scorer_bearer_token=SecretStr(TOKEN))
    watched.end(client.call({}, "o"))
    work(
        remote_scorer_bearer_token=SecretStr(TOKEN),
        remote_scorer_allowed_hosts=[],
        remote_scorer_validate_hosts=False,
    )
    assert [heard.headers.get("authorization") for heard in server.heard] == [f"Bearer {TOKEN}", None]


def test_a_token_is_had_for_client_credentials_and_used_until_it_is_refused(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer
) -> None:
    auth = {
        "mode": "oauth_client_credentials", "token_endpoint_url": f"{server.url}/token", "client_id": "me:too",
        "client_secret_name": "FAR", "scope": "score all",
    }  # fmt: skip
    _secret(client, "FAR", server.host)
    ref = client.publish("far", remote_scorer(f"{server.url}/score", auth_config=auth))
    watched.publish("watch", [ref])
    watched.end(client.call({}, "o"))
    work()
    token, score = server.heard
    assert token.body == b"grant_type=client_credentials&scope=score+all"
    pair = base64.b64encode(f"me%3Atoo:{SECRET}".encode()).decode()
    assert token.headers["authorization"] == f"Basic {pair}"
    assert token.headers["content-type"] == "application/x-www-form-urlencoded"
    assert score.headers["authorization"] == "Bearer token-0"
    assert len(client.feedback()) == 1


def test_a_token_that_is_refused_before_its_time_is_replaced_once(
    scoring_services: Services, server: RemoteScorerServer
) -> None:
    changes = {
        "remote_scorer_allowed_hosts": [server.host],
        "remote_scorer_allowed_private_cidrs": ["127.0.0.0/8"],
        "remote_scorer_allow_insecure_http": True,
    }
    remote = RemoteClient(scoring_services.settings.model_copy(update=changes))
    oauth = OAuthClient(f"{server.url}/token", "me", SECRET)
    for _ in range(2):
        remote.score(f"{server.url}/score", {}, b"{}", "", oauth)
    server.script.append(Said(status=401))
    remote.score(f"{server.url}/score", {}, b"{}", "", oauth)
    paths = [heard.path for heard in server.heard]
    assert paths == ["/token", "/score", "/score", "/score", "/token", "/score"]
    assert server.heard[-1].headers["authorization"] == "Bearer token-1"
    assert SECRET not in repr(oauth)
    server.script += [Said(status=401), Said({"access_token": "new"}), Said(status=401)]
    with pytest.raises(CannotWork, match="401"):
        remote.score(f"{server.url}/score", {}, b"{}", "", oauth)
    assert len(server.heard) == 9
    server.script += [Said(status=400, body={"error": "invalid_client"})]
    with pytest.raises(CannotWork, match="The token endpoint of the remote scorer answered 400"):
        remote.score(f"{server.url}/score", {}, b"{}", "", replace(oauth, client_id="other"))
    remote.close()


def test_a_token_endpoint_is_checked_like_the_scorer(
    watched: Watched, client: ScoringClient, work: Work, server: RemoteScorerServer
) -> None:
    auth = {
        "mode": "oauth_client_credentials", "token_endpoint_url": "https://tokens.example/token", "client_id": "me",
        "client_secret_name": "FAR",
    }  # fmt: skip
    _ask(watched, remote_scorer(server.url, auth_config=auth))
    work()
    assert "'tokens.example' is not among WEFT_REMOTE_SCORER_ALLOWED_HOSTS" in _task(client)["reason"]
    assert server.heard == []


def test_it_is_asked_over_tls_under_its_name_and_only_with_a_certificate_that_is_trusted(
    watched: Watched, client: ScoringClient, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_certificates(tmp_path)
    server = RemoteScorerServer(tmp_path / "server.pem")
    resolve = socket.getaddrinfo

    def found(host: str, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if host in ("localhost", "other.example") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    allowed = {
        "remote_scorer_allowed_hosts": ["localhost", "other.example"],
        "remote_scorer_allow_insecure_http": False,
        "remote_scorer_ca_file": tmp_path / "ca.pem",
    }
    try:
        _ask(watched, remote_scorer(f"https://localhost:{server.port}/"))
        work(**{**allowed, "remote_scorer_ca_file": None})
        assert "certificate" in _task(client)["reason"].lower()
        assert server.heard == []
        client.post("/weft/v1/scoring/retry", {"project_id": client.project, "task_ids": [_task(client)["id"]]})
        work(**allowed)
        assert _task(client)["state"] == "scored", _task(client)
        assert server.heard[0].headers["host"] == f"localhost:{server.port}"
        other = client.publish("other", remote_scorer(f"https://other.example:{server.port}/"))
        watched.publish("watch", [other])
        watched.end(client.call({}, "o"))
        work(**allowed)
        failed = [task for task in client.tasks() if task["scorer_ref"] == other]
        assert "certificate" in failed[0]["reason"].lower()
        assert len(server.heard) == 1
    finally:
        server.close()
