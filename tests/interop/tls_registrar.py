"""A registrar of one connection: lets a phone in over TLS, and once there is a file `go` in the folder,
sends it a message and a good OPTIONS. Prints all that comes back, and on stderr how long the OPTIONS
took, ms, without the time in which others had this script's processor.

usage: tls_registrar.py PORT FOLDER MESSAGE
"""

import os
import re
import socket
import ssl
import sys
import time

PORT, FOLDER, MESSAGE = sys.argv[1:4]


def clock():
    """Seconds, those apart in which this script waited for a processor."""
    try:
        with open("/proc/self/schedstat") as stat:
            waited = int(stat.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        waited = 0
    return time.monotonic() - waited


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{FOLDER}/cert.pem", f"{FOLDER}/key.pem")
listener = socket.create_server(("127.0.0.1", int(PORT)))
print("listening", flush=True)
link = context.wrap_socket(listener.accept()[0], server_side=True)
link.settimeout(20)

request = b""
while b"\r\n\r\n" not in request:
    request += link.recv(4096)
text = request.decode()
keep = [
    line
    for line in text.split("\r\n")
    if re.match(r"(Via|From|To|Call-ID|CSeq|Contact):", line, re.IGNORECASE)
]
keep = [line + ";tag=1" if line.lower().startswith("to:") else line for line in keep]
answer = "\r\n".join(["SIP/2.0 200 OK", *keep, "Expires: 3600", "Content-Length: 0", "", ""])
link.sendall(answer.encode())

while not os.path.exists(f"{FOLDER}/go"):
    time.sleep(0.01)
link.sendall(open(MESSAGE, "rb").read())
options = (
    "OPTIONS sip:alice@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bKgood0\r\n"
    "From: <sip:b@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: good-0\r\nCSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)
sent = clock()
link.sendall(options.encode())
link.settimeout(2)
heard = b""
try:
    while got := link.recv(4096):
        if b"Call-ID: good-0" not in heard and b"Call-ID: good-0" in heard + got:
            print(f"{(clock() - sent) * 1000:.0f}", file=sys.stderr, flush=True)
        heard += got
        sys.stdout.write(got.decode(errors="replace"))
        sys.stdout.flush()
except TimeoutError:
    pass
