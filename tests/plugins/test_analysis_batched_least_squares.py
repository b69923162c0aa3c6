"""Many least squares problems at once, each held against scipy's solver."""

import numpy as np
import pytest
from scipy.optimize import least_squares as scipy_least_squares

from sysid_analyses.batched_least_squares import Normal, least_squares

TIME = np.linspace(0, 3, 25)
LOW, HIGH = np.array([0.0, 0.1, -np.inf]), np.array([np.inf, 2.0, np.inf])


class Decays:
    """Fit a · exp(−t / τ) + c to noisy curves; count who is asked for."""

    def __init__(self, problems=6, slowest=4.0):
        generator = np.random.default_rng(0)
        scale, decay = generator.uniform(1, 3, problems), np.linspace(0.3, slowest, problems)
        clean = scale[:, None] * np.exp(-TIME / decay[:, None]) - 0.5
        self.curves = clean + 0.05 * generator.normal(size=clean.shape)
        self.asked = []

    def __call__(self, found, which):
        self.asked.append(which.copy())
        residual, jacobian = self.residuals(found, which), self.jacobian(found)
        return Normal(
            np.square(residual).sum(axis=1) / 2,
            np.einsum("ptq,pt->pq", jacobian, residual),
            np.einsum("ptq,ptr->pqr", jacobian, jacobian),
        )

    def residuals(self, found, which):
        scale, decay, offset = found.T[:, :, None]
        return scale * np.exp(-TIME / decay) + offset - self.curves[which]

    def jacobian(self, found):
        scale, decay, _ = found.T[:, :, None]
        shape = np.exp(-TIME / decay)
        return np.stack([shape, scale * shape * TIME / decay**2, np.ones_like(shape)], axis=2)


def solve_with_scipy(problems, number):
    which = np.array([number])
    return scipy_least_squares(
        lambda found: problems.residuals(found[None], which)[0], START[0], bounds=(LOW, HIGH), xtol=1e-12
    )


START = np.tile([1.0, 1.0, 0.0], (6, 1))


def test_every_problem_has_the_solution_of_scipy_also_where_a_bound_holds_it():
    problems = Decays()
    found, normal = least_squares(problems, START, LOW, HIGH)
    assert (found[-1, 1], found[0, 1] < 2) == (2.0, True)  # the slowest is held at its bound
    for number in range(6):
        expected = solve_with_scipy(problems, number)
        np.testing.assert_allclose(found[number], expected.x, rtol=1e-4)
        assert normal.cost[number] == pytest.approx(expected.cost, rel=1e-6)


def test_what_is_known_belongs_to_what_was_found():
    problems = Decays()
    found, normal = least_squares(problems, START, LOW, HIGH)
    for known, again in zip(normal, problems(found, np.arange(6)), strict=True):
        np.testing.assert_allclose(known, again, rtol=1e-12, atol=1e-12)


def test_problems_that_are_done_leave():
    problems = Decays()
    start = START.copy()
    start[2] = least_squares(problems, START, LOW, HIGH)[0][2]  # is done at once
    problems.asked.clear()
    least_squares(problems, start, LOW, HIGH)
    counts = [sum(number in which for which in problems.asked) for number in range(6)]
    assert counts[2] < min(counts[:2])
    assert len(problems.asked[-1]) < 6


def test_a_parameter_without_effect_stays_where_it_was():
    problems = Decays()

    def evaluate(found, which):
        normal = problems(found[:, :3], which)
        wider = [(0, 0), (0, 1)]
        return Normal(normal.cost, np.pad(normal.gradient, wider), np.pad(normal.matrix, [*wider, (0, 1)]))

    start = np.column_stack([START, np.full(6, 0.7)])
    found, _ = least_squares(evaluate, start, np.append(LOW, -1), np.append(HIGH, 1))
    np.testing.assert_array_equal(found[:, 3], 0.7)
    np.testing.assert_allclose(found[:, :3], least_squares(problems, START, LOW, HIGH)[0], rtol=1e-6)


def test_a_step_into_nowhere_is_taken_back():
    def evaluate(found, which):
        with np.errstate(invalid="ignore"):
            residual = np.log(found[:, 0]) - 1  # a whole step from 20 leads below 0
        slope = 1 / found[:, 0]
        return Normal(residual**2 / 2, (slope * residual)[:, None], (slope**2)[:, None, None])

    unbounded = np.array([np.inf])
    found, _ = least_squares(evaluate, np.array([[20.0]]), -unbounded, unbounded)
    np.testing.assert_allclose(found, np.e, rtol=1e-6)
