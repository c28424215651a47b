"""PyTorch's L-BFGS and the schedules that Keras has not, in float64, as golden numbers: run by hand, never imports netviz.

    python tests/golden/make_pytorch.py

Writes pytorch.json (the schedules in plain settings) and pytorch.npz beside itself: for each schedule NAME (60,), its
rates; x (150, 5), labels (150,), kernel (5, 3) and bias (3,) of a penalized logistic regression, "loss" (13,) after 0 to 12
iterations of L-BFGS, and "least", "least kernel", "least bias" where it ends.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
STEPS = 60
PENALTY = 0.02

SCHEDULES: list[dict[str, Any]] = [
    {"name": "one_cycle", "class": "OneCycleLR", "arguments": {"max_lr": 0.5, "total_steps": 60}},
    {"name": "one_cycle_linear", "class": "OneCycleLR", "arguments": {"max_lr": 0.5, "total_steps": 60, "anneal_strategy": "linear", "pct_start": 0.45, "div_factor": 10.0, "final_div_factor": 50.0}},
    {"name": "one_cycle_three_phases", "class": "OneCycleLR", "arguments": {"max_lr": 0.5, "total_steps": 60, "pct_start": 0.37, "three_phase": True}},
    {"name": "one_cycle_at_once", "class": "OneCycleLR", "arguments": {"max_lr": 0.5, "total_steps": 60, "pct_start": 0.0}},
    {"name": "one_cycle_only_up", "class": "OneCycleLR", "arguments": {"max_lr": 0.5, "total_steps": 60, "pct_start": 1.0}},
    {"name": "steps", "class": "StepLR", "arguments": {"step_size": 7, "gamma": 0.3}},
    {"name": "warm_up", "class": "LinearLR", "arguments": {"start_factor": 0.1, "total_iters": 12}},
]  # fmt: skip


def rates(case: dict[str, Any]) -> np.ndarray:
    """The rate of each step, from a base of 0.5."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    more = {"cycle_momentum": False} if case["class"] == "OneCycleLR" else {}
    schedule = getattr(torch.optim.lr_scheduler, case["class"])(optimizer, **case["arguments"], **more)
    found = []
    for step in range(STEPS):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if step < STEPS - 1:
            schedule.step()
    return np.array(found)


def regression() -> dict[str, np.ndarray]:
    """Softmax regression with an L2 penalty on the kernel, by L-BFGS with strong-Wolfe searches."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(150, 5)) * [1, 2, 0.5, 1, 3]
    labels = (x @ rng.normal(size=(5, 3)) + 2 * rng.normal(size=(150, 3))).argmax(1)
    kernel, bias = 0.3 * rng.normal(size=(5, 3)), np.zeros(3)
    features, classes = torch.tensor(x), torch.tensor(labels)

    def minimized(iterations: int) -> tuple[float, np.ndarray, np.ndarray]:
        k, b = torch.tensor(kernel, requires_grad=True), torch.tensor(bias, requires_grad=True)

        def loss() -> torch.Tensor:
            return torch.nn.functional.cross_entropy(features @ k + b, classes) + PENALTY * (k**2).sum()

        optimizer = torch.optim.LBFGS(
            [k, b], max_iter=iterations, max_eval=10_000, history_size=10, line_search_fn="strong_wolfe",
            tolerance_grad=1e-12, tolerance_change=0.0,
        )  # fmt: skip

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            value = loss()
            value.backward()
            return value

        if iterations:
            optimizer.step(closure)
        return loss().item(), k.detach().numpy(), b.detach().numpy()

    least, least_kernel, least_bias = minimized(500)
    return {
        "x": x, "labels": labels, "kernel": kernel, "bias": bias,
        "loss": np.array([minimized(count)[0] for count in range(13)]),
        "least": np.array(least), "least kernel": least_kernel, "least bias": least_bias,
    }  # fmt: skip


def main() -> None:
    """Write both files."""
    torch.set_default_dtype(torch.float64)
    arrays = {case["name"]: rates(case) for case in SCHEDULES} | regression()
    (HERE / "pytorch.json").write_text(json.dumps(SCHEDULES, indent=1) + "\n")
    np.savez_compressed(HERE / "pytorch.npz", **arrays)


if __name__ == "__main__":
    main()
