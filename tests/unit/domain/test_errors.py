"""Error classes: their codes, and what their texts contain."""

from pki_manager.domain import errors
from pki_manager.domain.errors import FieldError, Malformed, NotFound, PkiError, list_error_classes


def test_error_codes_are_unique_and_every_class_has_a_title():
    classes = list_error_classes()
    assert classes[0] is PkiError
    assert len({cls.code for cls in classes}) == len(classes)
    assert all(cls.title for cls in classes)
    declared = {cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, PkiError)}
    assert set(classes) == declared


def test_an_invalid_field_is_named():
    error = Malformed.of("csr", "csr.der", "is no DER")
    assert isinstance(error, Malformed)
    assert error.detail == "csr: is no DER"
    assert error.errors == (FieldError("csr", "csr.der", "is no DER"),)


def test_private_facts_stay_out_of_the_text():
    error = PkiError("public", secret="hush", retry_after=3)
    assert (str(error), error.facts, error.retry_after) == ("public", {"secret": "hush"}, 3)


def test_what_is_not_there_is_named():
    assert NotFound.of("profile", "x").detail == "Profile 'x' not found."
