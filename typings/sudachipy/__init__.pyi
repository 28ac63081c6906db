from collections.abc import Iterable

class SplitMode:
    C: SplitMode

class Morpheme:
    def surface(self) -> str: ...
    def part_of_speech(self) -> tuple[str, ...]: ...

class Tokenizer:
    def tokenize(self, text: str) -> Iterable[Morpheme]: ...

class Dictionary:
    def __init__(self, *, dict: str) -> None: ...  # noqa: A002
    def tokenizer(self, mode: SplitMode = ...) -> Tokenizer: ...
