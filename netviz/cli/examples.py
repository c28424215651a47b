"""`netviz examples`: the built-in examples, one a line."""

from __future__ import annotations

import argparse

from netviz.document.examples import EXAMPLES


def run(options: argparse.Namespace) -> int:
    """Names and descriptions."""
    width = max(map(len, EXAMPLES))
    for name, example in EXAMPLES.items():
        print(f"{name:<{width}}  {example.description}")
    return 0
