"""The results of a sweep: a row a run, summed up by point, to a file and back.

The file is JSON lines: what was planned, then a row each. While a sweep runs, rows are added as
they come; at its end they are put in order, so that the same plan gives the same file.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from qdash.events import Value
from qdash.experiment import theory
from qdash.experiment.grid import Plan
from qdash.experiment.intervals import CONFIDENCE, Interval, interval, paired
from qdash.experiment.measures import figure
from qdash.settings import SETTINGS
from qdash.words import Refusal, Sentence, mark, tr

FORMAT: Final = 1
"""The version of the file's format; a file of another version is refused."""


class ResultsError(Refusal):
    """A file cannot be written, or holds no results; the message is one sentence."""


class Row(msgspec.Struct, frozen=True):
    """What one run came to: ``point`` is what was varied, ``figures`` are its measures by name."""

    point: dict[str, Value]
    replication: int
    seed: int
    figures: dict[str, float | None]


class _Header(msgspec.Struct, frozen=True, tag="sweep", tag_field="kind"):
    """The first line of a file."""

    format: int
    plan: Plan


class Results:
    """The rows of a sweep so far. Rows come in any order, and are read in that of the plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._points = plan.grid.points
        self._seeds = plan.seeds
        self._index = {_key(point): at for at, point in enumerate(self._points)}
        self._rows: dict[tuple[int, int], Row] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def points(self) -> list[dict[str, Value]]:
        """All points of the plan, finished or not."""
        return self._points

    @property
    def complete(self) -> bool:
        """Whether every run of the plan is there."""
        return len(self._rows) == self.plan.grid.runs

    @property
    def rows(self) -> list[Row]:
        """The rows, by point and replication."""
        return [self._rows[at] for at in sorted(self._rows)]

    def add(self, row: Row) -> None:
        """Add what a run came to. Raises ResultsError if the plan has no such run."""
        at = self._index.get(_key(row.point))
        if at is None or self._seeds[row.replication : row.replication + 1] != [row.seed]:
            raise ResultsError(Sentence(mark("a row is of a run that was not planned")))
        self._rows[at, row.replication] = row

    def missing(self) -> Iterator[Row]:
        """Yield the runs that are not there yet, as rows without figures.

        The first replication of every point comes first, so that there is soon something to see.
        """
        for replication, seed in enumerate(self._seeds):
            for at, point in enumerate(self._points):
                if (at, replication) not in self._rows:
                    yield Row(point, replication, seed, {})

    # --- what they say ---------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The names of all figures that there are, in the order of the runs."""
        return list(dict.fromkeys(name for row in self.rows for name in row.figures))

    def of(self, point: Mapping[str, Value]) -> list[Row]:
        """Return the rows of a point, by replication."""
        at = self._index[_key(point)]
        found = (self._rows.get((at, each)) for each in range(self.plan.replications))
        return [row for row in found if row is not None]

    def values(self, point: Mapping[str, Value], name: str) -> list[float | None]:
        """Return one figure of a point, a value a finished replication."""
        return [figure(row.figures, name) for row in self.of(point)]

    def interval(
        self, point: Mapping[str, Value], name: str, confidence: float = CONFIDENCE
    ) -> Interval | None:
        """Return the mean of a figure at a point with its interval; None if nothing has it."""
        return interval(self.values(point, name), confidence)

    def difference(
        self,
        first: Mapping[str, Value],
        second: Mapping[str, Value],
        name: str,
        confidence: float = CONFIDENCE,
    ) -> Interval | None:
        """Return the interval of ``second`` − ``first``, in pairs of the same replication."""
        one, other = (
            {row.replication: figure(row.figures, name) for row in self.of(point)}
            for point in (first, second)
        )
        both = sorted(one.keys() & other.keys())
        return paired([one[each] for each in both], [other[each] for each in both], confidence)

    def as_json(self) -> dict[str, Any]:
        """Return what was planned, and every figure of every point with its 95 % interval.

        Beside them stands what theory expects there, or why it knows nothing.
        """
        plan = self.plan
        names = self.names
        return {
            "scenario": plan.scenario,
            "seed": plan.seed,
            "python": plan.python,
            "settings": plan.settings,
            **(
                {"measured": {name: str(each) for name, each in plan.times.items()}}
                if plan.times
                else {}
            ),
            "vary": {vary.name: list(vary.values) for vary in plan.vary},
            "replications": plan.replications,
            "warmup": plan.warmup,
            "until": plan.until,
            "confidence": CONFIDENCE,
            "points": [
                {
                    "point": point,
                    "runs": len(self.of(point)),
                    "theory": theory.as_json(theory.of(plan.scenario, plan.at(point))),
                    "figures": {
                        name: msgspec.to_builtins(self.interval(point, name)) for name in names
                    },
                }
                for point in self._points
            ],
        }

    # --- files -----------------------------------------------------------------------------------

    def write(self, path: str | Path) -> None:
        """Write all to a file, in order; one that is there is replaced. Raises ResultsError."""
        lines = [_encode(_Header(FORMAT, self.plan)), *map(_encode, self.rows)]
        beside = Path(f"{path}.part")
        try:
            if Path(path).exists() and not Path(path).is_file():
                raise ValueError(tr("it is not a file"))
            # Whoever looks at the file finds the old or the new, and never a half.
            beside.write_bytes(b"".join(line + b"\n" for line in lines))
            os.replace(beside, path)
        except (OSError, ValueError) as error:
            raise _cannot("write", path, error) from None

    def write_csv(self, path: str | Path) -> None:
        """Write a row a point, for spreadsheets: what was varied, and each figure's mean and half.

        ``half`` is half the width of the 95 % interval. Raises ResultsError.
        """
        varied = [vary.name for vary in self.plan.vary]
        names = self.names
        columns = [each for name in names for each in (name, f"{name} half")]
        try:
            with Path(path).open("w", newline="", encoding="utf-8") as file:
                rows = csv.writer(file, lineterminator="\n")
                rows.writerow([*varied, "runs", *columns])
                for point in self._points:
                    found = [self.interval(point, name) for name in names]
                    cells = [
                        each
                        for one in found
                        for each in ((one.mean, one.half) if one else ("", ""))
                    ]
                    rows.writerow([*point.values(), len(self.of(point)), *cells])
        except (OSError, ValueError) as error:
            raise _cannot("write", path, error) from None


class Keeper:
    """Keeps the rows of a sweep in a file as they come: what is finished outlives the process."""

    def __init__(self, path: str | Path, results: Results) -> None:
        """Write what there is. Raises ResultsError."""
        self._path = path
        results.write(path)
        try:
            self._file = Path(path).open("ab", buffering=0)  # noqa: SIM115 (close() closes it)
        except (OSError, ValueError) as error:
            raise _cannot("write", path, error) from None

    def add(self, row: Row) -> None:
        """Write one more row. Raises ResultsError."""
        try:
            self._file.write(_encode(row) + b"\n")
        except OSError as error:
            raise _cannot("write", self._path, error) from None

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def writable(path: str | Path) -> None:
    """Raise ResultsError if a file cannot be written; none is made, and none is changed."""
    there = Path(path)
    try:
        new = not there.exists()
        there.open("ab").close()
        if new:
            there.unlink()
    except (OSError, ValueError) as error:
        raise _cannot("write", path, error) from None


def read(path: str | Path) -> Results:
    """Return the results that a file holds; a last line that was cut off is left out.

    Raises ResultsError when it cannot be read, or holds no results of this version.
    """
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except (OSError, ValueError) as error:
        raise _cannot("read", path, error) from None
    results = Results(_plan(path, lines[0]))
    decode = msgspec.json.Decoder(Row).decode
    last = len(lines) - 1  # after the last whole line there is nothing, or what was cut off
    for number, line in enumerate(lines[1:], 2):
        if number > last:
            break
        try:
            results.add(decode(line))
        except (msgspec.MsgspecError, ResultsError, UnicodeDecodeError, RecursionError):
            template = mark("{file} is damaged: line {number} is no row of this sweep")
            raise ResultsError(Sentence(template, file=_shown(path), number=number)) from None
    return results


def _plan(path: str | Path, line: bytes) -> Plan:
    try:
        header = msgspec.json.decode(line, type=_Header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        template = mark("{file} holds no results of a sweep: its first line is no plan of qdash")
        raise ResultsError(Sentence(template, file=_shown(path))) from None
    if header.format != FORMAT:
        template = mark("{file} holds results of format {format}; this qdash reads format {ours}")
        said = {"file": _shown(path), "format": header.format, "ours": FORMAT}
        raise ResultsError(Sentence(template, **said))
    return header.plan


def differences(plan: Plan, other: Plan) -> Iterator[tuple[str, object, object]]:
    """Yield what two plans do not have in common: what it is called, and both values."""
    for name, called in _CALLED.items():
        one, another = getattr(plan, name), getattr(other, name)
        if name == "settings":
            for each in SETTINGS:
                if one.get(each) != another.get(each):
                    yield each, one.get(each), another.get(each)
        elif one != another:
            yield tr(called), _plain(one), _plain(another)


_CALLED: Final = {
    "scenario": mark("scenario"),
    "seed": mark("seed"),
    "settings": "",
    "times": mark("file of times"),
    "vary": mark("grid"),
    "replications": mark("number of replications"),
    "warmup": mark("warm-up"),
    "until": mark("time to run"),
    "python": mark("Python"),
    "qdash": mark("version of qdash"),
}
"""What the parts of a plan are called."""


def _plain(value: object) -> object:
    """Return a part of a plan as a person would name it."""
    if isinstance(value, dict):
        return ", ".join(map(str, value.values()))
    if isinstance(value, tuple):
        return " × ".join(f"{vary.name}={','.join(map(str, vary.values))}" for vary in value)
    return value


_encode = msgspec.json.Encoder().encode


def _key(point: Mapping[str, Value]) -> tuple[tuple[str, type, Value], ...]:
    """Return what tells points apart; 1, 1.0 and True are three values."""
    return tuple((name, type(value), value) for name, value in sorted(point.items()))


_CANNOT: Final = {
    "read": mark("cannot read {file}: {reason}"),
    "write": mark("cannot write {file}: {reason}"),
}


def _cannot(what: str, path: str | Path, error: Exception) -> ResultsError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ResultsError(Sentence(_CANNOT[what], file=_shown(path), reason=reason))


def _shown(path: str | Path) -> str:
    """Return a file's name as one short line."""
    text = repr(str(path))
    return text if len(text) <= 100 else text[:98] + "…'"
