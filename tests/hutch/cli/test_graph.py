import pytest


def test_a_graph_is_printed_whole_and_plain(here):
    result = here("graph", "bookshop", COLUMNS="40")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "bookshop: 16 modules"
    assert any(line.endswith("[memory] store  <- PoolSettings, Pool, Keys") for line in lines)


@pytest.mark.parametrize(("format_", "start"), [("mermaid", "flowchart"), ("html", "<!doctype")])
def test_a_graph_is_written_into_a_file(here, tmp_path, format_, start):
    file = tmp_path / "graph"
    result = here("graph", "bookshop", "--format", format_, "--output", str(file))
    assert (result.code, result.out) == (0, "")
    assert file.read_text("utf-8").startswith(start)


def test_a_file_that_cannot_be_written_is_named(here, tmp_path):
    file = tmp_path / "nowhere" / "graph"
    result = here("graph", "bookshop", "--output", str(file))
    assert result.code == 1
    assert result.err == f"Error: Cannot write {file}: No such file or directory.\n"
