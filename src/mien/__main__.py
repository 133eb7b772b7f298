"""`python -m mien`, where the command `mien` is not on the path."""

from __future__ import annotations

from mien.cli import main

if __name__ == "__main__":
    main()
