"""Response bodies of key backends."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from pki_manager.ports.signer import BackendDescription, BackendState


class UseOfMinuteResponse(BaseModel):
    """Use of a key backend in one minute.

    `milliseconds` is the mean signing time, `slowest` the longest; null for none.
    """

    start: datetime
    signatures: int
    failures: int
    milliseconds: float | None
    slowest: float | None


class BackendUseResponse(BaseModel):
    """Use of a key backend by this server process. `milliseconds` is the median time of the last signatures.

    `minutes` are the minutes of the last hour in which the backend was used, oldest first.
    """

    signatures: int
    failures: int
    milliseconds: float | None
    last_error: str | None
    last_error_at: datetime | None
    minutes: list[UseOfMinuteResponse]


class Backend(BaseModel):
    """Key backend. `key_types` can be generated and used in it; `warnings` are problems that an operator must check.

    `owner` is the identity that creates and destroys keys; null if this installation does not use one.
    """

    name: str
    kind: str
    state: BackendState
    reason: str | None
    key_types: list[str]
    version: str | None
    identity: str | None
    owner: str | None
    warnings: list[str]
    use: BackendUseResponse

    @classmethod
    def of(cls, one: BackendDescription) -> Backend:
        return cls(
            name=one.name,
            kind=one.kind,
            state=one.state,
            reason=one.reason,
            key_types=list(one.key_types),
            version=one.version,
            identity=one.identity,
            owner=one.owner,
            warnings=list(one.warnings),
            use=BackendUseResponse(
                signatures=one.use.signatures,
                failures=one.use.failures,
                milliseconds=one.use.milliseconds,
                last_error=one.use.last_error,
                last_error_at=one.use.last_error_at,
                minutes=[
                    UseOfMinuteResponse.model_validate(minute, from_attributes=True) for minute in one.use.minutes
                ],
            ),
        )


class BackendPage(BaseModel):
    items: list[Backend]
    next_cursor: str | None
