"""What the lab's loop refuses, and in which words: whatever needs the world outside."""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn


class _Refusal:
    """A method of the event loop that raises NotImplementedError with a sentence."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, loop: object, owner: type | None = None) -> _Refusal:
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise NotImplementedError: a lab has no outside world."""
        raise NotImplementedError(
            f"{self._name}() needs the world outside; the lab's loop runs on virtual time "
            "and has no input, output, signals, threads or processes"
        )


class NoOutsideWorld(asyncio.AbstractEventLoop):
    """An event loop without I/O: each method that would need some is refused."""

    # threads and names
    run_in_executor = _Refusal()
    set_default_executor = _Refusal()
    getaddrinfo = _Refusal()
    getnameinfo = _Refusal()

    # file descriptors and signals
    add_reader = _Refusal()
    remove_reader = _Refusal()
    add_writer = _Refusal()
    remove_writer = _Refusal()
    add_signal_handler = _Refusal()
    remove_signal_handler = _Refusal()

    # connections
    create_connection = _Refusal()
    create_server = _Refusal()
    create_datagram_endpoint = _Refusal()
    create_unix_connection = _Refusal()
    create_unix_server = _Refusal()
    connect_accepted_socket = _Refusal()
    start_tls = _Refusal()
    sendfile = _Refusal()

    # sockets
    sock_recv = _Refusal()
    sock_recv_into = _Refusal()
    sock_recvfrom = _Refusal()
    sock_recvfrom_into = _Refusal()
    sock_sendall = _Refusal()
    sock_sendto = _Refusal()
    sock_sendfile = _Refusal()
    sock_connect = _Refusal()
    sock_accept = _Refusal()

    # pipes and processes
    connect_read_pipe = _Refusal()
    connect_write_pipe = _Refusal()
    subprocess_exec = _Refusal()
    subprocess_shell = _Refusal()
