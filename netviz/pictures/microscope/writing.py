"""Equations for elsewhere: as text, as LaTeX and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from netviz.i18n import _
from netviz.pictures.microscope.equation import Equation, number

_LETTERS = {
    r"\delta": "δ", r"\partial": "∂", r"\sum": "Σ", r"\cdot": "·", r"\gamma": "γ", r"\beta": "β", r"\,": " ",
    r"\eta": "η", r"\epsilon": "ε", r"\lambda": "λ", r"\mu": "μ", r"\rho": "ρ", r"\alpha": "α", r"\Delta": "Δ",
    r"\sigma": "σ", r"\sqrt": "√", r"\|": "‖", r"\hat{v}": "v̂", r"\hat{w}": "ŵ", r"\hat{m}": "m̂",
}  # fmt: skip


def as_latex(equations: Sequence[Equation]) -> str:
    """Each as an align environment: symbol = formula = numbers = value."""
    lines = []
    for equation in equations:
        products = [r" \cdot ".join(_bracketed(f.value) for f in term.factors) for term in equation.terms]
        numbers = " + ".join([*products, *([_bracketed(equation.rest)] if equation.more else [])])
        lines.append(
            "\\begin{align*}\n"
            f"{equation.symbol} &= {equation.formula} \\\\\n &= {numbers} \\\\\n &= {number(equation.value, 6)}\n"
            "\\end{align*}"
        )
    return "\n".join(lines)


def as_text(equations: Sequence[Equation]) -> str:
    """Plain letters, a line for each term."""
    lines = []
    for equation in equations:
        lines.append(f"{plain(equation.symbol)} = {plain(equation.formula)} = {equation.value:.9g}")
        for term in equation.terms:
            product = " · ".join(f"{plain(f.symbol)} ({f.value:.9g})" for f in term.factors)
            lines.append(f"    {term.value:+.9g} = {product}" + (f"   [{term.label}]" if term.label else ""))
        if equation.more:
            lines.append(f"    {equation.rest:+.9g}   [{_more(equation)}]")
    return "\n".join(lines)


def as_csv(equations: Sequence[Equation]) -> str:
    """A line for each factor: equation, term, factor, value, and what the term comes to."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["equation", "equation value", "term", "term value", "factor", "factor value"])
    for equation in equations:
        for place, term in enumerate(equation.terms):
            for factor in term.factors:
                writer.writerow(
                    [plain(equation.symbol), repr(float(equation.value)), term.label or place + 1,
                     repr(float(term.value)), plain(factor.symbol), repr(float(factor.value))]
                )  # fmt: skip
        if equation.more:
            ours = [plain(equation.symbol), repr(float(equation.value))]
            writer.writerow([*ours, _more(equation), repr(equation.rest), "", ""])
    return text.getvalue()


def _more(equation: Equation) -> str:
    return _("{n:,} smaller terms together").format(n=equation.more)


def plain(latex: str) -> str:
    """LaTeX of the kind that is written here, without its commands."""
    for command, letter in _LETTERS.items():
        latex = latex.replace(command, letter)
    while r"\frac{" in latex:
        start = latex.index(r"\frac{")
        above, after = _group(latex, start + 5)
        below, end = _group(latex, after)
        latex = f"{latex[:start]}{above.strip()}/{below.strip()}{latex[end:]}"
    for command in (r"\left", r"\right", r"\text", r"\mathrm", "{", "}", "\\"):
        latex = latex.replace(command, "")
    return " ".join(latex.split())


def _group(text: str, start: int) -> tuple[str, int]:
    """(what stands between the braces that open at `start`, the place behind them)."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return text[start + 1 : place], place + 1
    return text[start + 1 :], len(text)


def _bracketed(value: float) -> str:
    text = number(value, 6)
    return rf"({text})" if text.startswith("-") else text
