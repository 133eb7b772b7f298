"""Pictures out of a form, kept in memory: nothing that a caller sends touches the disk."""

from __future__ import annotations

import math

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from mien.server.refusal import Reason, RefusedError

FORM = "multipart/form-data"


def read_pictures(body: bytes, content_type: str, field: str, limit: int) -> list[bytes]:
    """The files of one field of a multipart form, in order.

    content_type: the request's header, which names the boundary. Raises RefusedError for a broken form, for
    parts that are no files of this field, and for none or more than `limit` of them.
    """
    _, said = parse_options_header(content_type)
    boundary = said.get(b"boundary")
    if not boundary:
        raise _broken("it names no boundary")
    found = _Collector(field, limit)
    parser = None
    try:
        parser = FormParser(
            FORM, found.on_field, found.on_file, boundary=boundary, config={"MAX_MEMORY_FILE_SIZE": math.inf}
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise _broken(str(error)) from error
    if not found.pictures:
        raise RefusedError(400, Reason.FORM, f"the form has no file: expected a file in the field {field!r}")
    return found.pictures


class _Collector:
    """Takes the parts of a form as the parser meets them, and stops at the first that does not belong."""

    def __init__(self, field: str, limit: int) -> None:
        self.pictures: list[bytes] = []
        self._field = field
        self._limit = limit

    def on_file(self, file: File) -> None:
        self._check_name(file.field_name)
        if len(self.pictures) >= self._limit:
            raise RefusedError(
                413,
                Reason.SIZE,
                f"the form has too many files: expected at most {self._limit}",
            )
        file.file_object.seek(0)
        self.pictures.append(file.file_object.read())

    def on_field(self, field: Field) -> None:
        self._check_name(field.field_name)
        raise RefusedError(
            400, Reason.FORM, f"the field {self._field!r} is text: expected a file, with a file name"
        )

    def _check_name(self, name: bytes | None) -> None:
        if name != self._field.encode():
            said = (name or b"").decode(errors="replace")[:50]
            raise RefusedError(
                400, Reason.FORM, f"the form has a field {said!r}: expected only {self._field!r}"
            )


def _broken(what: str) -> RefusedError:
    return RefusedError(400, Reason.FORM, f"the form cannot be read: {what[:120]}: expected {FORM}, RFC 7578")
