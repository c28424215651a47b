"""The lesson of Matt Mazur's worked example: his numbers, each where the engine comes to it in the first update.

Source: Matt Mazur, "A Step by Step Backpropagation Example" (2015). His w1 … w8 are the weights in the order of the
receiving units, so w5 leads from the first hidden unit to the first output.
"""

from __future__ import annotations

from netviz.document.lesson import Lesson, Light, Page
from netviz.i18n import N_

_TO_H1 = (Light(0, 0, 0), Light(0, 0, 1))
_TO_O1 = (Light(1, 0, 0), Light(1, 0, 1))
_W1, _W5 = Light(0, 0, 0), Light(1, 0, 0)

MAZUR = Lesson(
    N_("A step by step backpropagation example"),
    (
        Page(
            N_("Inputs 0.05 and 0.10 shall give 0.01 and 0.99. Step by phase (→) and compare each number with the article."),
            "epoch", update=0, lights=(Light(-1, 0), Light(-1, 1)),
        ),
        Page(
            N_("The first hidden unit: 0.15·0.05 + 0.20·0.10 + 0.35 = 0.3775, and the sigmoid of that is 0.593269992."),
            "forward", 0, 1, (*_TO_H1, Light(0, 0)),
        ),
        Page(
            N_("The first output: 0.40·0.593269992 + 0.45·0.596884378 + 0.60 = 1.105905967, bent by the sigmoid to 0.751365070."),
            "forward", 1, 1, (*_TO_O1, Light(1, 0)),
        ),
        Page(
            N_("The error: ½(0.01 − 0.7514)² + ½(0.99 − 0.7729)² = 0.274811083 + 0.023560026 = 0.298371109."),
            "loss", update=1, lights=(Light(1, 0), Light(1, 1)),
        ),
        Page(
            N_(
                "His w5: 0.741365070 (how wrong) × 0.186815602 (slope of the sigmoid) × 0.593269992 (what came in)"
                " = 0.082167041."
            ),
            "backward", 1, 1, (_W5, Light(1, 0)),
        ),
        Page(
            N_(
                "His w1: the first hidden unit hears from both outputs, 0.055399425 − 0.019049119 = 0.036350306;"
                " times slope and input 0.000438568."
            ),
            "backward", 0, 1, (_W1, Light(0, 0), Light(1, 0, 0), Light(1, 1, 0)),
        ),
        Page(
            N_("Plain gradient descent at learning rate 0.5: w5 shall change by −0.5 × 0.082167041. Biases stay as they are."),
            "optimizer", update=1, lights=(_W5,),
        ),
        Page(
            N_(
                "Now w5 is 0.35891648 and w1 is 0.149780716; the error falls to 0.291027774."
                " (He prints 0.291027924, from rounded numbers.)"
            ),
            "apply", update=1, lights=(_W1, _W5),
        ),
    ),
)  # fmt: skip
