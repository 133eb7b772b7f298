"""How the server is, for those who look after it."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

import mien
from mien.server.documented import METRICS, STATE, answers
from mien.server.refusal import Reason, RefusedError
from mien.server.service import TheService

router = APIRouter(tags=["state"])


@router.head("/health", include_in_schema=False)
@router.get("/health", responses=answers(STATE, 403))
async def health() -> dict[str, str]:
    """Whether the server lives; needs no token."""
    return {"status": "ok", "version": mien.__version__}


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses=answers(STATE, 403, 503))
async def ready(service: TheService) -> dict[str, str]:
    """Whether it would take a photo now; needs no token."""
    if not service.photos.are_free:
        raise RefusedError(503, Reason.BUSY, "as many photos are worked on as there may be: come again")
    return {"status": "ready", "version": mien.__version__}


@router.get("/metrics", response_class=Response, responses=answers(METRICS, 401, 403))
async def metrics(service: TheService) -> Response:
    """What was counted, for Prometheus."""
    return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)
