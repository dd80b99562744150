"""X.509 objects: conversion between octets and domain values, without side effects.

Only this package uses pyca/cryptography and ASN.1 to read and build objects.
"""
