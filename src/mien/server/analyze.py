"""Photos in, results out."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from mien.pipeline import build_pipeline
from mien.server.body import read_body
from mien.server.documented import BATCH, BATCH_BODY, FRAME, PHOTO_BODY, answers
from mien.server.multipart import FORM, read_pictures
from mien.server.photo import KINDS, decode_photo
from mien.server.refusal import Reason, RefusedError
from mien.server.service import Service, TheService
from mien.types import Frame

router = APIRouter(prefix="/v1", tags=["photos"])

_REFUSED = (400, 401, 403, 408, 413, 415, 422, 503)


@router.post("/analyze", responses=answers(FRAME, *_REFUSED), openapi_extra=PHOTO_BODY)
async def analyze(request: Request, service: TheService) -> dict[str, Any]:
    """The faces in one photo, and which emotion each shows.

    The photo is the body, or the field `image` of a form.
    """
    content_type = _content_type(request, {FORM, *KINDS.values()})
    with service.photos.one():
        body = await read_body(request, service.limits)
        if _kind(content_type) == FORM:
            read = partial(read_pictures, body, content_type, "image", 1)
            (body,) = await service.workers.run(read)
        return await _analyzed(service, body)


@router.post("/analyze/batch", responses=answers(BATCH, *_REFUSED), openapi_extra=BATCH_BODY)
async def analyze_batch(request: Request, service: TheService) -> dict[str, Any]:
    """The same for several photos: the field `images` of a form, repeated.

    One that cannot be read has an error in its place, and the others are analysed.
    """
    content_type = _content_type(request, {FORM})
    with service.photos.one():
        body = await read_body(request, service.limits)
        read = partial(read_pictures, body, content_type, "images", service.limits.max_batch)
        pictures = await service.workers.run(read)
        return {"results": [await _analyzed_or_error(service, picture) for picture in pictures]}


async def _analyzed_or_error(service: Service, picture: bytes) -> dict[str, Any]:
    try:
        return await _analyzed(service, picture)
    except RefusedError as refusal:
        if refusal.status == 503:  # no fault of this picture: nobody is served any more
            raise
        service.metrics.refused(refusal.reason)
        return {"error": str(refusal)}


async def _analyzed(service: Service, picture: bytes) -> dict[str, Any]:
    return await service.workers.run(partial(_analyze, service, picture))


def _analyze(service: Service, picture: bytes) -> dict[str, Any]:
    """The record of one photo, as if it were the first."""
    frame = Frame(0, 0.0, decode_photo(picture, service.limits))
    result = build_pipeline(service.models, service.runtime).process(frame)
    service.metrics.analysed(result)
    return result.as_record()


def _content_type(request: Request, expected: set[str]) -> str:
    """The header; RefusedError unless it is one of the types expected."""
    content_type = request.headers.get("content-type", "")
    if _kind(content_type) not in expected:
        raise RefusedError(
            415,
            Reason.TYPE,
            f"the content type is {content_type[:100]!r}: expected {' or '.join(sorted(expected))}",
        )
    return content_type


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
