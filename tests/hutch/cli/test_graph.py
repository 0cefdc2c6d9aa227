import pytest


async def test_a_graph_is_printed_whole_and_plain(call):
    result = await call("graph", "bookshop", COLUMNS="40")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "bookshop: 16 modules"
    assert any(line.endswith("[memory] store  <- PoolSettings, Pool, Keys") for line in lines)


@pytest.mark.parametrize(("format_", "start"), [("mermaid", "flowchart"), ("html", "<!doctype")])
async def test_a_graph_is_written_into_a_file(call, tmp_path, format_, start):
    file = tmp_path / "graph"
    result = await call("graph", "bookshop", "--format", format_, "--output", str(file))
    assert (result.code, result.out) == (0, "")
    assert file.read_text("utf-8").startswith(start)


async def test_a_file_that_cannot_be_written_is_named(call, tmp_path):
    file = tmp_path / "nowhere" / "graph"
    result = await call("graph", "bookshop", "--output", str(file))
    assert result.code == 1
    assert result.err == f"Error: Cannot write {file}: No such file or directory.\n"
