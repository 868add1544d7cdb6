"""Figures of the command line, held to their limits: its size, and of the answering phone start to
ready, memory when idle, INVITE to 200; then the demo.

usage: answer_figures.py PATH-OF-milliwatt [CALLS]
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BINARY = sys.argv[1]
CALLS = int(sys.argv[2]) if len(sys.argv) > 2 else 50

caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
caller.bind(("127.0.0.1", 0))
caller.settimeout(3)
ours = f"127.0.0.1:{caller.getsockname()[1]}"
folder = tempfile.mkdtemp()
environment = dict(os.environ, MILLIWATT_CONFIG_DIR=folder, MILLIWATT_DATA_DIR=folder)

started = time.perf_counter()
arguments = f"answer sip:alice@{ours} --no-register --bind 127.0.0.1:0 --for 100s --jsonl -"
phone = subprocess.Popen(
    [BINARY, *arguments.split()],
    stdout=subprocess.PIPE,
    stderr=subprocess.DEVNULL,
    env=environment,
)
ready = json.loads(phone.stdout.readline())
ready_ms = (time.perf_counter() - started) * 1000
place = ready["listen"][0].removeprefix("udp:")
host, port = place.rsplit(":", 1)
time.sleep(1)
with open(f"/proc/{phone.pid}/status") as status:
    resident = next(line.split()[1] for line in status if line.startswith("VmRSS"))

SDP = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "m=audio 40000 RTP/AVP 0",
        "",
    ]
)


def send(method, call, number, tag="", body=""):
    kind = "Content-Type: application/sdp\r\n" if body else ""
    text = (
        f"{method} sip:alice@{place} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {ours};branch=z9hG4bK{method}{call}\r\nMax-Forwards: 70\r\n"
        f"From: <sip:caller@{ours}>;tag=a{call}\r\nTo: <sip:alice@{place}>{tag}\r\n"
        f"Call-ID: {call}@figures\r\nCSeq: {number} {method}\r\n"
        f"Contact: <sip:caller@{ours}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
    )
    caller.sendto(text.encode(), (host, int(port)))


def wait_for_200(method, call):
    while True:
        text = caller.recv(4096).decode()
        if text.startswith("SIP/2.0 200") and f"{method}{call}" in text:
            return text


took = []
for call in range(CALLS):
    began = time.perf_counter()
    send("INVITE", call, 1, body=SDP)
    answer = wait_for_200("INVITE", call)
    took.append((time.perf_counter() - began) * 1000)
    to = next(line for line in answer.split("\r\n") if line.startswith("To:"))
    tag = ";tag=" + to.split(";tag=")[1]
    send("ACK", call, 1, tag)
    send("BYE", call, 2, tag)
    wait_for_200("BYE", call)
    time.sleep(0.05)

phone.terminate()
phone.wait()
took.sort()

started = time.perf_counter()
subprocess.run([BINARY, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
demo_s = time.perf_counter() - started

missed = []


def figure(title, value, limit, unit):
    print(f"{title:<24}{value:8.2f} {unit}, wanted at most {limit}")
    if value > limit:
        missed.append(title)


figure("size of the binary", os.path.getsize(BINARY) / 1e6, 20, "MB")
figure("start to ready", ready_ms, 60, "ms")
figure("resident when idle", int(resident) / 1024, 25, "MB")
figure("INVITE to 200, median", statistics.median(took), 1, "ms")
print(f"    p95 {took[int(CALLS * 0.95) - 1]:.2f} ms, largest {took[-1]:.2f} ms, {CALLS} calls")
figure("demo, whole", demo_s, 30, "s")
if missed:
    sys.exit("not reached: " + ", ".join(missed))
