"""The table of object identifiers and their names."""

from __future__ import annotations

ATTRIBUTE_TYPES: dict[str, str] = {
    "CN": "2.5.4.3",
    "SN": "2.5.4.4",
    "serialNumber": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "STREET": "2.5.4.9",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "title": "2.5.4.12",
    "postalCode": "2.5.4.17",
    "GN": "2.5.4.42",
    "dnQualifier": "2.5.4.46",
    "pseudonym": "2.5.4.65",
    "organizationIdentifier": "2.5.4.97",
    "UID": "0.9.2342.19200300.100.1.1",
    "DC": "0.9.2342.19200300.100.1.25",
    "emailAddress": "1.2.840.113549.1.9.1",
}
"""Attribute types by the short names of domain.names (RFC 4519, RFC 5280 appendix A.1, X.520)."""

ATTRIBUTE_NAMES: dict[str, str] = {dotted: name for name, dotted in ATTRIBUTE_TYPES.items()}

EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
"""The PKCS #10 attribute that contains the requested extensions (RFC 2985 §5.4.2)."""

EXTENSION_REQUESTS = frozenset({EXTENSION_REQUEST, "1.3.6.1.4.1.311.2.1.14"})
"""EXTENSION_REQUEST, and szOID_CERT_EXTENSIONS (MS-WCCE §2.2.2.7.7) of old Windows versions.

OpenSSL reads both.
"""

SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
BASIC_CONSTRAINTS = "2.5.29.19"
CRL_NUMBER = "2.5.29.20"
REASON_CODE = "2.5.29.21"
INVALIDITY_DATE = "2.5.29.24"
DELTA_CRL_INDICATOR = "2.5.29.27"
NAME_CONSTRAINTS = "2.5.29.30"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
ISSUING_DISTRIBUTION_POINT = "2.5.29.28"
FRESHEST_CRL = "2.5.29.46"
NO_REV_AVAIL = "2.5.29.56"
"""The OID of noRevAvail (RFC 9608). pyca/cryptography has no class for this extension."""

ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31"
"""The OID of acmeIdentifier (RFC 8737 §6.1)."""

SID_STRING = "1.3.6.1.4.1.311.25.2.1"
"""The type-id of the otherName in the SID extension of Windows (szOID_NTDS_OBJECTSID, MS-WCCE §2.2.2.7.7.4)."""

EXTENSION_NAMES: dict[str, str] = {
    "2.5.29.9": "subjectDirectoryAttributes",
    "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.15": "keyUsage",
    "2.5.29.16": "privateKeyUsagePeriod",
    "2.5.29.17": "subjectAltName",
    "2.5.29.18": "issuerAltName",
    "2.5.29.19": "basicConstraints",
    "2.5.29.20": "cRLNumber",
    "2.5.29.21": "reasonCode",
    "2.5.29.24": "invalidityDate",
    "2.5.29.27": "deltaCRLIndicator",
    "2.5.29.28": "issuingDistributionPoint",
    "2.5.29.29": "certificateIssuer",
    "2.5.29.30": "nameConstraints",
    "2.5.29.31": "cRLDistributionPoints",
    "2.5.29.32": "certificatePolicies",
    "2.5.29.33": "policyMappings",
    "2.5.29.35": "authorityKeyIdentifier",
    "2.5.29.36": "policyConstraints",
    "2.5.29.37": "extKeyUsage",
    "2.5.29.46": "freshestCRL",
    "2.5.29.54": "inhibitAnyPolicy",
    "2.5.29.56": "noRevAvail",
    "1.3.6.1.4.1.311.20.2": "enrollCerttypeExtension",
    "1.3.6.1.4.1.311.21.1": "cAVersion",
    "1.3.6.1.4.1.311.21.7": "certificateTemplate",
    "1.3.6.1.4.1.311.21.10": "applicationCertPolicies",
    "1.3.6.1.4.1.311.25.2": "szOID_NTDS_CA_SECURITY_EXT",
    "1.3.6.1.4.1.11129.2.4.2": "signedCertificateTimestampList",
    "1.3.6.1.4.1.11129.2.4.3": "precertificatePoison",
    "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
    "1.3.6.1.5.5.7.1.3": "qcStatements",
    "1.3.6.1.5.5.7.1.11": "subjectInfoAccess",
    "1.3.6.1.5.5.7.1.24": "tlsFeature",
    "1.3.6.1.5.5.7.48.1.2": "ocspNonce",
    "1.3.6.1.5.5.7.48.1.5": "ocspNoCheck",
    "2.16.840.1.113730.1.1": "netscapeCertType",
    "2.16.840.1.113730.1.13": "netscapeComment",
}
"""Names of the extensions of certificates, CRLs, and OCSP, by OID.

The names are those of RFC 5280, 6960, 7633, and 9608, and of some vendors.
"""
