from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from pki_manager.domain.current_request import CURRENT_REQUEST
from pki_manager.server import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)


def test_each_line_is_an_object_with_time_level_process_and_request(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logs("info", "worker-1")
    token = CURRENT_REQUEST.set("the-request")
    try:
        logging.getLogger("pki_manager.somewhere").warning("something %s", "happened", extra={"ca": "Root\nCA"})
    finally:
        CURRENT_REQUEST.reset(token)
    [line] = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert told.pop("time").endswith("Z")
    assert told == {
        "event": "something happened",
        "level": "warning",
        "logger": "pki_manager.somewhere",
        "process": "worker-1",
        "request_id": "the-request",
        "ca": "Root\nCA",
    }


def test_what_is_below_the_level_and_what_libraries_chat_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logs("info", "worker-1")
    logging.getLogger("pki_manager.somewhere").debug("detail")
    logging.getLogger("uvicorn.error").info("Started server process")
    assert capsys.readouterr().err == ""


def test_a_traceback_has_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logs("info", "worker-1")
    password = "s3cret" + "-value"
    try:
        len(password) / 0
    except ZeroDivisionError:
        logging.getLogger("pki_manager.somewhere").exception("failed")
    told = json.loads(capsys.readouterr().err)
    assert "ZeroDivisionError" in told["exception"]
    assert "s3cret-value" not in json.dumps(told)
