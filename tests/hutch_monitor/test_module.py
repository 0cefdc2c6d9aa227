import hutch_monitor
from hutch_auth import Auth, auth_module, operators_module
from hutch_monitor import monitor_module


def test_the_same_arguments_give_the_same_module() -> None:
    assert monitor_module() is monitor_module("/monitor", queues="/monitor/saq")
    assert monitor_module() is monitor_module(auth=operators_module())
    assert monitor_module(queues="/admin/queues") is not monitor_module()
    assert monitor_module(auth=auth_module()) is not monitor_module()


def test_it_exports_who_logs_in() -> None:
    assert operators_module() in monitor_module().exports
    assert auth_module() in monitor_module(auth=auth_module()).exports
    assert Auth in operators_module().exports


def test_public_names() -> None:
    assert sorted(hutch_monitor.__all__) == ["MonitorSettings", "ShownQueues", "monitor_module"]
