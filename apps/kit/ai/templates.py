"""Texts without a model: templates. They repeat facts and invent nothing."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from string import Template

from kit.ai.port import Task, Writer, Written
from kit.platforms import FailPermanent


class TemplateWriter(Writer):
    """Fill one of a task's templates; the same facts always choose the same one."""

    async def write(self, task: Task, facts: Mapping[str, str]) -> Written:
        """Write a text.

        Raises:
            FailPermanent: The template names a fact that is not given.
        """
        key = "\n".join(f"{name}={facts[name]}" for name in sorted(facts))
        template = task.templates[zlib.crc32(key.encode()) % len(task.templates)]
        try:
            text = Template(template).substitute(facts)
        except KeyError as missing:
            raise FailPermanent(
                f"A template of the task {task.name!r} needs the fact {missing}; "
                f"given are: {', '.join(sorted(facts)) or 'none'}."
            ) from None
        return Written(text, "templates")
