"""A server in a process of its own, stopped as an artist or the system stops it."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bridge.peers import greeted, picture

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_server_and_its_clients_hear_of_it(number):
    command = [sys.executable, "-m", "tests.bridge.waiting_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one:
        url = (await asyncio.to_thread(one.stdout.readline)).decode().strip()
        async with greeted(url) as client, greeted(url) as idle:
            for job in "ab":
                await client.decompose(job, picture())
            await client.progress(job="b")
            one.send_signal(number)
            replies = [(await client.reply())[0] for _ in "ab"]
            assert await client.close_code() == 1001
            assert await idle.close_code() == 1001
        assert await asyncio.to_thread(one.wait, 5) == 0
        assert one.stderr.read() == b""
    assert {(each["job"], each["code"]) for each in replies} == {
        ("a", "shutting_down"),
        ("b", "shutting_down"),
    }
