import pickle

import pytest

from serve_app import errors
from serve_app.errors import ERRORS, AppError, Internal, from_failure
from serve_app.types import Failure


def test_every_error_is_in_the_table_with_a_kind_of_its_own() -> None:
    defined = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, AppError)} - {
        AppError
    }
    assert defined == set(ERRORS)
    assert len({error.kind for error in ERRORS}) == len(ERRORS)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("bad_request", 400),
        ("not_found", 404),
        ("method_not_allowed", 405),
        ("reader_too_slow", 408),
        ("body_too_large", 413),
        ("unsupported_media_type", 415),
        ("validation", 422),
        ("input_too_long", 422),
        ("too_many_items", 422),
        ("overloaded", 429),
        ("cancelled", 499),
        ("internal", 500),
        ("model_error", 500),
        ("replica_died", 500),
        ("not_ready", 503),
        ("out_of_memory", 503),
        ("timeout", 504),
    ],
)
def test_statuses(kind: str, status: int) -> None:
    assert {error.kind: error.status for error in ERRORS}[kind] == status


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_survives_the_way_as_a_value(kind: type[AppError]) -> None:
    failure = kind("what is wrong", "field").as_failure(started=False)
    assert failure == Failure(kind.kind, "what is wrong", "field", False)
    error = from_failure(failure)
    assert (type(error), str(error), error.message, error.field) == (kind, "what is wrong", "what is wrong", "field")


def test_a_kind_that_nobody_knows_is_our_own_fault() -> None:
    error = from_failure(Failure("novel", "what is wrong"))
    assert (type(error), str(error)) == (Internal, "what is wrong")


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_survives_pickling(kind: type[AppError]) -> None:
    error = pickle.loads(pickle.dumps(kind("words", "field", 2.5)))
    assert (type(error), str(error), error.field, error.retry_after_s) == (kind, "words", "field", 2.5)
