"""Subjects and key templates."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutch_pause import InvalidPause, PauseEvent, PauseSettings
from hutch_pause.names import Names

usual = Names(PauseSettings())


def test_the_keys_are_the_documented_ones_by_default() -> None:
    assert usual.all() == ("PAUSE", "ALL")
    assert usual.subject("c9") == ("PAUSE", "c9")
    assert usual.counter("c9") == ("COUNTER", "c9", "msgs")


@pytest.mark.req("SM-05", "C-54")
@given(st.text())
def test_no_subject_has_the_key_of_all(subject: str) -> None:
    try:
        usual.check(subject)
    except InvalidPause:
        return
    assert ":" not in subject
    made = {usual.subject(subject), usual.counter(subject)}
    assert usual.all() not in made
    assert ":".join(usual.subject(subject)).casefold() != "pause:all"


@pytest.mark.req("SM-05")
def test_another_template_reserves_another_name() -> None:
    names = Names(PauseSettings(all_key="off:everybody", subject_key="off:{subject}"))
    for subject in ("everybody", "Everybody", "ALL"):
        with pytest.raises(InvalidPause, match="use pause_all"):
            names.check(subject)
    names.check("anybody")


@pytest.mark.parametrize(
    ("templates", "message"),
    [
        ({"subject_key": "PAUSE"}, "subject_key='PAUSE': one of its parts must be {subject}"),
        ({"subject_key": "{subject}:{subject}"}, "one of its parts must be"),
        ({"subject_key": "PAUSE:x{subject}"}, "one of its parts must be"),
        ({"counter_key": "C::{subject}"}, "counter_key='C::{subject}': one of its parts"),
        ({"all_key": "PAUSE:{subject}"}, "all_key='PAUSE:{subject}': it has no subject"),
        ({"all_key": ""}, "all_key='': it has no subject or empty part"),
        ({"counter_key": "PAUSE:{subject}"}, "subject_key and counter_key are the same"),
    ],
)
def test_a_template_that_cannot_work_is_refused(templates: Any, message: str) -> None:
    with pytest.raises(InvalidPause) as raised:
        Names(PauseSettings(**templates))
    assert message in str(raised.value)


@pytest.mark.parametrize("subject", [None, 7, True])
def test_a_subject_is_a_text(subject: Any) -> None:
    with pytest.raises(InvalidPause, match="use a text"):
        usual.check(subject)


@pytest.mark.req("SM-17")
@given(
    st.text(),
    st.sampled_from(["pause", "resume"]),
    st.none() | st.integers(1),
    st.none() | st.text(),
)
def test_events_come_back_as_they_went(
    subject: str, action: Any, expires_at: int | None, reason: str | None
) -> None:
    event = PauseEvent(subject=subject, action=action, expires_at=expires_at, reason=reason)
    text = event.model_dump_json()
    assert set(json.loads(text)) == {"contactId", "action", "expiresAt", "reason"}
    assert PauseEvent.model_validate_json(text) == event


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", '{"contactId": "a"}', "null"])
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        PauseEvent.model_validate_json(text)
