"""What is said of data that cannot be used."""


class DataProblem(ValueError):
    """Data that nothing can be learnt from as it is; the sentence says what and where."""
