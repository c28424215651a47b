"""One peer on one workload, in this process."""

from __future__ import annotations

import json
import sys

from peers import WORKLOADS, Unfit, epochs, timed


def main() -> None:
    """Print what was measured as JSON, or why nothing was."""
    peer, workload, threads, count = sys.argv[1:]
    try:
        print(json.dumps(timed(epochs(peer, WORKLOADS[workload], int(threads)), int(count))))
    except (ImportError, Unfit) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
