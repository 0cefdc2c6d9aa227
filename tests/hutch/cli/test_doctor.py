async def test_a_sound_app_exits_0_with_plain_lines(call):
    result = await call("doctor", "bookshop")
    assert result.code == 0
    lines = result.out.splitlines()
    assert "HUTCH_BOOKSHOP__PASSWORD\t***\tdefault" in lines
    assert "ok\tresource\tPool (store)\topened" in lines
    assert "ok\thealth\tstore\t1 ms" in lines
    assert lines[-1] == "bookshop: nothing that is required fails."
    assert "sesame" not in result.out


async def test_an_app_that_does_not_start_exits_1_with_the_reason(call):
    result = await call("doctor", "steps:failing")
    assert result.code == 1
    lines = result.out.splitlines()
    assert "ok\tresource\tJobs (queue)\topened" in lines
    assert (
        "failed\tresource\tSlow (failing)\t"
        "OSError: no such disk `hutch run` shows where it comes from." in lines
    )
    assert lines[-1].startswith("failing: 1 of ")
    assert result.err == ""


async def test_wrong_settings_do_not_stop_it(call):
    result = await call("doctor", "bookshop", HUTCH_LOG__LEVEL="loud", HUTCH_BOOKSHOP__PASWORD="x")
    assert result.code == 1
    assert "HUTCH_LOG__LEVEL='loud'" in result.out
    assert "did you mean HUTCH_BOOKSHOP__PASSWORD?" in result.out
    assert "ok\tresource\tPool (store)\topened" in result.out
