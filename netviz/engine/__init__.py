"""The mathematics: what an experiment is, and training as a generator of moments. NumPy and nothing else."""
