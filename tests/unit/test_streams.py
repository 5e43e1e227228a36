"""Randomness: what a seed, a name and a block promise."""

import hashlib

import numpy as np
import pytest

from withless.streams import BLOCK, NameTaken, Streams, blocks


def test_a_latin_hypercube_puts_one_draw_in_every_64th() -> None:
    u = Streams(1, 0).lhs("venues.lam")
    assert sorted(np.floor(u * BLOCK).astype(int)) == list(range(BLOCK))


def test_the_hypercube_is_philox_keyed_by_blake2b_of_seed_name_and_block() -> None:
    digest = hashlib.blake2b(digest_size=32)
    for part in ("7", "a", "lhs", "3"):
        digest.update(len(part).to_bytes(4, "big") + part.encode())
    g = np.random.Generator(np.random.Philox(np.random.SeedSequence(int.from_bytes(digest.digest(), "big"))))
    expected = (g.permutation(64) + g.random(64)) / 64
    assert np.array_equal(Streams(7, 3).lhs("a"), expected)


def test_names_blocks_and_seeds_give_different_numbers() -> None:
    base = Streams(1, 0).lhs("a")
    for other in (Streams(1, 0).lhs("b"), Streams(1, 1).lhs("a"), Streams(2, 0).lhs("a")):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.5
        assert not np.array_equal(base, other)


def test_a_name_used_twice_raises() -> None:
    streams = Streams(1, 0)
    streams.lhs("a")
    with pytest.raises(NameTaken, match="'a' was used twice"):
        streams.uniforms("a", ["v1"], 4)


def test_adding_a_venue_reordering_or_more_quarters_leaves_luck_alone() -> None:
    short = Streams(1, 0).uniforms("fold", ["v1", "v2"], 4)
    longer = Streams(1, 0).uniforms("fold", ["v3", "v2", "v1"], 40)
    assert np.array_equal(short[:, 0], longer[:, 2, :4])
    assert np.array_equal(short[:, 1], longer[:, 1, :4])


def test_luck_is_uniform_and_independent_between_entities() -> None:
    u = np.concatenate([Streams(1, k).uniforms("fold", ["v1", "v2"], 20) for k in range(16)])
    assert abs(u.mean() - 0.5) < 0.005
    assert abs(np.corrcoef(u[:, 0].ravel(), u[:, 1].ravel())[0, 1]) < 0.03


def test_several_blocks_at_once_are_each_by_itself_end_to_end() -> None:
    together, apart = Streams(3, 1, 3), [Streams(3, k) for k in (1, 2, 3)]
    assert np.array_equal(together.lhs("a"), np.concatenate([s.lhs("a") for s in apart]))
    luck = np.concatenate([s.uniforms("fold", ["v1", "v2"], 5) for s in apart])
    assert np.array_equal(together.uniforms("fold", ["v1", "v2"], 5), luck)


def test_draws_are_rounded_up_to_whole_blocks() -> None:
    assert [blocks(n) for n in (1, 64, 65, 1000)] == [1, 1, 2, 16]
    with pytest.raises(ValueError, match="expected 1 or more"):
        blocks(0)


def test_hypercube_means_are_far_steadier_than_independent_draws() -> None:
    means = np.array([Streams(s, 0).lhs("x").mean() for s in range(100)])
    assert means.std() < 0.2 * np.sqrt(1 / 12 / BLOCK)


def test_shared_uniforms_through_inverse_cdfs_keep_the_pairing_that_a_sampler_loses() -> None:
    # 2,000 venues fold with chance 0.10 under one plan and 0.11 under another
    entities, draws = [f"v{i}" for i in range(2000)], 16
    paired, apart = [], []
    for k in range(draws):
        u = Streams(1, k).uniforms("fold", entities, 1)[:, :, 0]
        other = Streams(2, k).uniforms("fold", entities, 1)[:, :, 0]
        paired.append((u < 0.11).sum(axis=1) - (u < 0.10).sum(axis=1))
        apart.append((u < 0.11).sum(axis=1) - (other < 0.10).sum(axis=1))
    assert np.std(paired) < 0.3 * np.std(apart)
