"""What callers send to `/tools`: whatever they have in hand."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, StrictBool, StrictInt, StrictStr, StringConstraints

from pki_manager.authority.installation.verify_path import Wish
from pki_manager.protocols.rest.bodies.common import Body
from pki_manager.protocols.rest.fields import Line, Moment
from pki_manager.x509.path.model import DEEPEST, MAX_DEPTH

Data: TypeAlias = Annotated[
    StrictStr,
    StringConstraints(min_length=1, max_length=1024 * 1024),
    Field(description="PEM with any number of blocks, or base64 of DER"),
]


class DecodeBody(Body):
    data: Data
    password: Annotated[StrictStr | None, Field(max_length=1024, description="Opens PKCS#12; kept nowhere")] = None


class LintBody(Body):
    data: Data


_Certificate: TypeAlias = Annotated[
    StrictStr,
    StringConstraints(min_length=1, max_length=128 * 1024),
    Field(description="PEM, or base64 of DER"),
]


class VerifyBody(Body):
    certificate: _Certificate
    intermediates: Annotated[
        list[_Certificate], Field(max_length=100, default_factory=list, description="In any order")
    ]
    trust_anchors: Annotated[
        list[_Certificate] | None, Field(max_length=100, description="Our own roots unless given")
    ] = None
    crls: Annotated[list[Data], Field(max_length=100, default_factory=list)]
    time: Annotated[Moment | None, Field(description="Now unless given")] = None
    name: Annotated[Line | None, Field(description="`DNS:…` or `IP:…` that it must speak for")] = None
    usage: Annotated[Line | None, Field(description="`serverAuth`, `clientAuth`, … or an OID")] = None
    max_depth: Annotated[StrictInt, Field(ge=1, le=DEEPEST, description="Certificates in a path, at most")] = MAX_DEPTH
    strict: Annotated[
        StrictBool,
        Field(description="Whether lint errors in the path count, as reasons `lint`"),
    ] = False

    def wish(self) -> Wish:
        return Wish(
            certificate=self.certificate,
            intermediates=tuple(self.intermediates),
            trust_anchors=None if self.trust_anchors is None else tuple(self.trust_anchors),
            crls=tuple(self.crls),
            time=self.time,
            name=self.name,
            usage=self.usage,
            max_depth=self.max_depth,
            strict=self.strict,
        )
