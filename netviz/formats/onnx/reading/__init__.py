"""ONNX files in: a graph of operations read back as a chain of layers."""
