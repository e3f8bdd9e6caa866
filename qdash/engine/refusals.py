"""What the lab's loop refuses, and in which words: whatever needs the world outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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


# Typed so that one refusal fits the signature of each method that it takes the place of.
_refusal: Callable[[], Any] = _Refusal


class NoOutsideWorld(asyncio.AbstractEventLoop):
    """An event loop without I/O: each method that would need some is refused."""

    # threads and names
    run_in_executor = _refusal()
    set_default_executor = _refusal()
    getaddrinfo = _refusal()
    getnameinfo = _refusal()

    # file descriptors and signals
    add_reader = _refusal()
    remove_reader = _refusal()
    add_writer = _refusal()
    remove_writer = _refusal()
    add_signal_handler = _refusal()
    remove_signal_handler = _refusal()

    # connections
    create_connection = _refusal()
    create_server = _refusal()
    create_datagram_endpoint = _refusal()
    create_unix_connection = _refusal()
    create_unix_server = _refusal()
    connect_accepted_socket = _refusal()
    start_tls = _refusal()
    sendfile = _refusal()

    # sockets
    sock_recv = _refusal()
    sock_recv_into = _refusal()
    sock_recvfrom = _refusal()
    sock_recvfrom_into = _refusal()
    sock_sendall = _refusal()
    sock_sendto = _refusal()
    sock_sendfile = _refusal()
    sock_connect = _refusal()
    sock_accept = _refusal()

    # pipes and processes
    connect_read_pipe = _refusal()
    connect_write_pipe = _refusal()
    subprocess_exec = _refusal()
    subprocess_shell = _refusal()
