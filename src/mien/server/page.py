"""The page and its files."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from mien.server.refusal import Reason, RefusedError

STATIC = Path(__file__).parent / "static"

router = APIRouter()

# Some systems map these endings to types that a browser then refuses to run.
for _type, _ending in (
    ("text/javascript", ".js"),
    ("text/javascript", ".mjs"),
    ("application/wasm", ".wasm"),
):
    mimetypes.add_type(_type, _ending)


@router.head("/", include_in_schema=False)
@router.get("/", include_in_schema=False)
async def page() -> Response:
    """The page."""
    index = STATIC / "index.html"
    if not index.is_file():
        raise RefusedError(404, Reason.UNKNOWN, "this installation has no page: expected one that holds it")
    return FileResponse(index, headers={"cache-control": "no-cache"})


class FreshFiles(StaticFiles):
    """Files that a browser asks about each time: after an update old scripts would meet the new page."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - as StaticFiles has it
        """The file, or that it is the same as before."""
        answer = super().file_response(*args, **kwargs)
        answer.headers["cache-control"] = "no-cache"
        return answer


def static_files() -> StaticFiles:
    """The scripts, styles and pictures of the page."""
    return FreshFiles(directory=STATIC, check_dir=False)
