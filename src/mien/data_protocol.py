"""Which pictures of a data set count, in cleaning and in scoring alike."""

from __future__ import annotations

from enum import Enum


class DataProtocol(str, Enum):
    """`official`: every picture; of FER2013, of the five classes. `leak-free`: none that both training and a
    test hold.

    Cleaning takes leaks, and what else teaches nothing, out of the training split; scoring leaves out of the
    test split what the training split holds.
    """

    OFFICIAL = "official"
    LEAK_FREE = "leak-free"
