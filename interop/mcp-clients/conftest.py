import pytest

from place import place, serving


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def here():
    with place() as made:
        yield made


@pytest.fixture
def server(here):
    """A server on a port, with keys of everybody."""
    here.keys = {
        "trader": here.key("trader", "read", "trade", "admin"),
        "reader": here.key("reader", "read"),
        "approver": here.key("approver", "read", "approver"),
    }
    with serving(here) as url:
        yield url
