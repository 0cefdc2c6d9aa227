"""The command line itself: its own commands and those of an app."""


def test_help_lists_the_own_commands_without_an_app(here):
    result = here("--help")
    assert result.code == 0
    assert [name for name in ("run", "graph", "doctor", "env", "new") if name in result.out]
    assert "store" not in result.out


def test_an_app_brings_its_commands(here):
    result = here("--app", "bookshop", "--help")
    assert "Look into the store." in result.out
    assert "Look into the queues." in result.out
    assert (here("--app", "bookshop", "store", "keys")).out == "bookshop has 3 keys\n"


def test_the_setting_names_the_app(here):
    assert (here("store", "keys", HUTCH_APP="bookshop")).out == "bookshop has 3 keys\n"
    assert "Empty the store." in (here("store", "--help", HUTCH_APP="bookshop")).out


def test_a_first_word_that_is_no_command_is_the_app(here):
    assert here("corner", "store", "keys").out == "bookshop has 3 keys\n"
    assert here("bookshop:app", "store", "keys").out == "bookshop has 3 keys\n"
    assert "Look into the store." in here("corner", "--help").out
    for other in ("steps", "nowhere"):
        assert here("corner", "store", "keys", HUTCH_APP=other).code == 0


def test_a_first_word_that_names_no_apps_package_is_not_imported(here):
    for word in ("explosive", "bookshop", "not-a-name"):
        result = here(word, "store")
        assert result.code == 1
        assert f"hutch has no command {word!r}." in result.err


def test_a_first_word_with_an_attribute_is_told_as_an_app(here):
    result = here("bookshop:shelf", "store", "keys")
    assert result.code == 1
    assert "bookshop:shelf: bookshop has no 'shelf'. Did you mean" in result.err


def test_an_unknown_command_says_how_to_reach_those_of_an_app(here):
    result = here("store", "keys")
    assert result.code == 1
    assert result.err == (
        "Error: hutch has no command 'store'. If a module of your app has it, name the app: "
        "hutch --app TARGET store, or set HUTCH_APP.\n"
    )
    assert "Did you mean doctor?" in (here("docter")).err
    assert "Did you mean store?" in (here("stroe", HUTCH_APP="bookshop")).err


def test_help_survives_an_app_that_does_not_load(here):
    result = here("--help", HUTCH_APP="nowhere")
    assert result.code == 0
    assert "run" in result.out
    assert "The app's own commands are not listed: nowhere:" in result.err


def test_the_own_commands_do_not_import_the_app(here):
    assert (here("run", "--help", HUTCH_APP="nowhere")).err == ""


def test_the_usage_names_the_target_once(here):
    assert "run [OPTIONS] [TARGET]" in here("run", "--help").out


def test_env_prints_the_example(here):
    result = here("env", "bookshop")
    assert "# HUTCH_BOOKSHOP__SIZE=8\n" in result.out
    assert "# HUTCH_BOOKSHOP__PASSWORD=\n" in result.out
    assert "sesame" not in result.out
