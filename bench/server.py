"""The measured server: the application as `weft serve` runs it, plus the no-op routes. A process of its own.

python -m bench.server 6399 /path/of/the/data
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from bench import noop
from bench.traffic import KEY
from weft.app import create_app
from weft.core.identity import Role
from weft.settings import load_settings


def main() -> None:
    """Serve until told to stop."""
    port, data = int(sys.argv[1]), Path(sys.argv[2])
    settings = load_settings(port=port, data=data, auth="keys")
    app = create_app(settings)
    app.state.services.stores.keys.import_key(KEY, "bench", Role.admin, name="bench")
    app.router.routes.extend(noop.router.routes)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
