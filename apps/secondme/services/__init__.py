"""What SecondMe does, without Redis or HTTP in sight."""

from hutch import bind
from hutch.contributions import Metrics, Service
from hutch.roles import Role
from secondme.services.admission import Admission
from secondme.services.answering import Answering
from secondme.services.connection import Connection
from secondme.services.contacts import Contacts
from secondme.services.conversation import Conversation
from secondme.services.deliveries import Deliveries
from secondme.services.draining import draining
from secondme.services.epoch import Epoch
from secondme.services.figures import HELP, read_figures
from secondme.services.forgetting import Forgetting
from secondme.services.ids import Ids
from secondme.services.kill_switch import BigSwitch
from secondme.services.overview import Overview
from secondme.services.pairing import PAIRING
from secondme.services.personas import DatabasePersonas, Personas, PersonaStore
from secondme.services.reception import Reception
from secondme.services.review import Review
from secondme.services.sending import Sender
from secondme.services.telling import Telling
from secondme.services.writing import Writing

SERVICES = (
    Admission,
    Answering,
    BigSwitch,
    Connection,
    Contacts,
    Conversation,
    Deliveries,
    Epoch,
    Forgetting,
    Ids,
    Overview,
    PAIRING,
    Personas,
    bind(PersonaStore).to(DatabasePersonas),
    Reception,
    Review,
    Sender,
    Telling,
    Writing,
)
"""All of them, for the module's providers."""

BACKGROUND = (
    Metrics(read_figures, HELP),
    Service("secondme-draining", draining, roles=frozenset({Role.WORKER})),
)
"""What goes on beside requests and jobs, for the module's contributions."""
