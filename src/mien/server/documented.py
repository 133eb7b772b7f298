"""What /openapi.json says beside what FastAPI knows: forms of bodies and answers, with examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from mien.server.photo import KINDS

Json: TypeAlias = dict[str, Any]

_FRAME_SCHEMA = Path(__file__).parents[1] / "assets" / "frame.schema.json"
_COMPONENTS = "#/components/schemas/"

_FACE_EXAMPLE: Json = {
    "id": 1,
    "box_xyxy": [212.5, 90.25, 371.0, 288.75],
    "score": 0.97,
    "label": "happy",
    "emotion": "happy",
    "probs": {"angry": 0.02, "happy": 0.81, "sad": 0.03, "surprise": 0.04, "neutral": 0.1},
    "doubt": None,
    "quality": {"size_px": 198.5, "sharpness": 0.41, "light": 0.52, "tilt_deg": -3.2, "turn": 0.08},
    "personal": False,
}
_FRAME_EXAMPLE: Json = {
    "schema": 2,
    "frame": 0,
    "timestamp_s": 0.0,
    "width": 640,
    "height": 480,
    "analysis_ms": 9.1,
    "timing": None,
    "faces": [_FACE_EXAMPLE],
}
_ERROR_EXAMPLE: Json = {"error": "the picture is GIF: expected JPEG, PNG, WebP"}
_EXAMPLES: Json = {
    "Frame": {"value": _FRAME_EXAMPLE},
    "Batch": {"value": {"results": [_FRAME_EXAMPLE, _ERROR_EXAMPLE]}},
}
_SHA256_EXAMPLE = "0f343b0931126a20f133d67c2b018a3b5d2c3d0a3b1b8a5f3f0a1c6a4b6e9d11"

_STATUS = {
    400: "The request is not as it should be.",
    401: "The token is missing or another one.",
    403: "The request comes from another site, or is for another host.",
    404: "There is no such thing.",
    408: "The body came too slowly.",
    413: "The body is too large, or holds too many pictures.",
    415: "The body or the picture is of another type.",
    422: "The picture is cut short, damaged or too large.",
    503: "As many requests are worked on as there may be; come again.",
}


def _ref(name: str) -> Json:
    return {"$ref": _COMPONENTS + name}


def _content(media_type: str, schema: Json, example: object) -> Json:
    return {"content": {media_type: {"schema": schema, "example": example}}}


def _shown(name: str, schema: Json) -> Json:
    """The same with one of `_EXAMPLES`; FastAPI would drop what is null in an example within a route."""
    return {
        "content": {
            "application/json": {
                "schema": schema,
                "examples": {name: {"$ref": f"#/components/examples/{name}"}},
            }
        }
    }


def _form(field: str, schema: Json) -> Json:
    return {"schema": {"type": "object", "required": [field], "properties": {field: schema}}}


_BINARY: Json = {"type": "string", "format": "binary"}
_STATE: Json = {
    "type": "object",
    "required": ["status", "version"],
    "properties": {"status": {"type": "string"}, "version": {"type": "string"}},
}
_BATCH_SCHEMA: Json = {
    "type": "object",
    "required": ["results"],
    "properties": {"results": {"type": "array", "items": {"anyOf": [_ref("Frame"), _ref("Error")]}}},
}
_CARD_EXAMPLE: Json = {
    "emotion": {"file": "emotion.onnx", "sha256": _SHA256_EXAMPLE, "bytes": 7005327},
    "detector": {"file": "face.onnx", "sha256": _SHA256_EXAMPLE, "bytes": 570142},
    "files": {"emotion": "/v1/model/emotion.onnx", "face": "/v1/model/face.onnx"},
}

FRAME = _shown("Frame", _ref("Frame"))
BATCH = _shown("Batch", _BATCH_SCHEMA)
CARD = _content("application/json", {"type": "object", "required": list(_CARD_EXAMPLE)}, _CARD_EXAMPLE)
STATE = _content("application/json", _STATE, {"status": "ok", "version": "0.1.0"})
METRICS = _content("text/plain", {"type": "string"}, "mien_frames_total 812.0")
FILE: Json = {"content": {"application/octet-stream": {"schema": _BINARY}}}

PHOTO_BODY: Json = {
    "requestBody": {
        "required": True,
        "content": {
            **{kind: {"schema": _BINARY} for kind in KINDS.values()},
            "multipart/form-data": _form("image", _BINARY),
        },
    }
}
BATCH_BODY: Json = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": _form("images", {"type": "array", "items": _BINARY})},
    }
}
FILE_PARAMETERS: Json = {
    "parameters": [
        {
            "name": "name",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": "emotion.onnx",
        },
        {
            "name": "sha256",
            "in": "query",
            "description": "Hash that the file must have, as /v1/model says it.",
            "schema": {"type": "string"},
        },
    ]
}


def answers(good: Json, *refused: int) -> dict[int | str, Json]:
    """The answers of a route: what it gives, and the statuses with which it refuses."""
    error = _content("application/json", _ref("Error"), _ERROR_EXAMPLE)
    errors: dict[int | str, Json] = {status: {"description": _STATUS[status], **error} for status in refused}
    return {200: {"description": "As asked.", **good}, **errors}


def openapi(app: FastAPI) -> Json:
    """The whole document, OpenAPI 3.1."""
    document = get_openapi(
        title="mien",
        version=app.version,
        description="Which emotion each face in a picture shows. The stream of frames is a WebSocket, "
        "/v1/stream, which OpenAPI cannot describe.",
        routes=app.routes,
    )
    components = document.setdefault("components", {})
    components["schemas"] = _schemas()
    components["examples"] = _EXAMPLES
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{}, {"token": []}]
    return document


def _schemas() -> Json:
    """The schema of a result, its parts lifted to where OpenAPI has them, and that of an error."""
    text = _FRAME_SCHEMA.read_text(encoding="utf-8").replace("#/$defs/", _COMPONENTS)
    frame = json.loads(text)
    del frame["$schema"]
    error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    return {**frame.pop("$defs"), "Frame": frame, "Error": error}
