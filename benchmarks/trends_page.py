"""How long the page Trends takes on the server after ten years: `python benchmarks/trends_page.py [SETS]`.

The sets of `benchmarks/history.py` in a temporary folder. The whole script of the page runs, as for a
visitor, without browser and network; the first run, which imports everything, is not counted. Another tab
alone takes less: only the tabs run again.
"""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime

import history as sets
from streamlit.testing.v1 import AppTest

from hipform.store.history import open_history
from hipform.ui.settings import main_script

PARTS = ("Left and right", "Within a set", "Tempo", "Volume", "Findings")


def page_ms(period: str, part: str) -> tuple[float, float]:
    """Median time, and median processor time, of a run of the page with this part open, milliseconds."""
    at = AppTest.from_file(str(main_script()), default_timeout=60)
    at.session_state["trends_part"] = part
    at.run()
    at.query_params["exercise"], at.query_params["period"] = "squat", period
    at.switch_page("page/trends.py").run()
    used = []

    def run() -> None:
        began = time.process_time()
        at.run()
        used.append(1000 * (time.process_time() - began))
        if at.exception or not at.header:
            raise RuntimeError("the page shows no trend")

    wall = sets.median_ms(run)
    return wall, sorted(used)[len(used) // 2]


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    sets.NOW = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as home:
        os.environ["HIPFORM_HOME"] = home
        history = open_history()
        sets.fill(history, count)
        print(f"{count} sets, a third of them squats; milliseconds on the server (processor time)")
        print("| period | " + " | ".join(PARTS) + " |")
        print("|---|" + "---|" * len(PARTS))
        for period in ("1y", "all"):
            cells = [f"{wall:.0f} ({used:.0f})" for wall, used in (page_ms(period, part) for part in PARTS)]
            print(f"| {period} | {' | '.join(cells)} |", flush=True)
        history.close()


if __name__ == "__main__":
    main()
