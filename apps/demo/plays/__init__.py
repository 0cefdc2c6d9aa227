"""One play for each app: who uses it in the demo, and what has to come out."""

from __future__ import annotations

from collections.abc import Callable

from demo.plays.fashiondeck import FashiondeckPlay
from demo.plays.play import Play, Progress, Scene
from demo.plays.rabbit24 import Rabbit24Play
from demo.plays.secondme import SecondMePlay
from demo.plays.xbot import XbotPlay

PLAYS: dict[str, Callable[[], Play]] = {
    "rabbit24": Rabbit24Play,
    "xbot": XbotPlay,
    "secondme": SecondMePlay,
    "fashiondeck": FashiondeckPlay,
}
"""Every app's play, by the app's name."""

__all__ = ["PLAYS", "Play", "Progress", "Scene"]
