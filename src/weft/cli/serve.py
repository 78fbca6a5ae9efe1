"""`weft serve` and `weft worker`: the two long-running processes."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from weft.app import create_app, create_worker_app
from weft.cli.draining import DrainingServer
from weft.cli.terminal import DataOption, announce
from weft.core.errors import InvalidRequest, Unavailable
from weft.core.identity import Role
from weft.core.logging import configure_logging, log_event
from weft.settings import Settings, load_settings
from weft.storage.entities.keys import KeyStore

# Longer than the idle time after which clients and proxies drop a connection, so that they, not we, close it: a
# request sent into a connection that is just closing fails.
_KEEP_ALIVE_SECONDS = 75
_BACKLOG = 2048


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default="6345")] = None,
    data: DataOption = None,
) -> None:
    """Serve the API and the web UI, and score."""
    settings = load_settings(host=host, port=port, data=data)
    configure_logging(settings.log_level, settings.log_format)
    # First the port, so that nothing is opened for a server that cannot be reached.
    with _bind(settings.host, settings.port) as listener:
        app = create_app(settings)
        try:
            prepare_keys(settings, app.state.services.stores.keys)
        except InvalidRequest:
            app.state.services.close()
            raise
        address, actual_port = listener.getsockname()[:2]
        announce(settings, f"http://{_shown(address)}:{actual_port}")
        config = uvicorn.Config(
            app,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        )
        server = DrainingServer(config, app, settings.drain_seconds)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def work(data: DataOption = None) -> None:
    """Score beside a server, as one more process (not with the embedded store)."""
    settings = load_settings(data=data)
    if settings.embedded:
        raise InvalidRequest(
            "A separate worker cannot open the embedded event store, which belongs to `weft serve`; that already "
            "scores by itself. Set WEFT_EVENTS_URL to a ClickHouse server to run workers of their own."
        )
    configure_logging(settings.log_level, settings.log_format)
    with _bind(settings.worker_host, settings.worker_port) as listener:
        app = create_worker_app(settings)
        address, port = listener.getsockname()[:2]
        log_event("worker_started", health=f"http://{_shown(address)}:{port}/health")
        config = uvicorn.Config(app, lifespan="on", log_config=None, access_log=False, server_header=False)
        server = DrainingServer(config, app, settings.drain_seconds)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def prepare_keys(settings: Settings, keys: KeyStore) -> None:
    """Make the operator's key valid; where keys are needed and no administrator has one, make one and show it, once."""
    if settings.admin_key is not None:
        keys.import_key(settings.admin_key.get_secret_value(), "admin", Role.admin, name="WEFT_ADMIN_KEY")
    if settings.resolved_auth == "off" or any(record.administers_everything() for record in keys.list_keys()):
        return
    key = keys.create_key("admin", Role.admin, name="first start")
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.rule("First start: this administrator key is shown now and never again")
    console.print(f"\n    {key}\n", style="bold")
    console.print("Use it as WANDB_API_KEY, and make more with `weft keys create`.")
    console.rule()


def _shown(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(f"Cannot listen on {host} port {port}: {error.strerror}") from error
    return listener
