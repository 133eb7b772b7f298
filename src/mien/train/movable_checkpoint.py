"""A fit's best checkpoint, which is still known when the folder has moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import ModelCheckpoint


class MovableCheckpoint(ModelCheckpoint):
    """Lightning's, which alone forgets what was best where a run is taken up in another folder."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what was kept, in the folder where it is now."""
        said = {
            name: self._here(value) if name.endswith("_path") else value for name, value in state_dict.items()
        }
        best = {self._here(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict({**said, "best_k_models": best, "dirpath": self.dirpath})

    def _here(self, path: str) -> str:
        """All checkpoints lie in the folder itself; an empty path is none."""
        return str(Path(str(self.dirpath)) / Path(path).name) if path else path
