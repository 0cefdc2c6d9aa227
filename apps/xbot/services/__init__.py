"""What the domain does: no Redis and no HTTP."""

from hutch import Module, bind
from hutch_cache import cache_module
from hutch_database import database_module
from hutch_lock import lock_module
from hutch_metrics import metrics_module
from hutch_ratelimit import ratelimit_module
from hutch_vault import vault_module
from kit.ai import ai_module
from kit.platforms import platforms_module
from kit.publishing import Accounts, Gate, publishing_module
from kit.tallies import tallies_module
from xbot.keys import CACHED, TALLIED
from xbot.services.account import StoredAccount
from xbot.services.beliefs import Beliefs
from xbot.services.configuration import Configuration
from xbot.services.drafts import Drafts
from xbot.services.learning import Learning
from xbot.services.lessons import Lessons
from xbot.services.limits import ConfiguredLimits
from xbot.services.measuring import Measuring
from xbot.services.posting import Posting
from xbot.services.posts import Posts
from xbot.services.statistics import Statistics
from xbot.services.training import Training
from xbot.services.tweets import Tweets
from xbot.services.writing import Writing
from xbot.settings import XbotSettings

SETTLED = [XbotSettings, Configuration, StoredAccount, ConfiguredLimits]
"""What publishing asks, and everybody."""
SERVICES = [
    Beliefs, Drafts, Learning, Lessons, Measuring, Posting, Posts, Statistics, Training, Tweets,
    Writing,
]  # fmt: skip

cached = cache_module(*CACHED)
account = Module(
    "account",
    imports=[cached, database_module(), ratelimit_module(), vault_module()],
    providers=[
        *SETTLED,
        bind(Accounts).alias(StoredAccount),
        bind(Gate).alias(ConfiguredLimits),
    ],
    exports=[*SETTLED, Accounts, Gate],
)
publishing = publishing_module(account)

domain = Module(
    "domain",
    imports=[
        account,
        ai_module(),
        cached,
        database_module(),
        lock_module(),
        metrics_module(),
        platforms_module(),
        publishing,
        tallies_module(*TALLIED),
    ],
    providers=SERVICES,
    exports=[account, publishing, *SERVICES],
)
