"""Imports go downward only, and `import mien` is light."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import drawn_table

import mien
from mien.classifier import SHIPPED_MODEL
from mien.train.table import write_table

PACKAGE = Path(mien.__file__).parent

LEAVES = {"errors", "types"}
GROUND = {
    *("options", "files", "data_protocol", "decision", "model_spec", "model_file", "model_session"),
    *("boxes", "landmarks", "preprocess", "pictures", "view", "mailbox", "ahead", "rate"),
    *("motion", "portrait", "resting", "held", "document"),
}
STAGES = {"detector", "lookout", "classifier", "cuts", "tracker", "quality", "neutral", "smoother", "doubt"}
ENDS = {"sources", "overlay", "sinks", "drawn", "demo_face"}
BELOW_STREAM = LEAVES | GROUND | STAGES | {"pipeline"}
RUNTIME = BELOW_STREAM | ENDS | {"stream", "timed", "live", "doctor"}

MAY_IMPORT = {
    **{part: set[str]() for part in LEAVES},
    **dict.fromkeys(GROUND | STAGES | ENDS, LEAVES | GROUND),
    "lookout": LEAVES | GROUND | {"detector"},
    "sinks": LEAVES | GROUND | {"overlay"},
    # The drawn face is a source, and the score of its demo a sink.
    "demo_face": LEAVES | GROUND | {"sources", "sinks", "drawn"},
    "pipeline": LEAVES | GROUND | STAGES,
    "stream": LEAVES | {"pipeline"},
    "timed": LEAVES | GROUND | {"stream"},
    "live": LEAVES | GROUND | {"stream"},
    "doctor": RUNTIME,
    "train": LEAVES | GROUND,
    "report": LEAVES | GROUND | {"overlay"},
    # It measures the runtime as users have it, and scores it as the training half does.
    "scorecard": RUNTIME | {"train"},
    "cli": RUNTIME,
    "server": RUNTIME,
    "__main__": {"cli"},
    # The package's own front door.
    "": LEAVES | GROUND | STAGES | {"pipeline"},
}
"""Part (file or folder of the package) to the parts that it may import."""

# What reads pictures with a model for its score gives the same kind of answer as the runtime.
EXCEPTIONS = {
    "train/evaluate.py": {"classifier"},
    "train/export.py": {"classifier"},
    "train/net_reader.py": {"classifier"},
    # Where nobody voted, what shows a face is what the runtime's detector takes for one.
    "train/audit/faceless.py": {"detector"},
    # The face detector learns and is scored by the runtime's own reading of its answers.
    **{
        f"train/detector/{name}.py": {"detector"}
        for name in ("assign", "boxes", "evaluate", "export", "hard", "labels", "module", "network", "scores")
    },
}

HEAVY = ("torch", "lightning", "kornia", "torchmetrics", "fastapi", "matplotlib", "pyarrow", "yaml", "onnx")


def part_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def is_our_part(name):
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def imports(node):
    """The parts of mien that an import statement names."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif node.level:
        raise AssertionError(f"line {node.lineno}: a relative import")
    elif node.module == "mien":
        names = [f"mien.{alias.name}" for alias in node.names]
    else:
        names = [node.module]
    parts = [name.split(".")[1] for name in names if name.startswith("mien.")]
    return [name for name in parts if is_our_part(name)]


def waits(block):
    """Whether importing the file leaves it alone: a function, or imports for a type checker."""
    if isinstance(block, ast.If):
        return isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING" and not block.orelse
    return isinstance(block, (ast.FunctionDef, ast.AsyncFunctionDef))


def edges(path):
    """(line, part imported, whether importing the file leaves it alone) of each import of ours in a file."""
    tree = ast.parse(path.read_text())
    late = {id(node) for block in ast.walk(tree) if waits(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for part in imports(node):
                yield node.lineno, part, id(node) in late


def allowed(path, is_late):
    part = part_of(path)
    extra = EXCEPTIONS.get(path.relative_to(PACKAGE).as_posix(), set())
    # The command line reaches what needs an extra inside the command only.
    late = {"train", "report", "scorecard", "server"} if part == "cli" and is_late else set()
    return MAY_IMPORT[part] | extra | late | {part}


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_file_imports_only_what_lies_below_it(path):
    upward = [f"line {line}: {part}" for line, part, late in edges(path) if part not in allowed(path, late)]
    assert not upward


def test_every_part_has_its_layer():
    assert {part_of(path) for path in FILES} <= set(MAY_IMPORT)


def test_an_upward_import_would_be_noticed(tmp_path):
    file = tmp_path / "tracker.py"
    file.write_text(
        "from mien.pipeline import Models\nfrom mien import boxes\ndef f():\n    import mien.cli.app\n"
    )
    assert list(edges(file)) == [(1, "pipeline", False), (2, "boxes", False), (4, "cli", True)]


PLAIN_INSTALL = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"no module named {{name}}", name=name)

sys.meta_path.insert(0, Absent())
from mien.cli import main
main()
"""


def test_scoring_an_onnx_file_needs_no_training_package_but_pyarrow(tmp_path):
    """In the plain install plus pyarrow none of the others is there to be imported."""
    if not SHIPPED_MODEL.is_file():
        pytest.skip("this checkout has no model yet")
    write_table(drawn_table(20, "PublicTest"), tmp_path / "faces.parquet")
    absent = {*HEAVY, "pandas", "scipy", "skimage", "safetensors"} - {"pyarrow"}
    script = tmp_path / "plain.py"
    script.write_text(PLAIN_INSTALL.format(absent=absent))
    out = tmp_path / "scores.json"
    command = ["evaluate", "--data", tmp_path / "faces.parquet", "--protocol", "leak-free", "--json", out]
    done = subprocess.run([sys.executable, script, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"label", "crowd"} <= set(json.loads(out.read_text()))


@pytest.mark.parametrize("module", ["mien", "mien.cli"])
def test_the_runtime_loads_nothing_heavy(module):
    code = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_nothing_is_told_about_who_uses_it(tmp_path):
    """ONNX Runtime keeps what it is going to send in the user's cache."""
    quiet = {"CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"}
    environment = {name: value for name, value in os.environ.items() if name not in quiet}
    script = "import mien; mien.load_models()"
    subprocess.run([sys.executable, "-c", script], env={**environment, "HOME": str(tmp_path)}, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
