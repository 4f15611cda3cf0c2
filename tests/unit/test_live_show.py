"""What is seen and heard of a live set here: the terminal, the picture, the window, the voice, the keys."""

import io
import os
import signal
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from fixtures.stickman import Figure, pose
from hipform import live_show, voice, window
from hipform.coach import Shown
from hipform.live_show import Screen
from hipform.overlay.mirror_picture import Caption, mirror_picture
from hipform.records import Pose


def test_off_a_terminal_only_lines_are_printed():
    out = io.StringIO()
    screen = Screen(Console(file=out, width=100))
    with screen.on():
        screen.draw(Shown(count=3))
        screen.tell("Rep 1: [bold]")
    assert out.getvalue() == "Rep 1: [bold]\n"


def test_on_a_terminal_the_count_is_big_and_the_cue_below_it():
    out = io.StringIO()
    screen = Screen(Console(file=out, width=100, force_terminal=True))
    with screen.on():
        screen.draw(Shown(stage="go", count=17, phase="lowering", cue="Slow down."))
    text = out.getvalue()
    assert text.count("██") >= 12
    assert "GO · lowering" in text
    assert "Slow down." in text


def test_on_a_terminal_the_countdown_is_seen_as_it_runs():
    out = io.StringIO()
    screen = Screen(Console(file=out, width=100, force_terminal=True))
    with screen.on():
        screen.draw(Shown(ready_in_s=2.3))
    assert "GET READY 3" in out.getvalue()


@pytest.mark.parametrize("number", [0, 4, 8, 10])
def test_digits_are_five_rows_that_differ(number):
    rows = live_show._big(number).plain.split("\n")
    assert len(rows) == 5
    assert len(live_show._DIGITS) == len(set(live_show._DIGITS)) == 10


# The picture ------------------------------------------------------------


def test_the_picture_is_mirrored_and_its_words_are_not():
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, :100] = (200, 0, 0)
    nobody = Pose.missing(0.0)
    plain = mirror_picture(image, nobody, Caption(4, "GO", "", ()))
    assert plain.shape == (720, 960, 3)
    assert tuple(plain[700, 940]) == (200, 0, 0)
    assert tuple(plain[700, 20]) == (0, 0, 0)
    other = mirror_picture(image[:, ::-1], nobody, Caption(4, "GO", "", ()))
    assert np.array_equal(plain[:200, 20:40] > 240, other[:200, 20:40] > 240)


def test_the_count_fills_an_eighth_of_the_height_and_more():
    image = np.zeros((480, 640, 3), np.uint8)
    nobody = Pose.missing(0.0)
    one, two = (mirror_picture(image, nobody, Caption(n, "", "", ())) for n in (1, 8))
    rows = np.flatnonzero((one != two).any(axis=(1, 2)))
    assert np.ptp(rows) / 720 > 0.12


def test_the_skeleton_lies_on_the_mirrored_person():
    image = np.zeros((480, 640, 3), np.uint8)
    standing = pose(Figure(), 0.0, 0.0)
    moved = replace(standing, image_px=standing.image_px + np.array([150.0, 0.0]))
    drawn = mirror_picture(image, moved, Caption(0, "", "", ()))
    columns = np.flatnonzero((drawn[300:] > 0).any(axis=(0, 2)))
    middle = 960 - 1.5 * float(moved.image_px[:, 0].mean())
    assert columns.mean() == pytest.approx(middle, abs=25)


# The window ------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_no_window_is_tried(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(window.subprocess, "run", lambda *_, **__: pytest.fail("tried"))
    assert not window.can_open()


@pytest.mark.skipif(sys.platform != "linux", reason="a display's name means something only there")
def test_a_display_that_does_not_answer_is_none(monkeypatch):
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":4747")
    assert not window.can_open()


@pytest.mark.parametrize(
    ("keys", "visible", "went_on"),
    [
        ([-1, -1], [1, 1], [True, True]),
        ([ord("q")], [1], [False]),
        ([27], [1], [False]),
        ([ord("x"), -1], [1, 0], [True, False]),  # closed with the mouse
        ([-1, -1], [-1, -1], [True, True]),  # a system that cannot tell
    ],
)
def test_q_esc_and_closing_the_window_end_the_set(monkeypatch, keys, visible, went_on):
    left, seen = iter(keys), iter(visible)
    for name in ("namedWindow", "imshow", "destroyAllWindows"):
        monkeypatch.setattr(window.cv2, name, lambda *_: None)
    monkeypatch.setattr(window.cv2, "waitKey", lambda _: next(left))
    monkeypatch.setattr(window.cv2, "getWindowProperty", lambda *_: next(seen))
    with window.Window() as one:
        assert [one.show(np.zeros((4, 4, 3), np.uint8)) for _ in keys] == went_on


# The voice ------------------------------------------------------------


@pytest.fixture
def speaker(tmp_path, monkeypatch):
    """A program that writes what it is told, word for word, and then takes two seconds."""
    program = tmp_path / "espeak-ng"
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$#" "$@" >> {tmp_path}/heard\nexec sleep 2\n')
    program.chmod(0o755)
    monkeypatch.setattr(voice.sys, "platform", "linux")
    return lambda name: str(program) if name == "espeak-ng" else None


def heard(tmp_path, wanted: int) -> str:
    file = tmp_path / "heard"
    for _ in range(100):
        if file.exists() and file.read_text().count("|") >= wanted:
            break
        time.sleep(0.02)
    return file.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script")
def test_saying_never_waits_and_the_newest_cuts_the_older_short(tmp_path, speaker):
    one = voice.Voice(speaker)
    began = time.perf_counter()
    one.say("first")
    assert heard(tmp_path, 2) == "1|first|"
    first = one._speaking
    one.say("second")
    assert first.wait(1) != 0
    assert heard(tmp_path, 4) == "1|first|1|second|"
    assert time.perf_counter() - began < 1.5
    one._hush()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script")
def test_no_shell_and_no_option_is_made_of_a_text(tmp_path, speaker):
    one = voice.Voice(speaker)
    one.say("--stdin $(touch pwned); `id`\n 'x'")
    assert heard(tmp_path, 2) == "1|stdin $(touch pwned); `id` 'x'|"
    one._hush()


def test_a_machine_without_a_voice_stays_silent():
    one = voice.Voice(lambda _name: None)
    assert not one.found
    one.say("anything")


def test_a_voice_that_cannot_be_started_is_given_up(monkeypatch):
    monkeypatch.setattr(voice.sys, "platform", "linux")
    one = voice.Voice(lambda _name: "/nowhere/espeak-ng")
    one.say("anything")
    assert not one.found


def test_on_windows_the_text_is_never_part_of_the_command(monkeypatch):
    started = []

    class Process:
        def __init__(self, arguments, env, **_rest):
            started.append((arguments, env))

        def wait(self):
            return 0

    monkeypatch.setattr(voice.sys, "platform", "win32")
    monkeypatch.setattr(voice.subprocess, "Popen", Process)
    voice.Voice(lambda name: name).say("Good'; Remove-Item x")
    ((arguments, env),) = started
    assert not any("Good" in part for part in arguments)
    assert env["HIPFORM_SAY"] == "Good'; Remove-Item x"


# The keys and signals ------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_what_is_typed_is_read_at_once_and_the_terminal_is_put_back(monkeypatch):
    import pty
    import termios

    keyboard, terminal = pty.openpty()
    with os.fdopen(terminal, "rb", buffering=0) as stdin:
        monkeypatch.setattr(live_show.sys, "stdin", stdin)
        before = termios.tcgetattr(terminal)
        with live_show._keys() as typed:
            assert typed() == ""
            os.write(keyboard, b"q")
            time.sleep(0.05)
            assert typed() == "q"
            os.write(keyboard, b"\x1b[A")
            time.sleep(0.05)
            assert typed() == "\x1b[A"
        assert termios.tcgetattr(terminal) == before
    os.close(keyboard)


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to itself")
def test_the_first_signal_closes_the_camera_the_second_is_the_systems():
    class Source:
        closed = 0

        def close(self) -> None:
            self.closed += 1

    source = Source()
    with live_show._ended_by_signals(source):
        os.kill(os.getpid(), signal.SIGINT)
        assert source.closed == 1
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_opencv_draws_what_the_window_shows_in_its_own_order(monkeypatch):
    shown = []
    monkeypatch.setattr(window.cv2, "imshow", lambda _title, image: shown.append(image))
    monkeypatch.setattr(window.cv2, "waitKey", lambda _: -1)
    monkeypatch.setattr(window.cv2, "getWindowProperty", lambda *_: 1)
    window.Window().show(np.full((2, 2, 3), (255, 0, 0), np.uint8))
    assert tuple(shown[0][0, 0]) == (0, 0, 255)
