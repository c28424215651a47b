"""Eager PyTorch with its own layers and its own Adam."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from peers import Epochs, Workload


class Sequence(nn.Module):
    """An LSTM's last state."""

    def __init__(self, features: int, units: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(features, units, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x)[0][:, -1]


def model_of(work: Workload) -> nn.Sequential:
    """The network; it puts out logits. Images have their channels first, as PyTorch wants them."""
    shape, parts = work.shape, []
    for part in work.hidden:
        if part.kind == "lstm":
            parts.append(Sequence(shape[-1], part.units))
            shape = (part.units,)
            continue
        if part.kind == "flatten":
            parts.append(nn.Flatten())
            shape = (int(np.prod(shape)),)
            continue
        if part.kind == "conv":
            parts.append(nn.Conv2d(shape[-1], part.units, 3))
            shape = (shape[0] - 2, shape[1] - 2, part.units)
        else:
            parts.append(nn.Linear(shape[-1], part.units))
            shape = (*shape[:-1], part.units)
        parts.append(nn.ReLU() if part.activation == "relu" else nn.Tanh())
    return nn.Sequential(*parts, nn.Linear(shape[-1], work.outputs))


def train(work: Workload, threads: int) -> Epochs:
    """Batches are rows of tensors that are there already."""
    torch.set_num_threads(threads)
    data, labels = work.data()
    x = torch.from_numpy(np.ascontiguousarray(np.moveaxis(data, -1, 1)) if len(work.shape) == 3 else data)
    one = work.outputs == 1
    y = torch.from_numpy(labels.astype(np.float32))[:, None] if one else torch.from_numpy(labels)
    model = model_of(work)
    optimizer = torch.optim.Adam(model.parameters())
    criterion = nn.BCEWithLogitsLoss() if one else nn.CrossEntropyLoss()
    while True:
        loss_sum = right = 0.0
        for rows in torch.randperm(work.rows).split(work.batch_size):
            optimizer.zero_grad()
            z = model(x[rows])
            loss = criterion(z, y[rows])
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(rows)
            right += (((z > 0) if one else z.argmax(1)) == y[rows]).sum().item()
        assert np.isfinite(loss_sum + right)
        yield 1
