"""Request bodies of `/tools`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, StrictBool, StrictInt, StrictStr, StringConstraints

from pki_manager.authority.installation.verify_path import PathQuestion
from pki_manager.protocols.rest.bodies.common import Body
from pki_manager.protocols.rest.fields import Line, Moment
from pki_manager.x509.path.model import DEEPEST, MAX_DEPTH

Data: TypeAlias = Annotated[
    StrictStr,
    StringConstraints(min_length=1, max_length=1024 * 1024),
    Field(description="PEM with any number of blocks, or Base64 DER"),
]


class DecodeBody(Body):
    data: Data
    password: Annotated[
        StrictStr | None, Field(max_length=1024, description="Passphrase of a PKCS #12 file. Not stored")
    ] = None


class LintBody(Body):
    data: Data


_Certificate: TypeAlias = Annotated[
    StrictStr,
    StringConstraints(min_length=1, max_length=128 * 1024),
    Field(description="Certificate, PEM or Base64 DER"),
]


class VerifyBody(Body):
    certificate: _Certificate
    intermediates: Annotated[
        list[_Certificate],
        Field(max_length=100, default_factory=list, description="Intermediate certificates, in any order"),
    ]
    trust_anchors: Annotated[
        list[_Certificate] | None,
        Field(max_length=100, description="Trust anchors. Default: the root CAs of this installation"),
    ] = None
    crls: Annotated[list[Data], Field(max_length=100, default_factory=list)]
    time: Annotated[Moment | None, Field(description="Time for which the path must be valid. Default: now")] = None
    name: Annotated[Line | None, Field(description="Name that the certificate must contain, as `DNS:…` or `IP:…`")] = (
        None
    )
    usage: Annotated[
        Line | None,
        Field(description="Extended key usage that the path must allow: `serverAuth`, `clientAuth`, … or an OID"),
    ] = None
    max_depth: Annotated[
        StrictInt, Field(ge=1, le=DEEPEST, description="Maximum number of certificates in the path")
    ] = MAX_DEPTH
    strict: Annotated[
        StrictBool,
        Field(description="Whether lint errors make the path invalid, as reasons with the code `lint`"),
    ] = False

    def to_question(self) -> PathQuestion:
        return PathQuestion(
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
