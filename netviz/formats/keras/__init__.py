"""Keras' files in and out."""
