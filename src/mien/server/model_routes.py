"""The models: what they say about themselves, and their files."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mien.server.card import ModelFile
from mien.server.documented import CARD, FILE, FILE_PARAMETERS, answers
from mien.server.refusal import Reason, RefusedError
from mien.server.service import TheService

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/model", responses=answers(CARD, 401, 403))
async def model(service: TheService) -> dict[str, Any]:
    """The model card's numbers."""
    return service.card.record


@router.get(
    "/model/{name}",
    response_class=Response,
    responses=answers(FILE, 401, 403, 404),
    openapi_extra=FILE_PARAMETERS,
)
async def model_file(request: Request, service: TheService) -> Response:
    """A model file. With its hash as `sha256` it may be kept for ever."""
    name = request.path_params["name"]
    file = service.card.files.get(name)
    if file is None:
        names = " or ".join(service.card.files)
        raise RefusedError(404, Reason.UNKNOWN, f"there is no model file {name[:50]!r}: expected {names}")
    asked = request.query_params.get("sha256")
    if asked not in (None, file.sha256):
        raise RefusedError(
            404, Reason.UNKNOWN, f"{name} with SHA-256 {str(asked)[:12]!r} is gone: expected {file.sha256}"
        )
    return _file_response(request, file, for_ever=asked is not None)


def _file_response(request: Request, file: ModelFile, *, for_ever: bool) -> Response:
    tag = f'"{file.sha256}"'
    kept = "private, max-age=31536000, immutable" if for_ever else "no-cache"
    headers = {"etag": tag, "cache-control": kept}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(file.data, headers=headers, media_type="application/octet-stream")
