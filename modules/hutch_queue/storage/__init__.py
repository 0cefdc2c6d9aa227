"""Where jobs are: the port, Redis, memory."""
