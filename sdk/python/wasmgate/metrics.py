"""The plugin's own metrics, registered in `configure`."""

from . import host
from .host import call


class Counter:
    """A number that grows."""

    def __init__(self, name: str, help: str) -> None:
        self._number = call(host.metrics.counter, name, help)

    def add(self, value: float = 1) -> None:
        host.metrics.add(self._number, value)


class Gauge:
    """A number that rises and falls."""

    def __init__(self, name: str, help: str) -> None:
        self._number = call(host.metrics.gauge, name, help)

    def add(self, value: float) -> None:
        host.metrics.add(self._number, value)

    def set(self, value: float) -> None:
        host.metrics.observe(self._number, value)


class Histogram:
    """How values are spread over these upper bounds."""

    def __init__(self, name: str, help: str, bounds: list[float]) -> None:
        self._number = call(host.metrics.histogram, name, help, bounds)

    def record(self, value: float) -> None:
        host.metrics.observe(self._number, value)
