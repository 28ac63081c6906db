from collections.abc import Mapping

class Config:
    def __init__(
        self,
        *,
        connect_timeout: float = ...,
        read_timeout: float = ...,
        retries: Mapping[str, str | int] = ...,
        max_pool_connections: int = ...,
        signature_version: str = ...,
        request_checksum_calculation: str = ...,
        response_checksum_validation: str = ...,
        s3: Mapping[str, str | bool] = ...,
    ) -> None: ...
