"""One map and one time course out of a filter."""

import numpy as np
import pytest
from scipy.linalg import svdvals

from sysid_analyses.separation import separate


def draw_filter(seed=0):
    return np.random.default_rng(seed).normal(size=(4, 3, 5))


def make_product():
    """A pure product whose map has norm 3 and whose time course has norm 5."""
    spatial = np.array([[0.0, 1.0, 0.0], [2.0, 2.0, 0.0]])
    temporal = np.array([0.0, -3.0, 0.0, 4.0])
    return spatial, temporal, temporal[:, None, None] * spatial


def test_a_product_gives_back_its_factors():
    spatial, temporal, product = make_product()
    separation = separate(product)
    np.testing.assert_allclose(separation.spatial, spatial / 3, atol=1e-12)
    np.testing.assert_allclose(separation.temporal, temporal / 5, atol=1e-12)
    np.testing.assert_allclose(separation.singular_values, [15, 0, 0, 0], atol=1e-12)


def test_singular_values_are_those_of_the_matrix():
    filter = draw_filter()
    np.testing.assert_allclose(separate(filter).singular_values, svdvals(filter.reshape(4, 15)))


def test_no_other_product_is_nearer():
    filter = draw_filter()
    spatial, temporal, singular_values = separate(filter)
    product = singular_values[0] * temporal[:, None, None] * spatial
    nearest = np.linalg.norm(filter - product)
    assert nearest == pytest.approx(np.sqrt(np.square(singular_values[1:]).sum()))
    for seed in range(20):
        step = 0.1 * np.random.default_rng(seed).normal(size=(3, 5))
        other = temporal[:, None, None] * (singular_values[0] * spatial + step)
        assert np.linalg.norm(filter - other) > nearest


@pytest.mark.parametrize("seed", range(5))
def test_largest_spatial_value_is_positive_and_the_time_course_has_the_sign(seed):
    one, other = separate(draw_filter(seed)), separate(-draw_filter(seed))
    assert one.spatial.flat[np.abs(one.spatial).argmax()] > 0
    np.testing.assert_allclose(other.spatial, one.spatial)
    np.testing.assert_allclose(other.temporal, -one.temporal)


def test_both_have_unit_norm_whatever_the_scale_and_type():
    separation = separate((1e-6 * draw_filter()).astype(np.float32))
    assert np.linalg.norm(separation.spatial) == pytest.approx(1)
    assert np.linalg.norm(separation.temporal) == pytest.approx(1)


def test_subtracting_the_mean_makes_two_products_of_one():
    _, temporal, product = make_product()
    bent = separate(product, subtract_mean=True)
    expected = svdvals((product - product.mean()).reshape(4, 6))
    np.testing.assert_allclose(bent.singular_values, expected, atol=1e-12)
    assert bent.singular_values[1] > 0.5
    assert abs(bent.temporal @ temporal / 5) < 0.999


def test_a_filter_of_zeros_has_no_direction():
    separation = separate(np.zeros((4, 3, 5)))
    assert not separation.spatial.any()
    assert not separation.temporal.any()
    assert not separation.singular_values.any()
