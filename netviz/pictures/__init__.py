"""From frames to arrays, colours, geometry and words: what panels draw, worked out with NumPy alone."""
