"""A log for each time that a phase was begun, read as one."""

from mien.train.csv_log import FILE, logs, new_version, read_columns


def begin(phase_dir, *rows):
    """Log a start; row: epoch counted from 0, loss."""
    path = phase_dir / new_version(phase_dir) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("epoch,loss,step\n" + "".join(f"{epoch},{loss},7\n" for epoch, loss in rows))
    return path


def test_a_start_never_opens_the_log_of_another(tmp_path):
    paths = [begin(tmp_path) for _ in range(11)]
    assert [path.parent.name for path in (paths[0], paths[1], paths[10])] == ["csv", "csv-2", "csv-11"]
    assert logs(tmp_path) == paths


def test_a_phase_that_was_never_begun_has_no_log(tmp_path):
    assert logs(tmp_path / "head") == []
    assert new_version(tmp_path / "head") == "csv"


def test_a_start_that_ended_before_it_logged_leaves_its_place_to_the_next(tmp_path):
    (tmp_path / "csv").mkdir()
    assert begin(tmp_path).parent.name == "csv"


def test_an_epoch_that_was_done_again_counts_as_it_was_done_last(tmp_path):
    begin(tmp_path, (0, 0.9), (1, 0.8))
    begin(tmp_path, (1, 0.7), (2, ""), (2, 0.6))
    assert read_columns(logs(tmp_path), ["loss", "score"]) == {"loss": {1: 0.9, 2: 0.7, 3: 0.6}}
