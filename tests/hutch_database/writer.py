"""One of several processes that write to one database: ``writer.py URL TIMES``.

Each round reads, writes what it read plus one, and leaves a row of its own.
"""

import asyncio
import os
import sys

from sqlalchemy import Column, Integer, MetaData, Table, insert, select, update

from hutch_database import connect

counter = Table("counter", MetaData(), Column("value", Integer))
entry = Table("entry", MetaData(), Column("process", Integer), Column("number", Integer))


async def write(url: str, times: int) -> None:
    async with connect(url) as database:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(times):
            async with database.session() as session:
                await session.execute(select(entry).limit(1))
                value = await session.scalar(select(counter.c.value).with_for_update())
                await session.execute(insert(entry).values(process=os.getpid(), number=number))
                await session.execute(update(counter).values(value=(value or 0) + 1))


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], int(sys.argv[2])))
