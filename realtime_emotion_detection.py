"""Opens the webcam and shows each face's emotion, as `mien run` does; takes the same arguments."""

import sys

from mien.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "run")
    main()
