"""The command line: what is asked for is read here, with nothing heavy imported; each command lives in its own file.

Exit codes: 0 done, 1 it ran and something is wrong (problems found, training diverged), 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from netviz import __version__
from netviz.i18n import _

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Bad input is one sentence on standard error."""
    from netviz.files import FileProblem

    options = parser().parse_args(_with_command(sys.argv[1:] if arguments is None else arguments))
    command = importlib.import_module(f"netviz.cli.{options.command}")
    try:
        return int(command.run(options))
    except FileProblem as problem:
        print(f"netviz: {problem}", file=sys.stderr)
        return 2
    except ValueError as problem:
        if not _spoken(problem):
            raise
        print(f"netviz: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(_("netviz: interrupted."), file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


COMMANDS = ("open", "train", "export", "convert", "predict", "check", "examples", "info", "picture")


def _with_command(arguments: Sequence[str]) -> list[str]:
    """`netviz` and `netviz FILE` open the window."""
    named = bool(arguments) and (arguments[0] in COMMANDS or arguments[0].startswith("-"))
    return list(arguments) if named else ["open", *arguments]


def _spoken(problem: ValueError) -> bool:
    """Whether an error is one of ours, made to be read by the person at the keyboard."""
    from netviz.codec import InvalidValue
    from netviz.datasets import DataProblem
    from netviz.engine.network import NetworkProblem

    return isinstance(problem, (InvalidValue, DataProblem, NetworkProblem))


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="netviz",
        description=_("Draw a neural network, train it, step inside backpropagation, take the weights away."),
        usage=_("netviz [FILE] | netviz COMMAND ..."),
        epilog=_("netviz [FILE] opens the window. FILE is a .netviz project or example:NAME; `netviz examples` lists the names."),
    )
    top.add_argument("--version", action="version", version=f"netviz {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar=_("COMMAND"))
    window = commands.add_parser("open", help=_("open the window (so does netviz [FILE])"))
    window.add_argument("file", nargs="?", default="example:circle", metavar="FILE")
    _add_train(commands.add_parser("train", help=_("train a project and take its weights away")))
    _add_predict(commands.add_parser("predict", help=_("predict the rows of a table with a trained project")))
    _add_export(commands.add_parser("export", help=_("write a trained network for other programs")))
    _add_convert(commands.add_parser("convert", help=_("turn a network of another program into a project or another format")))
    check = commands.add_parser("check", help=_("say what is wrong with projects, one problem a line"))
    check.add_argument("files", nargs="+", metavar="FILE")
    _add_picture(commands.add_parser("picture", help=_("write a picture of the window, the network or a panel")))
    commands.add_parser("examples", help=_("list the built-in examples"))
    commands.add_parser("info", help=_("versions, BLAS, threads and paths"))
    return top


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument("file", metavar="FILE", help=_("a .netviz project or example:NAME"))
    train.add_argument(
        "--data", nargs="+", default=[], metavar="PATH",
        help=_("other data: X.npy Y.npy of any size, read a batch at a time, or one .npz with arrays x and y"),
    )  # fmt: skip
    train.add_argument("--epochs", type=_count, metavar="N", help=_("how many epochs (default: the project's)"))
    train.add_argument("--seed", type=_seed, metavar="N", help=_("another seed; training then begins anew"))
    train.add_argument("--export", action="append", default=[], metavar="PATH", help=_("write the trained network"))
    train.add_argument("--force", action="store_true", help=_("let exports replace files that are there already"))
    train.add_argument("--save", metavar="PATH", help=_("write the project with its trained state"))
    train.add_argument("--restart", action="store_true", help=_("begin anew, even if the project is trained"))
    train.add_argument("--json", action="store_true", help=_("end with one line of JSON"))


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument("file", metavar="FILE", help=_("a trained .netviz project"))
    export.add_argument("out", nargs="+", metavar="OUT", help=_("files to write; the ending chooses the format"))
    _add_flavour(export)
    export.add_argument("--force", action="store_true", help=_("replace files that are there already"))
    export.add_argument("--preview", action="store_true", help=_("say what would be written, and write nothing"))


def _add_flavour(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--as", dest="flavour", choices=("numpy", "pytorch", "keras"), default="",
        help=_("for whom OUT.py or OUT.safetensors is written, where its ending (_torch.py, _keras.py) does not say it"),
    )  # fmt: skip


def _add_convert(convert: argparse.ArgumentParser) -> None:
    kinds = _("a network of Keras', ONNX, a Keras script, or another format that holds one")
    convert.add_argument("file", metavar="IN", help=kinds)
    convert.add_argument("out", metavar="OUT", help=_("a .netviz project or a file of another format"))
    _add_flavour(convert)
    convert.add_argument("--force", action="store_true", help=_("replace files that are there already"))


def _add_predict(predict: argparse.ArgumentParser) -> None:
    predict.add_argument("file", metavar="FILE", help=_("a trained .netviz project"))
    predict.add_argument(
        "table", metavar="TABLE.csv|ARRAY.npy|LINES.txt", help=_("rows of features in their own units, or a sentence a line")
    )
    predict.add_argument("--out", metavar="PATH", help=_("a .csv or .npy file (default: CSV on standard output)"))


def _add_picture(picture: argparse.ArgumentParser) -> None:
    picture.add_argument("file", metavar="FILE", help=_("a .netviz project or example:NAME"))
    picture.add_argument("out", metavar="OUT.png|OUT.svg")
    picture.add_argument("--what", default="window", metavar="PANEL", help=_("window, network, loss or another panel"))
    picture.add_argument("--epochs", type=_seed, metavar="N", help=_("how many epochs first (default: the project's)"))
    picture.add_argument("--theme", choices=("light", "dark"), default="light")
    picture.add_argument("--size", type=_size, default=(1440, 900), metavar="WxH", help=_("default: 1440x900"))


def _size(text: str) -> tuple[int, int]:
    width, _x, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 200 <= int(width) <= 8000 and 200 <= int(height) <= 8000):
        raise argparse.ArgumentTypeError(_("{text} is not a size such as 1440x900").format(text=repr(text)))
    return int(width), int(height)


def _count(text: str) -> int:
    return _whole(text, 1)


def _seed(text: str) -> int:
    return _whole(text, 0)


def _whole(text: str, low: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= 2**53:
        raise argparse.ArgumentTypeError(_("{text} is not a whole number of at least {low}").format(text=repr(text), low=low))
    return number
