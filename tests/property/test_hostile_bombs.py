"""Bombs, absurd sizes, links and names that lead elsewhere: read as the window reads, in a process apart, and measured there.

Each gets one sentence that names the file, within 5 s and 200 MB; nothing is run and nothing is written outside.
"""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from netviz import formats
from netviz.files import FileProblem, shown
from netviz.formats import apart, carried

MOST_BYTES, MOST_S, LONGEST = 200_000_000, 5.0, 600
linux = pytest.mark.skipif(sys.platform != "linux", reason="the peak of another process is read from /proc")


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return memory.getvalue()


def hdf5(make: Callable[[Any], Any]) -> bytes:
    memory = io.BytesIO()
    with h5py.File(memory, "w") as opened:
        make(opened)
    return memory.getvalue()


def npy(shape: str, data: bytes = b"", kind: str = "<f4") -> bytes:
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data


def tensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def keras(config: bytes, weights: bytes = b"") -> bytes:
    return zipped({"config.json": config, "model.weights.h5": weights or PLAIN})


def model_config(units: object, shape: object = (None, 3)) -> bytes:
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": shape, "dtype": "float32", "name": "input"}},
        {"class_name": "Dense", "config": {"name": "dense", "units": units, "activation": "relu"}},
    ]
    return json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": layers}}).encode()


def many_layers(count: int) -> bytes:
    layer = {"class_name": "Dense", "config": {"name": "dense", "units": 2, "activation": "relu"}}
    made = json.loads(model_config(2))
    made["config"]["layers"] += [{**layer, "config": {**layer["config"], "name": f"dense_{n}"}} for n in range(count)]
    return json.dumps(made).encode()


def onnx_model(*tensors: TensorProto, nodes: list[Any] | None = None) -> bytes:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 2]) for name in "xy")
    graph = helper.make_graph(nodes or [helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [x], [y], list(tensors))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def external(location: str) -> bytes:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2, 2], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return onnx_model(tensor)


def claimed(*dims: int) -> bytes:
    return onnx_model(TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims, raw_data=b"\0" * 16))


def nested_onnx(depth: int) -> bytes:
    """Graphs within graphs: an If in an If in an If."""
    inner = helper.make_graph([], "g", [], [])
    for _n in range(depth):
        inner = helper.make_graph([helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)], "g", [], [])
    return helper.make_model(inner, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def unlike(opened: Any) -> None:
    opened.attrs["model_config"] = "[" * 100_000


def virtual(opened: Any) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", (4,))
    opened.create_virtual_dataset("w", layout)


def filtered(opened: Any) -> None:
    """Numbers through a filter that is not there, which HDF5 would look for as a library to load."""
    kind = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    kind.set_chunk((4,))
    kind.set_filter(32_015, h5py.h5z.FLAG_OPTIONAL, ())
    h5py.h5d.create(opened.id, b"w", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((4,)), kind)


def heap_bomb() -> bytes:
    """4,000 texts that are all the same one of 1 MB, which stands in the file but once."""
    made = bytearray(hdf5(lambda f: f.attrs.create("a", ["x" * 1_000_000] + ["y"] * 3_900, dtype=h5py.string_dtype())))
    at = made.index(struct.pack("<I", 1_000_000))
    made[at : at + 16 * 3_901] = made[at : at + 16] * 3_901
    return bytes(made)


def script(text: str) -> bytes:
    """A Keras script that does something more."""
    begin = "from keras import Input, Sequential\nfrom keras.layers import Dense\nmodel = Sequential()\nmodel.add(Input((4,)))\n"
    return f"{begin}model.add(Dense(2))\n{text}\n".encode()


PLAIN = hdf5(lambda f: f.create_dataset("layers/dense/vars/0", data=np.zeros((3, 4), "f4")))
ZEROS = bytes(300_000_000)
NUMBERS = b"[" + b"0," * 4_000_000 + b"0]"

FILES: dict[str, bytes] = {
    "zip_bomb.npz": zipped({"w.npy": npy("(75000000,)", ZEROS)}),
    "many_zip_bombs.npz": zipped({f"{n}.npy": npy("(1000000,)", ZEROS[:4_000_000]) for n in range(60)}),
    "lying_header.npz": zipped({"w.npy": npy("(1000000000000,)", b"\0" * 64)}),
    "absurd_shape.npz": zipped({"w.npy": npy("(4611686018427387904, 4)", b"\0" * 64)}),
    "traversal.npz": zipped({"../../evil.npy": npy("(1,)", b"\0" * 4), "/etc/evil.npy": npy("(1,)", b"\0" * 4)}),
    "pickle.npz": b"\x80\x04cos\nsystem\n(S'touch hacked'\ntR.",
    "pickle_inside.npz": zipped({"w.npy": npy("(1,)", b"cos\nsystem\n(S'touch hacked'\ntR.", "|O")}),
    "header_2_63.safetensors": tensors({}, length=2**63),
    "header_200_mb.safetensors": tensors(b" " * 40_000_000 + b"{}"),
    "deep.safetensors": tensors(b"[" * 1_000_000),
    "absurd_shape.safetensors": tensors({"w": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}, b"\0" * 8),
    "many.safetensors": tensors({f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(100_000)}),
    "overlap.safetensors": tensors({n: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for n in "ab"}, b"\0" * 8),
    "deep.json": b'{"arrays": ' + b"[" * 1_000_000,
    "absurd_shape.json": b'{"arrays": {"w": {"dtype": "float32", "shape": [1000000, 1000000], "values": [0]}}}',
    "digits.json": b'{"arrays": {"w": {"dtype": "float32", "shape": [1], "values": [' + b"9" * 100_000 + b"]}}}",
    "numbers.json": b'{"arrays": {"w": {"dtype": "float32", "shape": [3], "values": ' + NUMBERS + b"}}}",
    "config_bomb.keras": zipped({"config.json": b" " * 300_000_000, "model.weights.h5": PLAIN}),
    "deep.keras": keras(b'{"config": ' + b"[" * 1_000_000),
    "traversal.keras": zipped({"../../evil": b"x", "config.json": b"{}", "model.weights.h5": PLAIN}),
    "absurd_units.keras": keras(model_config(10**12)),
    "absurd_input.keras": keras(model_config(4, (None, 10**9, 10**9))),
    "many_units.keras": keras(model_config(10**15)),
    "many_layers.keras": keras(many_layers(20_000)),
    "nan.keras": keras(b'{"config": NaN}'),
    "lambda.keras": keras(model_config(4).replace(b'"Dense"', b'"Lambda"')),
    "pickle.keras": b"\x80\x04cos\nsystem\n(S'touch hacked'\ntR.",
    "bomb_inside.keras": keras(model_config(4), hdf5(lambda f: f.create_dataset("w", (10**5, 10**5), "f4", chunks=(100, 100), compression="gzip"))),
    "external_link.h5": hdf5(lambda f: f.__setitem__("w", h5py.ExternalLink("/etc/hostname", "/w"))),
    "soft_link.h5": hdf5(lambda f: f.__setitem__("w", h5py.SoftLink("/w"))),
    "external_numbers.h5": hdf5(lambda f: f.create_dataset("w", (4,), "f4", external=[("/etc/passwd", 0, 16)])),
    "virtual.h5": hdf5(virtual),
    "filter.h5": hdf5(filtered),
    "chunked_bomb.h5": hdf5(lambda f: f.create_dataset("w", (10**6, 10**6), "f4", chunks=(1000, 1000), compression="gzip")),
    "compressed_bomb.h5": hdf5(lambda f: f.create_dataset("w", data=np.zeros(20_000_000, "f4"), chunks=(1_000_000,), compression="gzip")),
    "attribute_bomb.h5": hdf5(lambda f: [f.attrs.__setitem__(f"a{n}", "x" * 60_000) for n in range(400)]),
    "heap_bomb.h5": heap_bomb(),
    "deep_config.h5": hdf5(unlike),
    "objects.h5": hdf5(lambda f: [f.create_group(str(n)) for n in range(21_000)]),
    "external_passwd.onnx": external("/etc/passwd"),
    "external_above.onnx": external("../../secret.bin"),
    "external_link.onnx": external("link.bin"),
    "absurd_shape.onnx": claimed(2**31, 2**31),
    "negative_shape.onnx": claimed(-1, 4),
    "lying_shape.onnx": claimed(10**6, 10**3),
    "nested.onnx": nested_onnx(12),
    "loop.onnx": onnx_model(nodes=[helper.make_node("MatMul", ["y", "w"], ["y"])]),
    "deep_list.py": script("x = " + "[" * 5_000 + "]" * 5_000),
    "deep_sum.py": script("x = " + "1 + " * 50_000 + "1"),
    "deep_calls.py": script("x = " + "f(" * 5_000 + ")" * 5_000),
    "deep_ifs.py": script("".join(" " * n + "if x:\n" for n in range(95)) + " " * 95 + "pass"),
    "power.py": script("units = 9 ** 9 ** 9\nmodel.add(Dense(units))"),
    "shift.py": script("units = 1 << 10 ** 12\nmodel.add(Dense(units))"),
    "repeated.py": script("x = 'a' * 10 ** 10\ny = [0] * 10 ** 10\nmodel.add(Dense(len(y)))"),
    "doubling.py": script("x = 'ab'\n" + "x = x + x\n" * 60 + "model.add(Dense(len(x)))"),
    "endless.py": script("while True:\n    model.add(Dense(3))"),
    "long_loop.py": script("for n in range(10 ** 12):\n    model.add(Dense(3))"),
    "nested_loops.py": script("".join(" " * n + f"for v{n} in range(1000):\n" for n in range(8)) + " " * 8 + "model.add(Dense(3))"),
    "recursion.py": script("def f(n):\n    return f(n + 1)\nmodel.add(Dense(f(0)))"),
    "digits.py": script("x = " + "9" * 100_000),
    "formatted.py": script("x = f'{1:1000000000}'\nmodel.add(Dense(3, name=x))"),
    "system.py": script("import os\nos.system('touch hacked')\n__import__('subprocess').run(['touch', 'hacked'])\nexec('open(\"hacked\", \"w\")')"),
    "opens.py": script("open('hacked', 'w').write('x')\nmodel.add(Dense(int(open('/etc/passwd').read())))"),
    "large.py": script("# " + "x" * 5_000_000),
    "code.onnx": onnx_model(nodes=[helper.make_node("PyOp", ["x"], ["y"], domain="ai.onnx.contrib", code="import os")]),
}  # fmt: skip
MADE = {"header_200_mb.safetensors", "numbers.json"}  # files that are themselves long; what they take goes with their length


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bombs")
    for name, data in FILES.items():
        (made / name).write_bytes(data)
    (made / "secret.bin").write_bytes(b"\1" * 16)
    inner = made / "inner"
    inner.mkdir()
    (inner / "external_link.onnx").write_bytes(FILES["external_link.onnx"])
    (inner / "link.bin").symlink_to("../secret.bin")
    return made


@pytest.fixture(scope="module")
def child(folder: Path) -> Iterator[apart.Child]:
    """One process for all, which has read a good file of each kind, so that what it takes is what the bombs take."""
    with apart.Child(4 * MOST_S) as child:
        (folder / "plain.h5").write_bytes(PLAIN)
        (folder / "plain.npz").write_bytes(zipped({"w.npy": npy("(1,)", b"\0" * 4)}))
        for name in ("plain.h5", "plain.npz"):
            answer(child, folder / name)
        yield child


def answer(child: apart.Child, path: Path, weights: bool = False) -> formats.Imported | formats.Weights:
    carried.begin(child, path, weights)
    while (found := child.poll()) is None:
        time.sleep(0.001)
    return carried.found(found, shown(path))


def memory(child: apart.Child, forget: bool = False) -> int:
    """The most that the process has taken since that was forgotten, in bytes."""
    process = child._process
    assert process is not None
    if forget:
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    text = Path(f"/proc/{process.pid}/status").read_text()
    return 1024 * int(text.partition("VmHWM:")[2].split()[0])


@linux
@pytest.mark.parametrize("weights", [False, True], ids=["network", "weights"])
@pytest.mark.parametrize("name", [*FILES, "inner/external_link.onnx"])
def test_it_gets_a_sentence_and_takes_neither_time_nor_memory(child: apart.Child, folder: Path, name: str, weights: bool) -> None:
    if child._process is None:
        answer(child, folder / "plain.h5")
    memory(child, forget=True)
    begin = seconds(child)
    path = folder / name
    try:
        found = answer(child, path, weights)
        # Some have good numbers beside what is bad in them; those may be read, and no more than those.
        assert sum(array.nbytes for array in found.arrays.values()) < 1000
        if isinstance(found, formats.Imported):  # a script is read as far as it can be followed, and says how far that is
            assert path.suffix == ".py" and len(found.layers) <= 1000
            assert found.left_out or name in ("deep_list.py", "deep_sum.py", "digits.py", "large.py", "doubling.py"), "it was read"
        else:
            assert name.startswith(("lambda", "absurd", "many_units", "nested", "loop", "code")), "it was read"
    except FileProblem as problem:
        told = str(problem)
        assert path.name in told and "\n" not in told and len(told) < LONGEST, told
    if child._process is not None:
        assert seconds(child) - begin < MOST_S
        assert memory(child) < MOST_BYTES + (3 * len(FILES[path.name]) if path.name in MADE else 0)


def seconds(child: apart.Child) -> float:
    """How long the process has computed, however busy the machine is."""
    assert child._process is not None
    words = Path(f"/proc/{child._process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


WATCHED = """
import json, os, sys
from pathlib import Path
os.environ["NETVIZ_APART"] = "1"
import h5py, onnx.helper, onnx.numpy_helper  # which look about on the machine when they are imported
from netviz.formats import carried
sys.argv[1:] and os.chdir(sys.argv[1])
seen = []
STRANGE = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.", "socket.", "pickle.", "shutil.", "ctypes.",
           "os.remove", "os.rename", "os.mkdir", "os.link", "os.symlink", "os.chmod", "tempfile.", "urllib.", "ftplib.")
def watch(event, words):
    if not watch.on:
        return
    if event.startswith(STRANGE):
        seen.append([event, str(words)[:200]])
    elif event in ("exec", "compile") and not str(words[0] if event == "exec" else words[1]).count("site-packages"):
        code = str(words[0] if event == "exec" else words[1])
        if "netviz/" not in code and "lib/python" not in code and code != "<unknown>":  # that is a tree, and no code
            seen.append([event, code[:200]])
    elif event == "open":
        path, mode, flags = words
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) or isinstance(mode, str) and set(mode) & set("wax+")
        foreign = not str(path).startswith((sys.prefix, sys.base_prefix, os.getcwd(), "/usr", "/proc", "/sys", "/dev")) and "netviz" not in str(path)
        own = str(path).isdigit() or str(path) == "<unknown>"  # Python looks for the line of a script that is no Python
        if writes and "__pycache__" not in str(path) or foreign and not own:
            seen.append([event, f"{path} {mode} {flags}"])
watch.on = False
sys.addaudithook(watch)
names = [name for name in sorted(os.listdir(".")) if os.path.isfile(name) and os.path.getsize(name) < 1_000_000]
for watched in (False, True):  # the first time netviz imports and looks up what it needs itself
    for name in names:
        for reader in (carried.all_in, carried.weights_in):
            data = Path(name).read_bytes()
            watch.on = watched
            try:
                reader(data, os.path.abspath(name))
            except Exception:
                pass
            watch.on = False
print(json.dumps(seen))
"""


def test_nothing_is_run_and_nothing_is_opened_or_written_elsewhere(folder: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(folder)], capture_output=True, text=True, check=False, timeout=100,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == []
    assert {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))} == before
    assert list(tmp_path.iterdir()) == []


def test_the_watch_would_see_code_that_is_run(tmp_path: Path) -> None:
    """The control: a reader that unpickles is seen at once."""
    watched = WATCHED.replace("reader(data, os.path.abspath(name))", "__import__('pickle').loads(data)")
    (tmp_path / "x.npz").write_bytes(FILES["pickle.npz"].replace(b"touch hacked", b"true"))
    done = subprocess.run(
        [sys.executable, "-c", watched, str(tmp_path)], capture_output=True, text=True, check=True, timeout=100,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    events = {event for event, _words in json.loads(done.stdout)}
    assert {"os.system", "pickle.find_class"} <= events
    assert onnx.__version__ and h5py.__version__
