"""The tables of the demonstration: CSV files in this folder, one record a line, codes for ids."""

import csv
from pathlib import Path

FOLDER = Path(__file__).parent

Line = dict[str, str]


def read(name: str) -> list[Line]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
