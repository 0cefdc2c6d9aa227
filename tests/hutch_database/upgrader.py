"""One of several processes that migrate one database: ``upgrader.py URL FOLDER PACKAGE...``."""

import asyncio
import sys

from hutch.contributions import Migrations
from hutch_database import connect, upgrade


async def main(url: str, folder: str, *packages: str) -> None:
    sys.path.insert(0, folder)
    async with connect(url) as database:
        print("ready", flush=True)
        sys.stdin.readline()
        await upgrade(database, [Migrations(name, f"{name}:migrations") for name in packages])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
