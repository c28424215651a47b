"""Keras scripts in: read by their syntax tree, never run."""
