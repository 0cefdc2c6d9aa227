"""Mistakes with bindings; both type checkers refuse each marked line and no other."""

from queue_good import ConsoleMailer, Database, Mailer, ShopSettings, database, mailer

from hutch import Module, bind


def number(settings: ShopSettings) -> int:
    return len(settings.mailer)


bind(Mailer).to(Database)  # E: a Database is no Mailer
bind(Mailer).value(Database("x"))  # E: nor is this one
bind(Mailer).open(database)  # E: it opens a Database
bind(Mailer).choose(mailer, console=ConsoleMailer, x=Database)  # E: one option is no Mailer
bind(Mailer).choose(number, console=ConsoleMailer)  # E: the choice must be a name
Module("shop", imports=[bind])  # E: a module's imports are modules
