"""What is in a copy of FER2013, for a person to look at before trusting it: numbers, pictures, one page."""

from mien.train.audit.findings import Findings, audit
from mien.train.audit.page import write_page

__all__ = ["Findings", "audit", "write_page"]
