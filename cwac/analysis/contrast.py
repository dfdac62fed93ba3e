"""The linear mixed model behind trends and comparisons: fixed effects, with random places and quarters.

y = X b + u[place] + w[quarter] + e, with u ~ N(0, p s²), w ~ N(0, q s²) and e ~ N(0, s²). The ratios p and q have the
highest restricted likelihood (REML) on a grid that is refined twice, so that the result depends on no start and no
tolerance. b and its errors come from Henderson's mixed-model equations at these ratios (Searle, Casella and McCulloch,
"Variance Components", 1992, chapters 6 and 7). Their places' part is diagonal and is eliminated first, so that the cost
depends on the number of quarters and places, hardly on that of events.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_RATIOS = (0.0, *(2.0**power for power in range(-8, 7)))
"""The first grid for p and q."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The fixed effects `effects` and their `covariance`; `level` is the mean effect of the events' places.

    `cross` and `base` extend the covariance to the level: see `predict`. `typical` are the expected guests of each
    event at its place; `spread` is s, and `ratios` are p and q.
    """

    effects: NDArray[Any]
    covariance: NDArray[Any]
    level: float
    cross: NDArray[Any]
    base: float
    typical: NDArray[Any]
    spread: float
    ratios: tuple[float, float]

    def predict(self, row: Sequence[float]) -> tuple[float, float]:
        """y at an average event with this row of X, and its standard error."""
        variance = row @ self.covariance @ row - 2 * (self.cross @ row) + self.base
        return float(row @ self.effects) + self.level, math.sqrt(max(float(variance), 0.0))


def fit(logs: NDArray[Any], fixed: NDArray[Any], places: NDArray[Any], quarters: NDArray[Any]) -> Fit | None:
    """The fit of `logs`; `places` and `quarters` are numbers from 0. None if nothing is left to scatter."""
    import numpy as np

    sums = _Sums(logs, fixed, places, quarters)
    place_ratios = quarter_ratios = np.array(_RATIOS)
    for width in (1.0, 0.25, None):
        place_ratio, quarter_ratio = sums.most_likely(place_ratios, quarter_ratios)
        if width is not None:
            steps = 2.0 ** (np.arange(-4, 5) * (width / 4))
            place_ratios, quarter_ratios = place_ratio * steps, quarter_ratio * steps
    return sums.solve(place_ratio, quarter_ratio)


class _Sums:
    """The cross-products of the model, and its solution at given ratios."""

    def __init__(self, logs: NDArray[Any], fixed: NDArray[Any], places: NDArray[Any], quarters: NDArray[Any]) -> None:
        import numpy as np

        self.n, self.columns = fixed.shape
        self.quarters, n_places = int(quarters.max()) + 1, int(places.max()) + 1
        self.fixed, self.places = fixed, places
        self.middle = float(logs.mean())
        dense = np.column_stack([fixed, logs - self.middle])
        self.rounding = 1e-10 * (1 + float(dense[:, -1] @ dense[:, -1]))

        def summed(by: NDArray[Any], groups: int) -> NDArray[Any]:
            return np.column_stack([np.bincount(by, column, groups) for column in dense.T])

        in_quarters = summed(quarters, self.quarters)
        self.squares = np.block(
            [[np.diag(np.bincount(quarters, minlength=self.quarters)), in_quarters], [in_quarters.T, dense.T @ dense]]
        )
        both = np.bincount(places * self.quarters + quarters, minlength=n_places * self.quarters)
        self.at_places = np.column_stack([both.reshape(n_places, self.quarters), summed(places, n_places)])
        self.visits = np.bincount(places, minlength=n_places)

    def most_likely(self, place_ratios: NDArray[Any], quarter_ratios: NDArray[Any]) -> tuple[float, float]:
        """The pair of ratios with the highest restricted likelihood."""
        import numpy as np

        factors = self._factors(place_ratios, quarter_ratios)
        diagonal = np.diagonal(factors, axis1=-2, axis2=-1)
        freedom = self.n - self.columns
        criterion = 2 * np.log(diagonal[..., :-1]).sum(-1) + freedom * 2 * np.log(diagonal[..., -1])
        criterion += np.log1p(np.multiply.outer(place_ratios, self.visits)).sum(-1)[:, None]
        place, quarter = np.unravel_index(np.argmin(criterion), criterion.shape)
        return float(place_ratios[place]), float(quarter_ratios[quarter])

    def _factors(self, place_ratios: NDArray[Any], quarter_ratios: NDArray[Any]) -> NDArray[Any]:
        """The Cholesky factors of Henderson's equations without the places, in the order quarters, X, y."""
        import numpy as np

        weights = place_ratios[:, None] / (1 + place_ratios[:, None] * self.visits)
        reduced = self.squares - np.einsum("gv,vi,vj->gij", weights, self.at_places, self.at_places, optimize=True)
        scales = np.ones((len(quarter_ratios), len(self.squares)))
        scales[:, : self.quarters] = np.sqrt(quarter_ratios)[:, None]
        scaled = reduced[:, None] * scales[:, :, None] * scales[:, None, :]
        scaled += np.diag(np.arange(len(self.squares)) < self.quarters)
        scaled[..., -1, -1] += self.rounding  # keeps the factor real where the fit is exact
        return np.linalg.cholesky(scaled)

    def solve(self, place_ratio: float, quarter_ratio: float) -> Fit | None:
        import numpy as np

        factor = self._factors(np.array([place_ratio]), np.array([quarter_ratio]))[0, 0]
        if factor[-1, -1] ** 2 < 100 * self.rounding:
            return None
        spread = float(factor[-1, -1]) / math.sqrt(self.n - self.columns)
        size = self.quarters + self.columns
        inverse = np.linalg.inv(factor[:size, :size] @ factor[:size, :size].T)
        scale = np.ones(size)
        scale[: self.quarters] = math.sqrt(quarter_ratio)
        inverse = inverse * scale[:, None] * scale
        effects = scale * np.linalg.solve(factor[:size, :size].T, factor[-1, :size])
        effects_of_fixed = effects[self.quarters :].copy()
        effects_of_fixed[0] += self.middle
        weights = place_ratio / (1 + place_ratio * self.visits)
        of_places = weights * (self.at_places[:, -1] - self.at_places[:, :size] @ effects)
        share = self.visits / self.n
        moved = (self.at_places[:, :size] * (weights * share)[:, None]).sum(0)
        x = slice(self.quarters, size)
        fitted = self.fixed @ effects_of_fixed + of_places[self.places]
        return Fit(
            effects=effects_of_fixed,
            covariance=spread**2 * inverse[x, x],
            level=float(share @ of_places),
            cross=spread**2 * (inverse @ moved)[x],
            base=spread**2 * float(share @ (weights * share) + moved @ inverse @ moved),
            typical=np.maximum(np.expm1(fitted), 0.0),
            spread=spread,
            ratios=(place_ratio, quarter_ratio),
        )
