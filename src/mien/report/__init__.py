"""A page that tells what a recorded session held; needs the extra `[report]`."""

from mien.report.page import write_page
from mien.report.session import Session, read_session

__all__ = ["Session", "read_session", "write_page"]
