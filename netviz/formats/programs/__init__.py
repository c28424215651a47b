"""Networks as programs that people read, run and change: NumPy, C, PyTorch, Keras."""
