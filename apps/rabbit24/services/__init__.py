"""What the domain does: no Redis and no HTTP."""

from hutch import Module, bind
from hutch_auth import auth_module
from hutch_cache import cache_module
from hutch_database import database_module
from hutch_ratelimit import ratelimit_module
from hutch_vault import vault_module
from kit.ai import ai_module
from kit.files import files_module
from kit.publishing import Accounts, Gate, publishing_module
from kit.vectors import vectors_module
from rabbit24.keys import CACHED, DAILY
from rabbit24.services.accounts import StoredAccounts
from rabbit24.services.brands import Brands
from rabbit24.services.credit import Credits
from rabbit24.services.daily import DailyLimits
from rabbit24.services.distribution import Distributions
from rabbit24.services.likeness import Likeness
from rabbit24.services.materials import Materials
from rabbit24.services.metrics import Measuring
from rabbit24.services.networks import Networks
from rabbit24.services.posts import Posts
from rabbit24.services.schedules import Slots
from rabbit24.settings import DistributionSettings, Rabbit24Settings

cached = cache_module(*CACHED)
limited = ratelimit_module(**DAILY)

accounts = Module(
    "accounts",
    imports=[cached, database_module(), limited, vault_module()],
    providers=[
        StoredAccounts,
        DailyLimits,
        bind(Accounts).alias(StoredAccounts),
        bind(Gate).alias(DailyLimits),
    ],
    exports=[StoredAccounts, DailyLimits, Accounts, Gate],
)
publishing = publishing_module(accounts)

SERVICES = [
    Brands, Credits, Distributions, Likeness, Materials, Measuring, Networks, Posts, Slots,
]  # fmt: skip

domain = Module(
    "domain",
    imports=[
        accounts,
        ai_module(),
        auth_module(),
        cached,
        database_module(),
        files_module(),
        publishing,
        vectors_module(),
    ],
    providers=[Rabbit24Settings, DistributionSettings, *SERVICES],
    exports=[
        accounts,
        files_module(),
        publishing,
        Rabbit24Settings,
        DistributionSettings,
        *SERVICES,
    ],
)
