"""One controller for each resource."""

from secondme.api.contacts import ContactsController
from secondme.api.dashboard import DashboardController
from secondme.api.errors import ERRORS
from secondme.api.personas import PersonasController
from secondme.api.review import ReviewController
from secondme.api.switch import SwitchController
from secondme.api.webhook import WebhookController

CONTROLLERS = (
    ContactsController,
    DashboardController,
    PersonasController,
    ReviewController,
    SwitchController,
    WebhookController,
)
"""All of them, for the module."""

__all__ = ["CONTROLLERS", "ERRORS"]
