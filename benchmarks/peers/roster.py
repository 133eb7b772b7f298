"""Who is compared: the one place that names the peers and pins their versions.

To add a peer: a worker in `workers/` that answers what `workers/serving.py` says, and an entry here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Home:
    """An environment: what is installed in it, and whose versions are told.

    packages: as pip or npm takes them, exact versions; empty is mien from this checkout. The first is the
    peer's own.
    """

    name: str
    packages: tuple[str, ...]
    tell: tuple[str, ...]
    node: bool = False


@dataclass(frozen=True)
class Peer:
    """One way to use what is installed in a home. how: a word more for its worker. note: for the table."""

    name: str
    home: Home
    worker: str
    note: str
    how: tuple[str, ...] = ()


MIEN_HOME = Home("mien", (), ("mien", "onnxruntime", "opencv-python", "numpy"))

# Beside fer: what pip comes to after it has downloaded each newer release that wants a newer NumPy than fer's
# face finder does, and setuptools, whose pkg_resources fer imports and does not ask for.
_FER = Home(
    "fer",
    (
        "fer==25.10.3",
        "opencv-contrib-python==4.11.0.86",
        "pandas==3.0.6",
        "numpy==1.26.4",
        "matplotlib==3.11.2",
        "setuptools==80.9.0",
    ),
    ("fer", "tensorflow", "facenet-pytorch", "torch"),
)
# deepface imports werkzeug, and does not ask for it.
_DEEPFACE = Home("deepface", ("deepface==0.0.103", "werkzeug==3.1.9"), ("deepface",))
_HSEMOTION = Home("hsemotion-onnx", ("hsemotion-onnx==0.3.1",), ("hsemotion-onnx", "onnxruntime"))
_EMOTIEFFLIB = Home("emotiefflib", ("emotiefflib==1.1.1",), ("emotiefflib", "onnxruntime"))
_FACE_API = Home(
    "face-api",
    (
        "@vladmandic/face-api@1.7.15",
        "@tensorflow/tfjs@4.22.0",
        "@tensorflow/tfjs-backend-wasm@4.22.0",
    ),
    ("@vladmandic/face-api", "@tensorflow/tfjs-backend-wasm"),
    node=True,
)
_HUMAN = Home(
    "human",
    (
        "@vladmandic/human@3.3.6",
        "@tensorflow/tfjs-core@4.22.0",
        "@tensorflow/tfjs-converter@4.22.0",
        "@tensorflow/tfjs-backend-wasm@4.22.0",
    ),
    ("@vladmandic/human", "@tensorflow/tfjs-backend-wasm"),
    node=True,
)

MIEN = Peer("mien", MIEN_HOME, "with_mien.py", "its own face finder")
PEERS = (
    Peer("fer, Haar", _FER, "with_fer.py", "OpenCV's Haar cascade, its default"),
    Peer("fer, MTCNN", _FER, "with_fer.py", "facenet-pytorch's MTCNN", ("mtcnn",)),
    Peer("face-api, SSD", _FACE_API, "with_face_api.mjs", "SSD MobileNet, its default, in WebAssembly"),
    Peer("face-api, tiny", _FACE_API, "with_face_api.mjs", "its tiny face finder, in WebAssembly", ("tiny",)),
    Peer("human", _HUMAN, "with_human.mjs", "BlazeFace and face mesh, its default, in WebAssembly"),
    Peer("deepface", _DEEPFACE, "with_deepface.py", "OpenCV's Haar cascade, its default"),
    Peer("hsemotion-onnx", _HSEMOTION, "with_hsemotion.py", "brings no face finder"),
    Peer("emotiefflib", _EMOTIEFFLIB, "with_emotiefflib.py", "brings no face finder"),
)
ALL = (MIEN, *PEERS)
