"""Runs last: what the SDK offers and no test has called."""

from conftest import called, public_methods


def test_every_public_method_was_called():
    assert sorted(public_methods() - called) == []
