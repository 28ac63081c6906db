from types import TracebackType
from typing import Any, BinaryIO, Self

class C2paError(Exception): ...

class C2paSigningAlg:
    ES256: C2paSigningAlg

class C2paSignerInfo:
    def __init__(
        self, alg: C2paSigningAlg, sign_cert: bytes, private_key: bytes, ta_url: bytes | None
    ) -> None: ...

class _Resource:
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

class Settings(_Resource):
    @classmethod
    def from_dict(cls, config: dict[str, Any]) -> Settings: ...

class Context(_Resource):
    def __init__(self, settings: Settings | None = None) -> None: ...

class Signer(_Resource):
    @classmethod
    def from_info(cls, signer_info: C2paSignerInfo) -> Signer: ...

class Builder(_Resource):
    def __init__(self, manifest_json: dict[str, Any], context: Context | None = None) -> None: ...
    def sign(self, signer: Signer, format: str, source: BinaryIO, dest: BinaryIO) -> bytes: ...

class Reader(_Resource):
    def __init__(
        self, format_or_path: str, stream: BinaryIO, *, context: Context | None = None
    ) -> None: ...
    def json(self) -> str: ...
    def get_validation_state(self) -> str | None: ...
