import hutch_monitor
from hutch_monitor import Operators, monitor_module, operators_module


def test_the_same_paths_give_the_same_module() -> None:
    assert monitor_module() is monitor_module("/monitor", queues="/monitor/saq")
    assert monitor_module(queues="/admin/queues") is not monitor_module()
    assert operators_module() is operators_module()
    assert Operators in operators_module().exports


def test_public_names() -> None:
    assert sorted(hutch_monitor.__all__) == [
        "Access",
        "LoginCookie",
        "MonitorSettings",
        "Operator",
        "Operators",
        "RequireOperator",
        "RequireViewer",
        "monitor_module",
        "operators_module",
    ]
