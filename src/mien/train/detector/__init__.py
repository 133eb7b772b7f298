"""Training of mien's own face detector: labelled pictures in, one small ONNX file out."""
