"""Connects to a server on this machine by what the standard library has on top of TCP.

stopped by: seccomp, landlock, namespaces
"""

import asyncio
import ftplib
import http.client
import smtplib
import urllib.request


def by_http(port):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.connect()
    return line.sock.getpeername()[1] == port


def by_asyncio(port):
    async def connect():
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        return writer.get_extra_info("peername")[1] == port

    return asyncio.run(connect())


def until_it_waits_for_an_answer(ask):
    def asked(port):
        try:
            return ask(port) is not None
        except TimeoutError:  # the decoy takes connections and says nothing
            return True

    return asked


def attack(decoys):
    refused = ValueError("no server to connect to")
    for connect in (
        by_http,
        by_asyncio,
        until_it_waits_for_an_answer(
            lambda port: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=0.1)
        ),
        until_it_waits_for_an_answer(lambda port: smtplib.SMTP("127.0.0.1", port, timeout=0.1)),
        until_it_waits_for_an_answer(lambda port: ftplib.FTP().connect("127.0.0.1", port, timeout=0.1)),
    ):
        try:
            if connect(decoys["tcp"]):
                return True
        except OSError as problem:
            refused = problem
    raise refused
