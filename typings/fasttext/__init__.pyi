from collections.abc import Sequence

class FastText:
    def predict(
        self, text: str, k: int = 1, threshold: float = 0.0
    ) -> tuple[tuple[str, ...], Sequence[float]]: ...

def load_model(path: str) -> FastText: ...
