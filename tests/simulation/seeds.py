"""Seeds that once showed a fault are kept for ever and are run first, in the tests and in `make simulate`.

`kept_seeds.txt` holds one per line: `L3:12345  what it showed`. The client's tests read the same file.
"""

from pathlib import Path

FILE = Path(__file__).with_name("kept_seeds.txt")


def kept(layer: str, file: Path = FILE) -> list[int]:
    """The seeds kept of a layer ("L3"), in the order in which they were found."""
    lines = [line.split("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
    return [int(line.split()[0].split(":")[1]) for line in lines if line.startswith(f"{layer}:")]


def keep(layer: str, seed: int, what: str, file: Path = FILE) -> None:
    """Write a failing seed down, once. It is committed with the repair."""
    if seed not in kept(layer, file):
        with file.open("a", encoding="utf-8") as kept_seeds:
            kept_seeds.write(f"{layer}:{seed}  {' '.join(what.split())[:160]}\n")


def wanted(layer: str, first: int, count: int) -> list[int]:
    """The kept seeds, then `count` new ones from `first` on."""
    old = kept(layer)
    return old + [seed for seed in range(first, first + count) if seed not in old]
