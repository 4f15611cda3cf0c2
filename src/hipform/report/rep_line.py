"""One rep in one line, for a glance between two reps."""

from hipform.records import Rep
from hipform.report.summary import format_measure

# What says how far a rep went, the first that was measured; words before it.
_BENDS = {"hinge": (("hip_flexion_peak_deg", "hip"), ("hip_drop_ratio", "hip drop"))}
_OTHER_BENDS = (("knee_flexion_peak_deg", "knee"), ("hip_drop_ratio", "hip drop"))
_TIMES = (("lowering_s", "down"), ("lifting_s", "up"))


def rep_line(rep: Rep) -> str:
    """What a rep was like: "about parallel, knee 104° ± 6, down 1.8 ± 0.1 s, up 1.2 ± 0.1 s".

    What was not measured is left out; a partial rep says why it was not counted.
    """
    if not rep.complete:
        return f"not counted: {rep.reason}"
    parts = []
    if rep.depth is not None:
        parts.append(f"{rep.depth.depth_class}{' parallel' * (rep.depth.depth_class != 'about parallel')}")
    bends = ((rep.measure(name), word) for name, word in _BENDS.get(rep.exercise, _OTHER_BENDS))
    parts += [f"{word} {format_measure(bend)}" for bend, word in bends if bend][:1]
    times = ((rep.measure(name), word) for name, word in _TIMES)
    parts += [f"{word} {format_measure(time)}" for time, word in times if time]
    return ", ".join(parts) or "counted"
