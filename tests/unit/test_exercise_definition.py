"""Exercise files: what is accepted, what is refused, and in which words."""

import pickle
import re
from pathlib import Path

import pytest

from hipform.errors import ExerciseError
from hipform.exercises import definition
from hipform.exercises.definition import Exercise
from hipform.exercises.facts import Facts
from hipform.exercises.loader import load_all, load_file, user_folder
from hipform.exercises.vocabulary import FEATURES, MEASURES, VARIANTS

MINIMAL = """
name = "Side bend"
plural = "side bends"
description = "Lean to one side and come back."
set_up = "From the front."
[rep]
signal = "hip_flexion"
start_above_deg = 15
end_within_deg = 12
min_excursion_deg = 25
min_share_of_median = 0.5
duration_s = [0.6, 15]
source = "Ours"
[[recognise]]
feature = "trunk_folded"
min = 0.2
soft = 0.1
source = "Ours"
[views]
side = ["hip_flexion_peak_deg"]
front = ["hip_drop_ratio"]
"""
RULE = """
[[rule]]
id = "trunk_lean"
title = "Trunk lean"
kind = "limit"
signal = "trunk_lean"
leg = "none"
at = "bottom"
view = "side"
direction = "above"
warn = 50
fault = 60
unit = "deg"
sem = 2
cue = "Lift your chest."
level = "C"
source = "Ours"
"""
SET_RULE = """
[[rule]]
id = "speed_loss"
title = "Slowing down"
kind = "set_loss"
measure = "hip_rom_deg"
min_reps = 4
last_reps = 2
view = "side"
direction = "above"
warn = 0.2
fault = 0.4
unit = "ratio"
sem = 0.05
cue = "Rest soon."
level = "B"
source = "Ours"
"""
GAUGE = """
[gauge]
signal = "hip_flexion"
from = 10
target = 60
end = 90
name = "hip bend"
unit = "deg"
source = "Ours"
"""


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "home"))


def write(folder: Path, text: str, name: str = "side_bend.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(tmp_path: Path, text: str, name: str = "side_bend.toml") -> list[str]:
    """The problems that the user is told, without the closing advice."""
    with pytest.raises(ExerciseError) as caught:
        load_file(write(tmp_path, text, name))
    *problems, advice = str(caught.value).splitlines()
    assert "docs/exercises.md" in advice
    return problems


def test_a_file_of_ones_own_loads_with_its_stem_as_id(tmp_path: Path) -> None:
    exercise = load_file(write(tmp_path, MINIMAL + RULE + SET_RULE))
    assert exercise.id == "side_bend"
    assert exercise.rep.duration_s == (0.6, 15)
    assert [rule.id for rule in exercise.rules] == ["trunk_lean", "speed_loss"]


def test_the_digest_follows_the_facts_and_not_the_writing(tmp_path: Path) -> None:
    first = load_file(write(tmp_path, MINIMAL + RULE)).digest
    assert re.fullmatch("[0-9a-f]{64}", first)
    rewritten = "# a comment\n" + MINIMAL.replace("min = 0.2", "min   =  0.20") + RULE
    assert load_file(write(tmp_path, rewritten)).digest == first
    swapped = rewritten.replace("warn = 50\nfault = 60", "fault = 60\nwarn = 50")
    assert load_file(write(tmp_path, swapped)).digest == first
    assert load_file(write(tmp_path, MINIMAL + RULE.replace("50", "51"))).digest != first


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("warn = 50", "warm = 50"), "rule 'trunk_lean': warm: unknown key"),
        (("warn = 50", 'warn = "50"'), "rule 'trunk_lean': warn: must be a valid number"),
        (("warn = 50", "warn = nan"), "rule 'trunk_lean': warn: must be a finite number"),
        (("warn = 50", "warn = 70"), "rule 'trunk_lean': warn: the fault limit (60) must lie above"),
        (("warn = 50", "warn = 59"), "rule 'trunk_lean': fault: must lie at least one standard error"),
        (("fault = 60\n", ""), "rule 'trunk_lean': fault: is missing"),
        (("fault = 60", 'fault = 60\nseverity_cap = "info"'), "rule 'trunk_lean': fault: is never reached"),
        (('kind = "limit"', 'kind = "limits"'), "rule 'trunk_lean': unknown kind limits; known are 'limit'"),
        (('kind = "limit"', ""), "rule 'trunk_lean': kind is missing"),
        (('soft = 0.1\nsource = "Ours"', "soft = 0.1"), "recognise 'trunk_folded': source: is missing"),
        (('level = "C"\nsource = "Ours"', 'level = "C"'), "rule 'trunk_lean': source: is missing"),
        (('level = "C"\nsource = "Ours"', 'level = "C"\nsource = " "'), "source: must not be empty"),
        (('level = "C"', 'level = "E"'), "rule 'trunk_lean': level: must be 'A', 'B', 'C' or 'D'"),
        (('signal = "trunk_lean"', 'signal = "trunk_lan"'), "did you mean 'trunk_lean'?"),
        (('signal = "trunk_lean"', 'signal = "qqq"'), "signal: unknown signal 'qqq'; known are knee_flexion"),
        (('unit = "deg"', 'unit = "ratio"'), "rule 'trunk_lean': unit: is 'deg' for what this rule judges"),
        (('leg = "none"', 'leg = "near"'), "rule 'trunk_lean': leg: 'trunk_lean' has no leg"),
        (('signal = "trunk_lean"', 'signal = "knee_flexion"'), "leg: 'knee_flexion' exists per leg"),
        (('view = "side"\ndirection', 'view = "front"\ndirection'), "can be seen only from the side"),
        (('at = "bottom"', 'at = "whole"\nover_s = 0.3'), "over_s: has no meaning at 'whole'"),
        (("sem = 2", "sem = 2\nmax_off_deg = 31"), "max_off_deg: is at most 30"),
        (("sem = 2", "sem = 0"), "rule 'trunk_lean': sem: must be greater than 0"),
        (("sem = 2", 'sem = 2\nrequires = "heel_rise"'), "requires: there is no other rule 'heel_rise'"),
        (("sem = 2", 'sem = 2\nonly_variants = ["RDLs"]'), "unknown variant 'RDLs'; did you mean 'RDL'?"),
        (("Lift your chest.", "Lift your {side}."), "cue: {side} needs a rule that judges one leg"),
        (("Lift your chest.", "Lift your {chest}."), "cue: the only thing that can be filled in is {side}"),
        (("Lift your chest.", "Lift your }chest."), "cue: has a single { or }"),
        (('id = "trunk_lean"', 'id = "Trunk Lean"'), "use small letters, digits and _"),
        (("end_within_deg = 12", "end_within_deg = 15"), "rep: end_within_deg: must be less than start"),
        (("min_excursion_deg = 25", "min_excursion_deg = 14"), "rep: min_excursion_deg: must be at least"),
        (("[0.6, 15]", "[15, 0.6]"), "rep: duration_s: the shortest comes first"),
        (("min = 0.2\n", ""), "recognise 'trunk_folded': min: give min, max or both"),
        (("min = 0.2\n", "min = 0.2\nmax = 0.1\n"), "recognise 'trunk_folded': min: must be less than max"),
        (('feature = "trunk_folded"', 'feature = "trunk"'), "unknown feature 'trunk'"),
        (('side = ["hip_flexion_peak_deg"]', 'side = ["hip_shift_ratio"]'), "only from the front"),
        (('name = "Side bend"', 'name = "Side bend"\ncolour = 1'), "colour: unknown key"),
        (('name = "Side bend"', 'name = "Side bend"\nid = "x"'), "id: unknown key; the file's name says it"),
        (("last_reps = 2", "last_reps = 4"), "rule 'speed_loss': last_reps: must be less than min_reps (4)"),
        (('measure = "hip_rom_deg"', 'measure = "knee_drift_left"'), "only from the front"),
    ],
)
def test_a_wrong_file_is_refused_naming_file_and_key(
    tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    text = MINIMAL + RULE + SET_RULE
    assert change[0] in text
    problems = refusal(tmp_path, text.replace(*change, 1))
    assert all(line.startswith("side_bend.toml: ") for line in problems)
    assert problem in "\n".join(problems)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('only_signal = "knee_flexion"', "rule 'trunk_lean': only_above: goes with only_signal"),
        ("only_above = 3", "rule 'trunk_lean': only_above: goes with only_signal"),
        (
            'only_signal = "knee_drift"\nonly_above = 3',
            "only_signal: 'knee_drift' can be seen only from the front",
        ),
        ('only_signal = "knee_flexion"\nonly_above = 3', "only_signal: 'knee_flexion' exists per leg"),
    ],
)
def test_what_a_rule_speaks_for_only_must_be_whole_and_visible(
    tmp_path: Path, lines: str, problem: str
) -> None:
    while_ = 'while_signal = "hip_drop_ratio"\nwhile_range = [0.2, 1.5]\n'
    rule = RULE.replace('kind = "limit"', 'kind = "mean_while"').replace('at = "bottom"', while_ + lines)
    assert problem in "\n".join(refusal(tmp_path, MINIMAL + rule))


@pytest.mark.parametrize(
    ("warn", "fault", "direction", "accepted"),
    [
        (50, 60, "above", True),
        (60, 50, "above", False),
        (60, 50, "below", True),
        (50, 60, "below", False),
        (-8, -15, "below", True),
        (6, 10, "away", True),
        (-6, 10, "away", False),
    ],
)
def test_limits_must_get_worse_from_warn_to_fault(
    tmp_path: Path, warn: float, fault: float, direction: str, accepted: bool
) -> None:
    limits = f"warn = {warn}\nfault = {fault}"
    text = MINIMAL + RULE.replace("warn = 50\nfault = 60", limits).replace("above", direction)
    path = write(tmp_path, text)
    if accepted:
        assert load_file(path).rules[0].warn == warn
    else:
        with pytest.raises(ExerciseError, match="warn"):
            load_file(path)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = MINIMAL.replace('name = "Side bend"', "") + RULE.replace("sem = 2", "").replace("above", "over")
    problems = refusal(tmp_path, text + SET_RULE.replace('unit = "ratio"', 'unit = "s"'))
    assert len(problems) == 4
    for part in ("name: is missing", "sem: is missing", "direction: must be", "unit: is 'ratio'"):
        assert any(part in line for line in problems), part


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("knee_drift near front", "cannot be told from the front"),
        ("knee_height each side", "cannot be told from the side"),
        ('heel_rise near side relative_to_standing="difference"', "is counted from standing already"),
        ("knee_height near side forward_share=0.1", "forward_share: is for rules seen from the front"),
        ("hip_drop_ratio none any widen_per_deg=0.1", "has no meaning in a rule of any view"),
    ],
)
def test_what_a_view_cannot_show_is_refused(tmp_path: Path, rule: str, problem: str) -> None:
    signal, leg, view, *more = rule.split()
    lines = [f'signal = "{signal}"', f'leg = "{leg}"', 'at = "bottom"', f'view = "{view}"', *more]
    text = re.sub(r'signal = "trunk_lean"\nleg.*\nat.*\nview.*', "\n".join(lines), RULE)
    unit = "deg" if signal == "heel_rise" else "ratio"
    text = text.replace('unit = "deg"', f'unit = "{unit}"')
    assert problem in "\n".join(refusal(tmp_path, MINIMAL + text))


def test_a_required_rule_must_be_there_and_stand_alone(tmp_path: Path) -> None:
    second = RULE.replace('id = "trunk_lean"', 'id = "lean_more"\nrequires = "trunk_lean"')
    assert load_file(write(tmp_path, MINIMAL + RULE + second)).rules[1].id == "lean_more"
    third = RULE.replace('id = "trunk_lean"', 'id = "lean_most"\nrequires = "lean_more"')
    assert "no other rule 'lean_more'" in "\n".join(refusal(tmp_path, MINIMAL + RULE + second + third))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"name = ", "is not a valid TOML file"),
        (b"\xff\xfe\x00", "save it as UTF-8"),
        (b"", "name: is missing"),
    ],
)
def test_a_broken_file_is_an_error_in_plain_words(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(ExerciseError, match=problem):
        load_file(path)


def test_a_missing_file_is_an_error_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(ExerciseError, match=r"There is no exercise file .*nothing\.toml\. Check its name"):
        load_file(tmp_path / "nothing.toml")


@pytest.mark.parametrize("name", ["auto.toml", "none.toml", "my squat.toml"])
def test_a_file_name_that_cannot_be_an_id_is_refused(tmp_path: Path, name: str) -> None:
    problem = "rename the file" if " " not in name else "file name: use small letters"
    assert problem in "\n".join(refusal(tmp_path, MINIMAL, name))


def test_shipped_exercises_are_found_by_listing() -> None:
    assert set(load_all()) == {"squat", "lunge", "hinge"}


def test_own_files_are_found_and_take_the_place_of_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "home" / "exercises"
    assert user_folder() == own
    write(own, MINIMAL)
    write(own, MINIMAL, "squat.toml")
    found = load_all()
    assert set(found) == {"squat", "lunge", "hinge", "side_bend"}
    assert found["squat"].name == "Side bend"


def test_without_a_home_of_its_own_the_platform_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HIPFORM_HOME")
    assert user_folder().parts[-2:] == ("hipform", "exercises")


def test_one_file_can_be_added(tmp_path: Path) -> None:
    assert "extra" in load_all(write(tmp_path, MINIMAL, "extra.toml"))


def test_the_problems_of_several_files_are_told_together(tmp_path: Path) -> None:
    own = tmp_path / "home" / "exercises"
    write(own, MINIMAL.replace("25", "5"), "one.toml")
    write(own, "nonsense", "two.toml")
    with pytest.raises(ExerciseError, match=r"(?s)one\.toml: rep: min_excursion_deg.*two\.toml: is not"):
        load_all()


def test_an_exercise_cannot_be_changed_after_loading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_all()["squat"].rep.start_above_deg = 3


# What must never be said to somebody who trains: alarm, verdicts, promises, and what no camera can know.
BANNED = re.compile(
    "injur|normal|danger|risk|legal|unsafe|wrong|bad|poor|harm|pain|diagnos|clinical|weak|imbalance|fail|never"
    "|must|prevent|rounding",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", ["squat", "lunge", "hinge"])
def test_no_text_alarms_or_promises(name: str) -> None:
    exercise = load_all()[name]
    texts = [exercise.name, exercise.plural, exercise.description, exercise.set_up]
    texts += [text for rule in exercise.rules for text in (rule.title, rule.cue, rule.source)]
    for text in texts:
        assert not BANNED.search(text), text


@pytest.mark.parametrize("name", ["squat", "lunge", "hinge"])
def test_every_exercise_says_what_the_camera_cannot_see(name: str) -> None:
    exercise = load_all()[name]
    assert "cannot see your lower back" in exercise.description
    assert not any("back" in rule.id or "round" in rule.id for rule in exercise.rules)


def test_rules_of_one_id_share_one_title() -> None:
    for exercise in load_all().values():
        titles: dict[str, set[str]] = {}
        for rule in exercise.rules:
            titles.setdefault(rule.id, set()).add(rule.title)
        assert all(len(names) == 1 for names in titles.values()), titles


def test_the_page_about_exercise_files_explains_every_key_and_name() -> None:
    page = (Path(__file__).parents[2] / "docs" / "exercises.md").read_text(encoding="utf-8")
    models = [m for m in vars(definition).values() if isinstance(m, type) and issubclass(m, Facts)]
    keys = {info.alias or key for model in models for key, info in model.model_fields.items()}
    keys -= {"digest"}
    names = {*FEATURES, *MEASURES, *VARIANTS}
    missing = sorted(name for name in keys | names if f"`{name}`" not in page)
    assert not missing


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ('"hip_flexion"', '"trunk_lean"'),
            "gauge: signal: unknown signal of a gauge 'trunk_lean'; known are",
        ),
        (
            ('"hip_flexion"', '"knee_flexion"'),
            "gauge: signal: 'knee_flexion_peak_deg' is missing in [views] side",
        ),
        (("from = 10", "from = 95"), "gauge: end: must be more than from (95)"),
        (('"hip_flexion"', '"thigh_to_horizontal"'), "gauge: end: must be less than from (10)"),
        (("target = 60", "target = 10"), "gauge: target: must lie between from (10) and end (90)"),
        (("target = 60", "target = 91"), "gauge: target: must lie between from (10) and end (90)"),
        (('unit = "deg"', 'unit = "ratio"'), "gauge: unit: is 'deg' for 'hip_flexion', not 'ratio'"),
        (("from = 10", "start = 10"), "gauge: from: is missing"),
        (('source = "Ours"', ""), "gauge: source: is missing"),
    ],
)
def test_a_gauge_that_shows_nothing_is_refused(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    assert any(problem in line for line in refusal(tmp_path, MINIMAL + GAUGE.replace(*change)))


def test_a_gauge_may_be_left_out_and_its_target_may_be_its_end(tmp_path: Path) -> None:
    assert load_file(write(tmp_path, MINIMAL)).gauge is None
    full = load_file(write(tmp_path, MINIMAL + GAUGE.replace("target = 60", "target = 90"))).gauge
    assert full is not None
    assert (full.start, full.target, full.measure) == (10, 90, "hip_flexion_peak_deg")


def test_an_exercise_is_a_plain_record_that_can_be_sent_to_a_worker() -> None:
    exercise = load_all()["squat"]
    assert pickle.loads(pickle.dumps(exercise)) == exercise  # noqa: S301  our own bytes
    assert Exercise.model_validate(exercise.model_dump(by_alias=True)) == exercise
