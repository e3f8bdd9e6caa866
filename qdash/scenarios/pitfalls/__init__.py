"""What goes wrong with queues: each pitfall as a broken program and a fixed one."""
