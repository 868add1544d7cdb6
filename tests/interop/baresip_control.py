"""Speaks to baresip's ctrl_tcp: prints each event as a line, presses digits once a call is up
and hangs up after a while.

usage: baresip_control.py ADDRESS PORT DIGITS SECONDS [COMMAND PARAMS]
"""

import json
import socket
import sys
import time

ADDRESS, PORT, DIGITS, SECONDS = sys.argv[1:5]

for attempt in range(100):
    try:
        link = socket.create_connection((ADDRESS, int(PORT)))
        break
    except OSError:
        time.sleep(0.05)

print("connected", flush=True)


def command(name, params=""):
    text = json.dumps({"command": name, "params": params, "token": "t"}).encode()
    link.sendall(str(len(text)).encode() + b":" + text + b",")


if len(sys.argv) > 5:
    command(*sys.argv[5:7])
pending = b""
link.settimeout(40)
while True:
    try:
        got = link.recv(4096)
    except (TimeoutError, ConnectionResetError):
        break
    if not got:
        break
    pending += got
    while b":" in pending:
        size, rest = pending.split(b":", 1)
        if len(rest) < int(size) + 1:
            break
        message = json.loads(rest[: int(size)])
        pending = rest[int(size) + 1 :]
        print(json.dumps(message), flush=True)
        if message.get("type") == "CALL_ESTABLISHED":
            for digit in DIGITS:
                time.sleep(0.3)
                command("sndcode", digit)
            time.sleep(float(SECONDS))
            command("hangup")
