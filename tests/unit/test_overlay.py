from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace
from PIL import Image

from fixtures.analysis import an_analysis, frames_of, with_reps
from fixtures.disk import small_disk
from hipform.errors import OutputError
from hipform.overlay import OverlayWriter, draw, overlay_size, write_still
from hipform.overlay.hud import SHOW_S, Line, said_now
from hipform.overlay.sprites import FAULT, LEFT, NOTE, RIGHT, WARN, clean, ink
from hipform.records import Analysis, Finding, Frame, PoseTrack, Signals
from hipform.skeleton import INDEX

GREY = 90


@pytest.fixture(scope="module")
def squats() -> Analysis:
    return an_analysis()


def index(analysis: Analysis, t_s: float) -> int:
    return int(np.searchsorted(analysis.track.t_s, t_s))


def at_bottom(analysis: Analysis, rep: int = 0) -> int:
    return index(analysis, analysis.report.reps[rep].bottom_s)


def picture(analysis: Analysis, i: int) -> np.ndarray:
    source = analysis.report.source
    return draw(np.full((source.height, source.width, 3), GREY, np.uint8), i, analysis)


def colour_share(image: np.ndarray, colour: tuple[int, int, int], where: tuple[slice, slice]) -> float:
    near = np.abs(image[where].astype(int) - colour).max(axis=-1) <= 12
    return float(near.mean())


def around(point: np.ndarray, half: int) -> tuple[slice, slice]:
    x, y = point.round().astype(int)
    return slice(y - half, y + half + 1), slice(x - half, x + half + 1)


def middle(analysis: Analysis, i: int, *names: str) -> np.ndarray:
    return analysis.track.image_px[i, [INDEX[name] for name in names]].mean(axis=0)


def hide(analysis: Analysis, *names: str) -> Analysis:
    track = analysis.track
    visibility = track.visibility.copy()
    visibility[:, [INDEX[name] for name in names]] = 0.4
    return replace(analysis, track=PoseTrack(track.t_s, track.image_px, track.world_m, visibility))


def without_angles(analysis: Analysis) -> Analysis:
    unknown = {name: np.full_like(x, np.nan) for name, x in analysis.signals.values.items()}
    return replace(analysis, signals=Signals(analysis.track.t_s, unknown))


# --- one picture


def test_the_frame_itself_is_not_touched(squats):
    image = np.full((480, 640, 3), GREY, np.uint8)
    image.flags.writeable = False
    drawn = draw(image, at_bottom(squats), squats)
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    assert (drawn != GREY).any()
    assert (image == GREY).all()


@pytest.mark.parametrize(
    ("view", "near", "colour"), [("side-left", "left", LEFT), ("side-right", "right", RIGHT)]
)
def test_each_leg_has_its_own_colour(view, near, colour):
    analysis = an_analysis(view=view)
    i = at_bottom(analysis)
    thigh = middle(analysis, i, f"{near}_hip", f"{near}_knee")
    assert colour_share(picture(analysis, i), colour, around(thigh, 1)) == 1.0


def test_a_hidden_joint_is_left_out_with_its_lines_and_angles(squats):
    i = at_bottom(squats)
    drawn = picture(hide(squats, "left_knee", "right_knee"), i)
    shank = middle(squats, i, "left_ankle", "left_knee")
    assert (drawn[around(shank, 6)] == GREY).all()
    assert colour_share(picture(squats, i), LEFT, around(shank, 1)) == 1.0


def test_an_angle_that_is_not_known_is_not_written(squats):
    i = at_bottom(squats)
    told, untold = picture(squats, i), picture(without_angles(squats), i)
    hip = squats.track.image_px[i, INDEX["left_hip"]]
    behind = (slice(int(hip[1]) - 60, int(hip[1])), slice(int(hip[0]) + 12, int(hip[0]) + 80))
    assert colour_share(told, LEFT, behind) > 0.05
    assert colour_share(untold, LEFT, behind) == 0.0


def test_the_far_leg_of_a_squat_gets_no_angle(squats):
    """Both knees lie over one another there: the far one would be a guess."""
    i = at_bottom(squats)
    values = dict(squats.signals.values)
    values["knee_flexion_right"] = values["knee_flexion_left"]
    both = replace(squats, signals=Signals(squats.track.t_s, values))
    assert (picture(both, i) == picture(squats, i)).all()


def test_without_a_person_only_the_cards_are_drawn(squats):
    i = index(squats, 3.5)
    assert not np.isfinite(squats.track.image_px[i]).any()
    drawn = picture(squats, i)
    assert (drawn[100:420] == GREY).all()
    assert (drawn[:80, :200] != GREY).any()


@pytest.mark.parametrize(
    ("width", "height"), [(640, 480), (480, 854), (1920, 1080), (16, 16), (33, 21), (300, 2000), (2000, 300)]
)
def test_every_shape_of_picture_can_be_drawn_on(width, height):
    analysis = an_analysis(depths=(1.0, 1.0), size=(width, height))
    for i in range(0, len(analysis.track), 7):
        assert picture(analysis, i).shape == (height, width, 3)


def test_words_can_be_read_at_480_lines(squats):
    """The rep's line: white capitals at least 12 pixels high on a dark ground."""
    i = index(squats, squats.report.reps[0].end_s + 0.1)
    card = picture(squats, i)[430:470, 20:330]
    bright, dark = (card.min(axis=-1) > 235), (card.max(axis=-1) < 80)
    assert bright.any(axis=1).sum() >= 12
    assert dark.mean() > 0.5


# --- what is said


def texts(analysis: Analysis, t_s: float) -> list[str]:
    return [line.text for line in lines_at(analysis, t_s)]


def lines_at(analysis: Analysis, t_s: float) -> tuple[Line, ...]:
    said = said_now(analysis.report.reps, t_s)
    return said.lines if said else ()


def test_a_finished_rep_is_summed_up_for_a_while(squats):
    end_s = squats.report.reps[0].end_s
    assert texts(squats, end_s - 0.1) == []
    assert texts(squats, end_s) == ["Rep 1  ·  about parallel  ·  knee 105° ± 7"]
    assert texts(squats, squats.report.reps[1].start_s + 0.1) != [], "a new rep has only begun"
    assert texts(squats, squats.report.reps[3].bottom_s) == [], "its bottom is about itself"
    last = squats.report.reps[-1].end_s
    assert texts(squats, last + SHOW_S - 0.1) != []
    assert texts(squats, last + SHOW_S) == []


def test_a_finding_comes_at_its_moment_and_stays_with_the_result(squats):
    rep = squats.report.reps[1]
    assert "Keep your chest up." not in texts(squats, rep.start_s + 0.1)
    assert texts(squats, rep.bottom_s) == ["Keep your chest up."]
    assert texts(squats, rep.end_s)[1:] == ["Keep your chest up."]


def test_the_worst_finding_comes_first_and_signs_differ_in_shape(squats):
    lines = lines_at(squats, squats.report.reps[2].end_s)
    assert [line.text for line in lines[1:]] == ["Keep your heels down.", "Sit a little lower."]
    assert [(line.sign, line.colour) for line in lines[1:]] == [("diamond", FAULT), ("dot", NOTE)]
    warned = lines_at(squats, squats.report.reps[1].end_s)
    assert (warned[1].sign, warned[1].colour) == ("warn", WARN)
    assert [lines[0].sign, warned[0].sign] == ["dot", "dot"]
    assert lines_at(squats, squats.report.reps[0].end_s)[0].sign == "tick"


def test_a_partial_rep_says_why_it_does_not_count(squats):
    assert texts(squats, squats.report.reps[-1].end_s) == ["Not counted: too shallow"]


def test_a_lunge_tells_the_front_leg():
    lunges = an_analysis(exercise="lunge", depths=(1.0,))
    assert texts(lunges, lunges.report.reps[0].end_s) == ["Rep 1  ·  knee 105° ± 10"]


def test_a_hinge_tells_the_hip():
    hinges = an_analysis(exercise="hinge", depths=(1.0,))
    assert texts(hinges, hinges.report.reps[0].end_s) == ["Rep 1  ·  hip 120° ± 7"]


def test_from_the_front_a_rep_tells_its_tempo():
    squats = an_analysis(view="front", depths=(1.0,))
    assert texts(squats, squats.report.reps[0].end_s) == ["Rep 1  ·  down 1.0 s  ·  up 0.8 s"]


def test_one_thing_at_a_time_while_the_person_moves(squats):
    rep = squats.report.reps[2]
    assert texts(squats, rep.bottom_s) == ["Keep your heels down."]


def test_the_card_keeps_off_the_feet(squats):
    """Three lines at the bottom would lie on the feet: they go to the top, beside the counter."""
    rep = squats.report.reps[2]
    i = index(squats, rep.end_s + 0.1)
    quiet = replace(rep, end_s=99.0, findings=())
    silent = replace(squats, report=with_reps(squats.report, quiet))
    changed = (picture(squats, i)[:, 200:] != picture(silent, i)[:, 200:]).any(axis=(1, 2))
    assert changed[20:100].all()
    assert not changed[110:].any()


def test_the_count_goes_up_only_when_the_rep_is_over(squats):
    rep = squats.report.reps[0]
    number = (slice(14, 76), slice(20, 56))
    before, after = (picture(squats, index(squats, rep.end_s + dt))[number] for dt in (-0.05, 0.05))
    still = picture(squats, index(squats, rep.start_s - 0.5))[number]
    assert (before == still).all()
    assert (before != after).any()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "a\nb\x00c\u202e", "🏋️ 深蹲", "x" * 500, "", "   ", "no_space_" * 40]
)
def test_foreign_text_stays_one_short_line(text, squats):
    line = clean(text)
    assert len(line) <= 90
    assert line.isprintable()
    rep = replace(
        squats.report.reps[0],
        exercise=text,
        findings=(Finding("x", "warn", None, 1.5, 1.0, 2.0, "deg", text, "x"),),
    )
    odd = replace(squats, report=replace(with_reps(squats.report, rep), exercise=text))
    assert picture(odd, index(odd, rep.end_s)).shape == (480, 640, 3)


def test_letters_have_their_degree_sign_without_the_usual_font(monkeypatch):
    from hipform.overlay import sprites

    monkeypatch.setattr(sprites, "_face", lambda: None)
    sprites._font.cache_clear()
    ink.cache_clear()
    try:
        assert ink("104°", 20).sum() > ink("104", 20).sum() > 10
    finally:
        sprites._font.cache_clear()
        ink.cache_clear()


# --- the video


def write_all(analysis: Analysis, path: Path, frames: list[Frame] | None = None) -> None:
    source = analysis.report.source
    with OverlayWriter(path, source.width, source.height, analysis) as writer:
        for frame in frames or frames_of(analysis):
            writer.write(frame)


def test_the_video_is_what_browsers_play(tmp_path):
    short = an_analysis(depths=(1.0,))
    path = tmp_path / "a.overlay.mp4"
    write_all(short, path)
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert (stream.width, stream.height) == (640, 480)
        times = [float(frame.time) for frame in video.decode(stream)]
    np.testing.assert_allclose(times, short.track.t_s, atol=1 / 45_000)
    content = path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    assert [p.name for p in tmp_path.iterdir()] == ["a.overlay.mp4"]


def test_a_variable_frame_rate_is_kept(tmp_path):
    short = an_analysis(depths=(1.0,), rate_hz=20.0)
    times = np.cumsum(np.where(np.arange(len(short.track)) % 3, 1 / 30, 1 / 8)) + 0.5
    frames = [replace(f, t_s=float(t)) for f, t in zip(frames_of(short), times, strict=True)]
    write_all(short, tmp_path / "a.mp4", frames)
    with av.open(str(tmp_path / "a.mp4")) as video:
        told = [float(frame.time) for frame in video.decode(video=0)]
    np.testing.assert_allclose(told, times, atol=1 / 45_000)


def test_colours_survive_the_encoding(tmp_path):
    """A player that follows the file's own word about its colours shows the recording's."""
    short = an_analysis(depths=(1.0,))
    orange = (213, 94, 20)
    frames = [replace(frame, image=np.full_like(frame.image, orange)) for frame in frames_of(short)]
    write_all(short, tmp_path / "a.mp4", frames[:3])
    with av.open(str(tmp_path / "a.mp4")) as video:
        shown = next(video.decode(video=0))
    said = {1: Colorspace.ITU709, 6: Colorspace.ITU601}[shown.colorspace]
    image = shown.reformat(format="rgb24", src_colorspace=said, dst_colorspace=said).to_ndarray()
    np.testing.assert_allclose(image[240, 30], orange, atol=5)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (640, 480)),
        ((641, 479), (640, 478)),
        ((3840, 2160), (1280, 720)),
        ((1080, 1920), (720, 1280)),
        ((16, 16), (320, 320)),
        ((1921, 1), (1280, 2)),
    ],
)
def test_the_size_is_even_and_bounded(size, expected):
    assert overlay_size(*size) == expected


@pytest.mark.parametrize("size", [(641, 479), (2001, 1001), (96, 72)])
def test_the_skeleton_lies_on_the_body_at_any_size(size, tmp_path):
    short = an_analysis(depths=(1.0,), size=size)
    i = at_bottom(short)
    frames = [f for f in frames_of(short) if f.index == i]
    write_all(short, tmp_path / "a.mp4", frames)
    with av.open(str(tmp_path / "a.mp4")) as video:
        image = next(video.decode(video=0)).to_ndarray(format="rgb24")
    scale = image.shape[1] / size[0]
    thigh = middle(short, i, "left_hip", "left_knee") * scale
    blue = image[around(thigh, 1)].reshape(-1, 3).mean(axis=0)
    assert blue[2] > blue[0] + 40, "the near thigh is blue where it lies in the scaled picture"


def test_frames_between_two_poses_take_the_nearer_one(tmp_path):
    """Above 60 frames per second not every frame has a pose of its own."""
    short = an_analysis(depths=(1.0,))
    i = at_bottom(short)
    frame = next(f for f in frames_of(short) if f.index == i)
    for name, shift_s in (("a", 0.0), ("b", 0.01), ("c", -0.01)):
        write_all(short, tmp_path / name, [replace(frame, index=999, t_s=frame.t_s + shift_s)])
    assert len({(tmp_path / name).stat().st_size for name in "abc"}) == 1


def test_an_error_in_between_leaves_nothing(tmp_path):
    short = an_analysis(depths=(1.0,))
    (tmp_path / "a.mp4").write_text("old")

    def stopped() -> None:
        with OverlayWriter(tmp_path / "a.mp4", 640, 480, short) as writer:
            writer.write(next(frames_of(short)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_text() == "old"


def test_no_frame_makes_no_file(tmp_path):
    with OverlayWriter(tmp_path / "a.mp4", 640, 480, an_analysis(depths=(1.0,))):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told_with_what_to_do(tmp_path):
    short = an_analysis(depths=(1.0,))
    with pytest.raises(OutputError, match=r"a\.mp4 was not written: the folder .* does not exist"):
        write_all(short, tmp_path / "nowhere" / "a.mp4")


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    short = an_analysis(depths=(1.0,))
    with small_disk(2000), pytest.raises(OutputError, match="disk is full"):
        write_all(short, tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


# --- the still


def test_a_still_is_a_jpeg_with_the_skeleton_but_without_the_cards(squats, tmp_path):
    i = at_bottom(squats)
    frame = next(f for f in frames_of(squats) if f.index == i)
    write_still(frame, squats, i, tmp_path / "rep-1.jpg")
    with Image.open(tmp_path / "rep-1.jpg") as opened:
        assert (opened.format, opened.size) == ("JPEG", (640, 480))
        image = np.asarray(opened.convert("RGB"))
    thigh = middle(squats, i, "left_hip", "left_knee")
    np.testing.assert_allclose(image[around(thigh, 1)].reshape(-1, 3).mean(axis=0), LEFT, atol=40)
    np.testing.assert_allclose(image[:80, :200], GREY, atol=3)
    assert (frame.image == GREY).all()


def test_a_still_that_cannot_be_written_is_told(squats, tmp_path):
    frame = next(frames_of(squats))
    with pytest.raises(OutputError, match="does not exist"):
        write_still(frame, squats, 0, tmp_path / "nowhere" / "a.jpg")
