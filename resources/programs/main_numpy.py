"""The parts of an exported NumPy program that are not layers."""


def decoded(kind, shape, text):
    """An array from base64 of its bytes."""
    return np.frombuffer(base64.b64decode(text), kind).reshape(shape)


def encode(sentences):
    """Tokens (rows, steps) of sentences: the numbers of their words in VOCABULARY, 1 for others, 0 behind the end."""
    han = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    letter = f"(?:(?![{han}])[^\\W_])"
    word = re.compile(f"[{han}]|{letter}+(?:['\u2019]{letter}+)*")  # of Chinese each character is a word
    numbers = {known: token for token, known in enumerate(VOCABULARY) if token > 1}
    x = np.zeros((len(sentences), *SHAPE))
    for row, sentence in zip(x, sentences):
        found = word.findall(unicodedata.normalize("NFKC", sentence).lower().replace("\u2019", "'"))
        found = [numbers.get(each, 1) for each in found][: len(row)]
        row[: len(found)] = found
    return x


def read(path):
    """Rows of features from a .npy array or a CSV file; SystemExit says what is wrong with it."""
    if path.endswith(".npy"):
        return np.load(path, allow_pickle=False)
    with open(path, encoding="utf-8-sig", newline="") as file:
        text = file.read()
    delimiter = next((sign for sign in "\t;" if sign in text.split("\n", 1)[0]), ",")
    lines = [cells for cells in csv.reader(text.splitlines(), delimiter=delimiter) if any(cells)]
    header = [cell.strip() for cell in lines[0]] if lines else []
    named = bool(FEATURES) and set(FEATURES) <= set(header)
    columns = [header.index(name) for name in FEATURES] if named else range(len(header))
    rows = []
    for number, cells in enumerate(lines, 1):
        try:
            rows.append([float(cells[column]) for column in columns])
        except (ValueError, IndexError):
            if number > 1:  # else a header
                raise SystemExit(f"{path}: row {number} does not hold {len(header)} numbers.") from None
    return np.array(rows)


def read_any(path):
    """Rows of tokens from sentences, one a line of a .txt file, or from a table."""
    if not path.endswith(".txt"):
        return read(path)
    with open(path, encoding="utf-8-sig") as file:
        return encode([line for line in file.read().splitlines() if line.strip()])


def main(paths):
    """Write the predictions of each row of a file to standard output, as CSV."""
    if len(paths) != 1 or paths[0].startswith("-"):
        raise SystemExit(__doc__)
    x = read(paths[0])
    wanted = int(np.prod(SHAPE))
    if not x.size or x.size // len(x) != wanted:
        raise SystemExit(f"{paths[0]}: {x.size // max(1, len(x))} numbers a row; the network takes {wanted}.")
    y = predict(x)
    y = y.reshape(len(y), -1)
    table = csv.writer(sys.stdout, lineterminator="\n")
    if CLASSES:
        shares = np.concatenate([1 - y, y], 1) if y.shape[1] == 1 else y
        names = CLASSES[: shares.shape[1]]
        table.writerow(["class", *names])
        table.writerows([names[row.argmax()], *row.tolist()] for row in shares)
    else:
        table.writerow(TARGETS or [f"y{place + 1}" for place in range(y.shape[1])])
        table.writerows(y.tolist())
