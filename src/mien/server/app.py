"""The server as one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

import mien
from mien.options import RuntimeOptions
from mien.pipeline import Models
from mien.server import analyze, model_routes, page, state, stream
from mien.server.access import Access
from mien.server.card import read_card
from mien.server.documented import openapi
from mien.server.gate import Gate
from mien.server.metrics import Metrics
from mien.server.options import ServerOptions
from mien.server.places import Places
from mien.server.refusal import RefusedError, error_response
from mien.server.service import Service
from mien.server.workers import Workers


def create_app(
    models: Models, options: ServerOptions | None = None, runtime: RuntimeOptions | None = None
) -> FastAPI:
    """The page, and the interface for programs, of these models.

    options: what is taken from callers; its token decides who is served. runtime: how streams and photos are
    analysed. The threads that analyse end with the app's lifespan.
    """
    service = _service(models, options or ServerOptions(), runtime or RuntimeOptions())
    app = FastAPI(
        title="mien",
        version=mien.__version__,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        exception_handlers={RefusedError: _refused, HTTPException: _not_served, Exception: _failed},
    )
    app.state.service = service
    for part in (page, state, analyze, stream, model_routes):
        app.include_router(part.router)
    app.mount("/static", page.static_files())
    app.add_route("/openapi.json", _document, include_in_schema=False)
    app.add_middleware(Gate, access=Access(service.limits.token), metrics=service.metrics)
    return app


def _service(models: Models, limits: ServerOptions, runtime: RuntimeOptions) -> Service:
    return Service(
        models=models,
        runtime=runtime,
        limits=limits,
        workers=Workers(limits.worker_count),
        photos=Places(limits.max_waiting, "photos"),
        streams=Places(limits.max_streams, "streams"),
        metrics=Metrics(),
        card=read_card(models),
    )


async def _document(request: Request) -> JSONResponse:
    """What /openapi.json gives."""
    return JSONResponse(openapi(request.app))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.service.workers.close()


async def _refused(request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, RefusedError)
    request.app.state.service.metrics.refused(refusal.reason)
    return refusal.response()


async def _not_served(request: Request, error: Exception) -> JSONResponse:
    """No such address, or not by this method."""
    assert isinstance(error, HTTPException)
    line = f"{request.method} {request.url.path[:100]}: {error.detail}: expected what /openapi.json lists"
    return error_response(error.status_code, line, dict(error.headers or {}))


async def _failed(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - FastAPI's form
    """Our own mistake: the log has it, the caller gets nothing of it."""
    return error_response(500, "the server failed at this: its log says how")
