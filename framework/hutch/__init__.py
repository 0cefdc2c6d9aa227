"""Hutch: compose Python applications from modules.

A dependency-injection container wires swappable modules; each app assembles the
modules it needs. Start with ``Module``, ``bind`` and ``App``.
"""

from hutch.app import App
from hutch.binding import Binding, Scope, bind
from hutch.discovery import Discovery, Found
from hutch.inner import app_module
from hutch.interceptors import Interceptor, Invocation, intercept
from hutch.module import Module
from hutch.roles import Role
from hutch.running import Running
from hutch.settings import Also, Settings
from hutch.tokens import Inject, Name

__all__ = [
    "Also",
    "App",
    "Binding",
    "Discovery",
    "Found",
    "Inject",
    "Interceptor",
    "Invocation",
    "Module",
    "Name",
    "Role",
    "Running",
    "Scope",
    "Settings",
    "app_module",
    "bind",
    "intercept",
]
