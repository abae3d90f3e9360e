"""How far a number may be chance. Counts are as shown, rounded, so each may be off by half of what it is rounded to.

No library for statistics is among the run-time packages; each method here is a textbook one of a few lines.
"""

import math
import statistics
from collections.abc import Sequence

from shared.insights.suppression import BASE

SURE = 0.95
SLACK = BASE / 2
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
           2.120, 2.110, 2.101, 2.093, 2.086)  # fmt: skip
"""The 0.975 quantile of Student's t for 1, 2, ... degrees of freedom; for more, the last."""


def ratio_bounds(before: Sequence[int], after: Sequence[int], sure: float) -> tuple[float, float]:
    """Between which the ratio of two rates lies, at whichever ends of the rounding make that widest.

    exp(ln(b/a) +- z sqrt(1/a + 1/b)), for two Poisson counts: Rothman, Modern Epidemiology.

    :param before: counts of as many equal spans of time
    :param sure: how often the interval should hold the truth, as 0.95
    """
    errors = statistics.NormalDist().inv_cdf((1 + sure) / 2)
    few_after, many_after = max(0.0, sum(after) - SLACK * len(after)), sum(after) + SLACK * len(after)
    few_before, many_before = max(0.0, sum(before) - SLACK * len(before)), sum(before) + SLACK * len(before)
    share = len(before) / len(after)
    low = _bound(few_after, many_before, share, -errors) if few_after else 0.0
    high = _bound(many_after, few_before, share, errors) if few_before else math.inf
    return low, high


def _bound(after: float, before: float, share: float, errors: float) -> float:
    return after / before * share * math.exp(errors * math.sqrt(1 / after + 1 / before))


def surprise(before: int, after: int) -> float:
    """How probable so large a difference between two equal spans is if nothing changed (two-sided, exact).

    Given their sum, the later of two Poisson counts is binomial with one half: Przyborowski and Wilenski, Biometrika 31
    (1940) 313. Taken at the ends of the rounding that speak least for a change, so never too small.
    """
    fewer, more = sorted((before, after))
    fewer, more = fewer + BASE // 2, max(0, more - BASE // 2)
    if more <= fewer:
        return 1.0
    together = fewer + more
    tail = ways = 1
    for each in range(fewer):
        ways = ways * (together - each) // (each + 1)
        tail += ways
    return float(min(1.0, 2 * tail / 2**together))


def corrected(surprises: Sequence[float]) -> list[float]:
    """The same, for all that were looked at together: who calls those of at most q a change is wrong about a share of q
    of them on average. Benjamini and Hochberg, J. R. Stat. Soc. B 57 (1995) 289."""
    falling = sorted(range(len(surprises)), key=lambda at: surprises[at], reverse=True)
    least, found = 1.0, [1.0] * len(surprises)
    for passed, at in enumerate(falling):
        least = min(least, surprises[at] * len(surprises) / (len(surprises) - passed))
        found[at] = least
    return found


def usual(past: Sequence[int]) -> tuple[float, float, float]:
    """The mean of past counts, and between which a new one lies at least 19 times in 20 if nothing is unusual.

    The variance is as large as the past shows it, never smaller than that of rare events; counts are made symmetric by
    the power 2/3: Farrington et al., J. R. Stat. Soc. A 159 (1996) 547, without trend. Student's t in place of the
    normal quantile, because the past is short.
    """
    mean, many = max(sum(past) / len(past), 1 / len(past)), len(past)
    spread = max(1.0, sum((each - mean) ** 2 for each in past) / (many - 1) / mean)
    errors = STUDENT[min(many - 1, len(STUDENT)) - 1]
    reach = 2 / 3 * errors * math.sqrt(spread * mean * (1 + 1 / many)) / mean
    return sum(past) / many, mean * max(0.0, 1 - reach) ** 1.5, mean * (1 + reach) ** 1.5
