"""Every benchmark by its name, made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.errors import InvalidRequest
from evaluation.benchmarks.model import Benchmark


def _knowgen() -> Benchmark:
    from evaluation.benchmarks.knowgen import KnowGen

    return KnowGen()


def _wise() -> Benchmark:
    from evaluation.benchmarks.wise import VERIFIED, Wise

    return Wise(VERIFIED)


def _wise_legacy() -> Benchmark:
    from evaluation.benchmarks.wise import LEGACY, Wise

    return Wise(LEGACY)


def _genevolve() -> Benchmark:
    from evaluation.benchmarks.genevolve import GenEvolve

    return GenEvolve()


def _agentgen(slice_name: str) -> Callable[[], Benchmark]:
    def make() -> Benchmark:
        from evaluation.benchmarks.agentgen import AgentGen

        return AgentGen(slice_name)

    return make


def _limner() -> Benchmark:
    from evaluation.benchmarks.limner import LimnerBench

    return LimnerBench()


OWN = "limner"
"""The benchmark whose corpus comes with Limner."""
BENCHMARKS: Mapping[str, Callable[[], Benchmark]] = {
    OWN: _limner,
    "knowgen": _knowgen,
    "wise": _wise,
    "wise-legacy": _wise_legacy,
    "genevolve": _genevolve,
    "agentgen": _agentgen("full"),
    "agentgen-testmini": _agentgen("testmini"),
    "agentgen-easy": _agentgen("easy"),
    "agentgen-hard": _agentgen("hard"),
}


def benchmark_named(name: str) -> Benchmark:
    """The benchmark of that name.

    Raises:
        InvalidRequest: There is none.
    """
    make = BENCHMARKS.get(name)
    if make is None:
        raise InvalidRequest(
            f"There is no benchmark {name!r}; choose from {', '.join(BENCHMARKS)}."
        )
    return make()
