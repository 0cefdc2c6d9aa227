"""Every error the framework raises on purpose.

HutchError
├── GraphError                 the modules do not fit together; nothing was started
│   ├── MissingProvider        somebody needs what its module cannot see
│   ├── ProviderCycle          providers need each other
│   ├── ScopeCapture           an app-wide object would hold a request's object
│   ├── AmbiguousProvider      one token, two providers
│   ├── UnknownChoice          a choice names a backend that is not offered
│   ├── UnusedOverride         a test replaces what nobody uses
│   └── InvalidDeclaration     a module, binding or handler is written wrongly
├── StartError                 a resource failed to open; what was open is closed again
├── NotStarted                 an object was asked for that is not open
├── InnerNotReady              an app inside of this one is not ready
├── SettingsError              an environment variable is unknown, wrong or missing
└── TargetError                the command line names an application that is not there
"""


class HutchError(Exception):
    """Base of all errors raised by the framework.

    Attributes:
        code: A stable name for programs and searches, e.g. ``missing-provider``.
    """

    code = "hutch-error"


class GraphError(HutchError):
    """Base of the refusals found before anything is started."""

    code = "graph-error"


class MissingProvider(GraphError):
    """Somebody needs a token that its module cannot see."""

    code = "missing-provider"


class ProviderCycle(GraphError):
    """Providers need each other."""

    code = "provider-cycle"


class ScopeCapture(GraphError):
    """An object that lives for the app would hold one that lives for a request."""

    code = "scope-capture"


class AmbiguousProvider(GraphError):
    """A module sees two providers of one token."""

    code = "ambiguous-provider"


class UnknownChoice(GraphError):
    """A choice returned a name that none of its options has."""

    code = "unknown-choice"


class UnusedOverride(GraphError):
    """An override replaces something that nobody uses."""

    code = "unused-override"


class InvalidDeclaration(GraphError):
    """A module, binding or handler is declared in a way that cannot work."""

    code = "invalid-declaration"


class StartError(HutchError):
    """A resource or service failed while the app started."""

    code = "start-failed"


class NotStarted(HutchError):
    """An object was asked for that the running app did not open."""

    code = "not-started"


class InnerNotReady(HutchError):
    """An app inside of this one is not ready."""

    code = "inner-not-ready"


class SettingsError(HutchError):
    """A setting is unknown, missing or has a wrong value."""

    code = "wrong-setting"


class TargetError(HutchError):
    """The named application cannot be loaded."""

    code = "unknown-target"
