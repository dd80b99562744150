"""Key backends as they are answered."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from pki_manager.ports.signer import BackendDescription, BackendState


class UseOfMinute(BaseModel):
    """`milliseconds` is the mean over the minute's signatures, `slowest` the longest of them; null for none."""

    start: datetime
    signatures: int
    failures: int
    milliseconds: float | None
    slowest: float | None


class BackendUse(BaseModel):
    """How this process has fared with it: `milliseconds` is the median of the last signatures.

    `minutes` are those of the last hour in which something was asked of it, oldest first.
    """

    signatures: int
    failures: int
    milliseconds: float | None
    last_error: str | None
    last_error_at: datetime | None
    minutes: list[UseOfMinute]


class Backend(BaseModel):
    """`key_types` can be made and signed with there; `warnings` are what an operator should look at.

    `owner` makes and destroys keys, null when that is not ours to do.
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
    use: BackendUse

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
            use=BackendUse(
                signatures=one.use.signatures,
                failures=one.use.failures,
                milliseconds=one.use.milliseconds,
                last_error=one.use.last_error,
                last_error_at=one.use.last_error_at,
                minutes=[UseOfMinute.model_validate(minute, from_attributes=True) for minute in one.use.minutes],
            ),
        )


class BackendPage(BaseModel):
    items: list[Backend]
    next_cursor: str | None
