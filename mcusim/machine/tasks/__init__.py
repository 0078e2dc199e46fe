"""Who runs: threads, tasks of an RTOS and exception handlers, with their call trees, times and stacks."""
