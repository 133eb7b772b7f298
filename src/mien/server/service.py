"""All that the routes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from mien.options import RuntimeOptions
from mien.pipeline import Models
from mien.server.card import ModelCard
from mien.server.metrics import Metrics
from mien.server.options import ServerOptions
from mien.server.places import Places
from mien.server.workers import Workers


@dataclass(frozen=True)
class Service:
    """Models, limits and counters of one server.

    photos, streams: room for requests that analyse, and for open streams. card: what the models say about
    themselves.
    """

    models: Models
    runtime: RuntimeOptions
    limits: ServerOptions
    workers: Workers
    photos: Places
    streams: Places
    metrics: Metrics
    card: ModelCard


async def service_of(connection: HTTPConnection) -> Service:
    """The service of the app that a request came to; FastAPI would run a plain function on a thread."""
    service: Service = connection.app.state.service
    return service


TheService = Annotated[Service, Depends(service_of)]
