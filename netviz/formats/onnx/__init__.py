"""ONNX files out and in."""
