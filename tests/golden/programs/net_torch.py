"""A neural network trained by netviz, in PyTorch; its weights are in net_torch.safetensors beside this file.

    from net_torch import load
    model = load()
    y = model.predict(x)    # rows of features in their own units

Takes rows of 4 x 4 x 1 numbers, in their own units.
Gives a number for each class: cat, dog, axolotl.

    layer          kind           output     weights
    look           Conv2D relu    4 x 4 x 2       20
    max_pooling2d  MaxPooling2D   2 x 2 x 2        0
    flatten        Flatten        8                0
    dropout        Dropout        8                0
    class          Dense softmax  3               27

Trained by netviz 1.0, seed 7.
Data: arrays, 6 rows.
SHA-256 of the data: 65c8be55ad4ad3b3c920d68e481506f5019523af8d0d87af3bc4a250fa078d82
5 epochs, 5 updates; at the end loss 0.5, val_loss 0.75.
"""

from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional as F

WEIGHTS = Path(__file__).with_name("net_torch.safetensors")
EXPORT = "10b99737c5aa8a76"  # also in the header of the weights
SHAPE = (4, 4, 1)  # of a row
CLASSES = ["cat", "dog", "axolotl"]


class Model(nn.Module):
    """(rows, 4, 4, 1) -> (rows, 3)."""

    def __init__(self):
        super().__init__()
        self.look = nn.Conv2d(1, 2, 3, padding=1)
        self.dropout = nn.Dropout(0.25)
        self.layer_class = nn.Linear(8, 3)
        self.register_buffer("feature_mean", torch.ones((4, 4, 1), dtype=torch.float64))
        self.register_buffer("feature_deviation", torch.ones((4, 4, 1), dtype=torch.float64))

    def forward(self, x):
        """For scaled rows, as in training."""
        x = x.permute(0, 3, 1, 2)  # channels first
        x = torch.relu(self.look(x))  # look: 4 x 4 x 2
        x = F.max_pool2d(x, 2)  # max_pooling2d: 2 x 2 x 2
        x = x.permute(0, 2, 3, 1)  # channels last
        x = x.flatten(1)  # flatten: 8
        x = self.dropout(x)  # dropout: 8
        x = torch.softmax(self.layer_class(x), -1)  # class: 3
        return x

    @torch.no_grad()
    def predict(self, x):
        """For rows of features in their own units, an array or a tensor; training is switched off."""
        x = torch.as_tensor(x, dtype=torch.float64).reshape(-1, 4, 4, 1)
        x = (x - self.feature_mean) / self.feature_deviation
        y = self.eval()(x.to(torch.float32))
        return y


def load(path=WEIGHTS):
    """The model with its weights; ValueError for those of another export."""
    with safe_open(path, "pt") as file:
        if (file.metadata() or {}).get("netviz.export", EXPORT) != EXPORT:
            raise ValueError(f"{path} belongs to another export; export the network again.")
        weights = {name: file.get_tensor(name) for name in file.keys()}
    model = Model()
    model.load_state_dict(weights)
    return model.eval()


def loss(p, y):
    """CategoricalCrossentropy of predictions and targets, F.one_hot(labels, p.shape[-1]), of one shape."""
    y = y * 0.9 + 0.1 / y.shape[-1]
    return -(y * torch.log(p.clamp(1e-7, 1 - 1e-7))).sum(-1).mean()


def penalty(model):
    """What netviz adds to the loss for large weights."""
    return 0.001 * model.layer_class.weight.square().sum()


def optimizer(model):
    """AdamW with the numbers of the training."""
    # Epochs of batches of 4 rows, shuffled.
    return torch.optim.AdamW(model.parameters(), lr=0.002, betas=(0.9, 0.999), eps=1e-07, weight_decay=0.01)


if __name__ == "__main__":
    print(load())
