import os
import threading

import pytest

from hipform.pose.quiet import without_chatter

CHATTER = (
    b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    b"W0000 00:00:1795360478.019740 26605 inference_feedback_manager.cc:114] Feedback manager requires\n"
    b"W0000 00:00:1795360478.149682 26605 landmark_projection_calculator.cc:78] Using NORM_RECT\n"
)
NEWS = b"E0000 00:00:1795360478.149682 26605 calculator_graph.cc:892] out of memory\n"


def test_known_chatter_is_dropped_and_a_true_error_passes(capfd: pytest.CaptureFixture[str]) -> None:
    with without_chatter():
        os.write(2, CHATTER + NEWS + CHATTER)
    os.write(2, b"afterwards\n")

    assert capfd.readouterr().err == NEWS.decode() + "afterwards\n"


def test_an_exception_inside_loses_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def failing() -> None:
        with without_chatter():
            os.write(2, NEWS)
            raise ValueError("no model")

    with pytest.raises(ValueError, match="no model"):
        failing()
    os.write(2, b"afterwards\n")

    assert capfd.readouterr().err == NEWS.decode() + "afterwards\n"


def test_threads_that_start_at_once_give_the_error_output_back(capfd: pytest.CaptureFixture[str]) -> None:
    def start() -> None:
        for _ in range(20):
            with without_chatter():
                os.write(2, CHATTER)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"afterwards\n")

    assert capfd.readouterr().err == "afterwards\n"


def test_without_an_error_output_the_work_is_done_all_the_same() -> None:
    real = os.dup(2)
    done = False
    try:
        os.close(2)
        with without_chatter():
            done = True
    finally:
        os.dup2(real, 2)
        os.close(real)

    assert done
