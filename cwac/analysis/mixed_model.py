"""The model behind the forecasts: venue, town, weekday, hour and season each push the guests up or down by a factor.

A factor seen at few events is drawn toward 1, and more so if such factors differ little from one another. Besides, all
factors together may drift: the level of each 60 days is near that of the 60 days before.

In a formula: y = ln(3 + guests) = m + Σ u[label] + w[block] + e, over the labels in `KINDS`, with u ~ N(0, t²) for each
kind, w a random walk over blocks of 60 days and e ~ N(0, s²): a linear mixed model. The u and w are its best linear
unbiased predictions, from Henderson's mixed-model equations; the variances are estimated by EM-REML (Searle, Casella
and McCulloch, "Variance Components", 1992, chapters 7 and 8). A weekday counts twice: everywhere, and at its venue.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cwac.analysis.attendance import season
from cwac.model import Event

if TYPE_CHECKING:
    from numpy.typing import NDArray

OLDEST = 500
"""The most counted events in the model, the latest ones, since older ones say little about next month."""
SHIFT = 3
"""Added to a count before its logarithm, so that 0 and 2 guests are not worlds apart."""
BLOCK_DAYS = 60
KINDS = ("venue", "town", "weekday", "hour", "season", "venue weekday")
_NESTED, _WALK = "venue weekday", "walk"
_LARGEST_LOG = 30.0
"""Above it a forecast is nonsense, and its exponential might overflow."""
_HOURS = ((9, "before 9 AM"), (11, "9 to 11 AM"), (14, "11 AM to 2 PM"), (17, "2 to 5 PM"), (24, "after 5 PM"))

Counted = tuple[Event, float]
Labels = Mapping[str, str]


def to_log(guests: float) -> float:
    return math.log(SHIFT + guests)


def to_guests(log: float) -> float:
    return max(0.0, math.exp(min(log, _LARGEST_LOG)) - SHIFT)


def labels_of(event: Event) -> Labels:
    """Kind -> the event's label of that kind; unknown ones are left out."""
    venue = event.venue.name if event.venue else event.venue_text
    weekday = str(event.date.weekday())
    labels = {"weekday": weekday, "season": season(event.date)}
    if venue is not None:
        labels["venue"] = f"{venue.casefold()}, {event.town or ''}"
        labels["venue weekday"] = f"{labels['venue']}, {weekday}"
    if event.town is not None:
        labels["town"] = event.town
    if event.start is not None:
        labels["hour"] = next(band for before, band in _HOURS if event.start.hour < before)
    return labels


@dataclass(frozen=True, slots=True)
class Model:
    """The mixed model, estimated from `n` events.

    `effects[0]` is m, and `places` has the index of each label's effect; the effects of `blocks` come last.
    `covariance` is that of the prediction errors; `variances` are t² by kind, that of one step of the walk among them,
    and `noise` is s².
    """

    n: int
    places: Mapping[tuple[str, str], int]
    blocks: Sequence[int]
    effects: NDArray[Any]
    covariance: NDArray[Any]
    variances: Mapping[str, float]
    noise: float

    def expected(self, event: Event, labels: Labels) -> float:
        """The expected logarithm. A label not seen before adds nothing."""
        return float(self.effects[self._own(event, labels)].sum())

    def deviation(self, event: Event, labels: Labels) -> float:
        """The standard deviation of the count from `expected`, larger for new labels and long after the last block."""
        own = self._own(event, labels)
        unseen = math.fsum(self.variances[kind] for kind, label in labels.items() if (kind, label) not in self.places)
        steps = max(0, _block(event) - self.blocks[self._nearest(event)])
        variance = float(self.covariance[own][:, own].sum()) + unseen + steps * self.variances[_WALK] + self.noise
        return math.sqrt(variance)

    def _own(self, event: Event, labels: Labels) -> list[int]:
        """The indexes of the event's effects."""
        seen = [self.places[label] for label in labels.items() if label in self.places]
        return [0, *seen, 1 + len(self.places) + self._nearest(event)]

    def _nearest(self, event: Event) -> int:
        """The last block up to the event's, else the first."""
        return max(0, bisect_right(self.blocks, _block(event)) - 1)


def _block(event: Event) -> int:
    return event.date.toordinal() // BLOCK_DAYS


def estimate(past: Sequence[Counted], start: Model | None = None, labels: Sequence[Labels] | None = None) -> Model:
    """Estimate the model, in fewer steps if `start` is an earlier one; `labels` are those of `past` if at hand."""
    import numpy as np

    latest = past[-OLDEST:]
    of_events = [labels_of(event) for event, _ in latest] if labels is None else labels[-OLDEST:]
    distinct = dict.fromkeys(label for of_event in of_events for label in of_event.items())
    # Those of a venue on a weekday come first, as `_Equations` wants it.
    ordered = sorted(distinct, key=lambda label: label[0] != _NESTED)
    places = {label: place for place, label in enumerate(ordered, start=1)}
    blocks = sorted({_block(event) for event, _ in latest})
    place_of_block = {block: place for place, block in enumerate(blocks, start=len(places) + 1)}
    logs = np.array([to_log(guests) for _, guests in latest])
    size = 1 + len(places) + len(blocks)
    design = np.zeros((len(latest), size))
    design[:, 0] = 1
    for row, (event, _), of_event in zip(design, latest, of_events, strict=True):
        row[[*(places[label] for label in of_event.items()), place_of_block[_block(event)]]] = 1
    total, products = float(logs @ logs), logs @ design
    nested = slice(1, 1 + sum(kind == _NESTED for kind, _ in places))
    by_kind = {kind: np.array([place for label, place in places.items() if label[0] == kind], int) for kind in KINDS}
    walk, in_walk = _walk(blocks), slice(1 + len(places), size)
    equations = _Equations(design, products, nested)
    shrinkage = np.zeros(size)
    spread = max(float(logs.var()), 1e-4)
    # The many labels of a venue on a weekday, and the walk, begin small: EM leaves a large start slowly, and would
    # take for them what in a short series is noise.
    first = {**dict.fromkeys(KINDS, spread / 10), _NESTED: spread / 50, _WALK: spread / 500}
    variances = dict(start.variances) if start else first
    noise = start.noise if start else spread / 2
    # EM never overshoots, so the number of steps is fixed instead of depending on a tolerance.
    steps = 8 if start else 60
    for step in range(steps + 1):
        for kind, own in by_kind.items():
            shrinkage[own] = 1 / variances[kind]
        effects = equations.solve(noise, shrinkage, walk / variances[_WALK])
        if step == steps:
            break
        errors = equations.error_variances()
        levels = effects[in_walk]
        steps_of_walk = float(levels @ walk @ levels)
        error_of_walk = float((walk * equations.error_covariance_of_last(len(blocks))).sum())
        # With Q = design' design: (Q / noise + shrinkage) @ effects = products / noise, and (Q / noise + shrinkage) @
        # covariance = 1. So neither the residuals nor the trace of Q @ covariance needs Q itself.
        residual = total - effects @ products - noise * (shrinkage @ effects**2 + steps_of_walk / variances[_WALK])
        trace = noise * (size - shrinkage @ errors - error_of_walk / variances[_WALK])
        noise = max(float(residual + trace) / len(latest), 1e-6)
        for kind, own in by_kind.items():
            if len(own):
                variances[kind] = max(float(effects[own] @ effects[own] + errors[own].sum()) / len(own), 1e-6)
        variances[_WALK] = max((steps_of_walk + error_of_walk) / len(blocks), 1e-6)
    return Model(len(past), places, blocks, effects, equations.covariance(), variances, noise)


class _Equations:
    """Henderson's equations: the effects, and the covariance of their prediction errors.

    An event has one venue and weekday, so their part of the matrix is diagonal. Eliminating them (by the Schur
    complement) leaves a much smaller matrix to invert. Called `nested` here, they are effects 1, 2 and so on.
    """

    def __init__(self, design: NDArray[Any], products: NDArray[Any], nested: slice) -> None:
        import numpy as np

        self._nested, self._products = nested, products
        self._rest = np.delete(np.arange(design.shape[1]), nested)
        rest = design[:, self._rest]
        self._squares = rest.T @ rest
        self._across = design[:, nested].T @ rest
        self._counts = design[:, nested].sum(axis=0)

    def solve(self, noise: float, shrinkage: NDArray[Any], of_walk: NDArray[Any]) -> NDArray[Any]:
        """The effects, where `shrinkage` is 1 / t² of each and `of_walk` the precision of the last ones."""
        import numpy as np

        self._diagonal = self._counts / noise + shrinkage[self._nested]
        self._ratios = self._across / (noise * self._diagonal)[:, None]
        precision = (self._squares - self._across.T @ self._ratios) / noise
        precision.flat[:: len(precision) + 1] += shrinkage[self._rest]
        precision[-len(of_walk) :, -len(of_walk) :] += of_walk
        self._inverse = np.linalg.inv(precision)
        right = self._products / noise
        effects = np.empty(len(right))
        effects[self._rest] = self._inverse @ (right[self._rest] - self._ratios.T @ right[self._nested])
        effects[self._nested] = right[self._nested] / self._diagonal - self._ratios @ effects[self._rest]
        return effects

    def error_variances(self) -> NDArray[Any]:
        """The diagonal of the covariance."""
        import numpy as np

        variances = np.empty(len(self._products))
        variances[self._rest] = np.diagonal(self._inverse)
        variances[self._nested] = 1 / self._diagonal + ((self._ratios @ self._inverse) * self._ratios).sum(axis=1)
        return variances

    def error_covariance_of_last(self, n: int) -> NDArray[Any]:
        return self._inverse[-n:, -n:]

    def covariance(self) -> NDArray[Any]:
        import numpy as np

        whole = np.empty((len(self._products), len(self._products)))
        across = -self._ratios @ self._inverse
        whole[np.ix_(self._rest, self._rest)] = self._inverse
        whole[self._nested, self._rest] = across
        whole[self._rest, self._nested] = across.T
        whole[self._nested, self._nested] = np.diag(1 / self._diagonal) - across @ self._ratios.T
        return whole


def _walk(blocks: Sequence[int]) -> NDArray[Any]:
    """The precision of a random walk over these blocks that begins near 0, for a variance of 1 a block."""
    import numpy as np

    gaps = np.diff(blocks, prepend=blocks[0] - 1)
    steps = (np.eye(len(blocks)) - np.eye(len(blocks), k=-1)) / np.sqrt(gaps)[:, None]
    return steps.T @ steps
