"""Whose sets are shown: the switch, what may be told about somebody, and what is remembered."""

from hand_queue import HandQueue
from streamlit.testing.v1 import AppTest

from hipform.store import preferences
from hipform.store.history import open_history
from hipform.ui.settings import main_script


def visit() -> AppTest:
    at = AppTest.from_file(str(main_script()), default_timeout=20).run()
    assert not at.exception, at.exception
    return at


def switch(at: AppTest):
    return at.selectbox(key="person_switch")


def press(at: AppTest, label: str) -> AppTest:
    next(one for one in at.button if one.label == label).click().run()
    assert not at.exception, at.exception
    return at


def test_the_first_person_is_me(jobs: HandQueue) -> None:
    at = visit()
    assert switch(at).options == ["Me"]


def adding() -> None:
    """The opened dialog: AppTest cannot run it again by itself, as the browser does."""
    from hipform.ui.person import _add

    _add()


def editing() -> None:
    from hipform.store.history import open_history
    from hipform.ui.person import _edit, current_person

    _edit(current_person(), alone=len(open_history().people()) == 1)


def test_somebody_added_is_chosen_also_in_the_next_visit(jobs: HandQueue) -> None:
    assert press(visit(), "Add").text_input(key="person_name").value == ""
    at = AppTest.from_function(adding).run()
    at.text_input(key="person_name").input("Anna *B*")
    at.number_input(key="person_height").set_value(171)
    at.button(key="person_add_now").click().run()
    assert not at.exception
    added = open_history().people()[1]
    assert (added.name, added.height_m, added.leg_length_m) == ("Anna *B*", 1.71, None)
    assert switch(visit()).value == added.id


def test_a_choice_lasts_and_bringing_back_the_defaults_leaves_it(jobs: HandQueue) -> None:
    anna = open_history().add_person("Anna")
    switch(visit()).select(anna.id).run()
    assert preferences.load().person == anna.id
    at = visit()
    at.switch_page("page/settings.py").run()
    press(at, "Bring them back")
    assert switch(visit()).value == anna.id


def test_somebody_is_renamed_and_a_name_that_is_taken_is_refused_with_words(jobs: HandQueue) -> None:
    open_history().add_person("Anna")
    assert press(visit(), "Edit").text_input(key="person_name").value == "Me"
    at = AppTest.from_function(editing).run()
    at.text_input(key="person_name").input("Anna")
    at.button(key="person_save").click().run()
    assert "somebody called Anna" in at.error[0].value
    at.text_input(key="person_name").input("Bo")
    at.number_input(key="person_leg").set_value(88)
    at.text_area(key="person_notes").input("left knee")
    at.button(key="person_save").click().run()
    first = open_history().people()[0]
    assert (first.name, first.leg_length_m, first.notes) == ("Bo", 0.88, "left knee")
    assert switch(visit()).options == ["Bo", "Anna"]


def test_somebody_without_sets_can_be_removed_but_not_the_last_one(jobs: HandQueue) -> None:
    open_history().add_person("Anna")
    at = AppTest.from_function(editing).run()
    at.button(key="person_remove").click().run()
    assert not at.exception
    assert [one.name for one in open_history().people()] == ["Anna"]
    press(at := visit(), "Edit")
    assert "person_remove" not in {one.key for one in at.button}


def test_a_sample_is_looked_at_but_nothing_is_kept_for_it(jobs: HandQueue) -> None:
    anna = open_history().add_person("Anna")
    samples = open_history().add_person("Samples", sample=True)

    def page() -> None:
        import streamlit as st

        from hipform.ui.person import current_person, keeping_person, person_switch

        person_switch()
        st.text(f"{current_person().name} {keeping_person().name}")

    at = AppTest.from_function(page).run()
    switch(at).select(anna.id).run()
    assert at.text[0].value == "Anna Anna"
    switch(at).select(samples.id).run()
    assert at.text[0].value == "Samples Anna"
    assert preferences.load().person == anna.id
