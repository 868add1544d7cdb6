"""Figures of many calls at once: processor time and loss of our engine beside SIPp, one core each.

usage: call_figures.py PATH-OF-the-calls-bench [CALLS [SECONDS]]

Two runs. SIPp's pcap play calls us: it sends sound, we send, receive and analyse. Then we call
SIPp's RTP echo, and get back what we sent.
"""

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile

BENCH = sys.argv[1]
CALLS = int(sys.argv[2]) if len(sys.argv) > 2 else 100
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 30

UAC = """<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="plays a pcap">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <nop><action><exec play_pcap_audio="PCAP"/></action></nop>
  <pause milliseconds="MILLISECONDS"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
"""


def write_pcap(path):
    """PCMU packets, 20 ms each, on an Ethernet that never was."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for n in range(SECONDS * 50):
            sound = bytes((n * 7 + k * 13) % 256 for k in range(160))
            rtp = struct.pack(">BBHII", 0x80, 0x80 if n == 0 else 0, n + 1, n * 160, 0x1234) + sound
            udp = struct.pack(">HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), n, 0, 64, 17, 0,
                             bytes([127, 0, 0, 1]), bytes([127, 0, 0, 1])) + udp
            frame = bytes(12) + b"\x08\x00" + ip
            out.write(struct.pack("<IIII", n // 50, n % 50 * 20000, len(frame), len(frame)))
            out.write(frame)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(core, arguments, **more):
    pinned = ["taskset", "-c", str(core), *map(str, arguments)]
    return subprocess.Popen(pinned, text=True, **more)


def processor_time(process):
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def line(title, seconds):
    per_call = 100 * seconds / (CALLS * SECONDS)
    print(f"{title:<34}{seconds:8.2f} s of processor time, {per_call:6.3f} % of a core per call")
    return per_call


def tell(told):
    """Prints the figures and holds them to what was placed: every call, every packet, each way."""
    if not told:
        sys.exit("the bench told no figures: see what it wrote above")
    figures = json.loads(told)
    print("    " + ", ".join(f"{name} {value}" for name, value in figures.items()))
    wanted = CALLS * SECONDS * 50
    missed = [f"{figures['calls']} of {CALLS} calls"] if figures["calls"] != CALLS else []
    missed += [f"{figures[name]} {name}" for name in ("lost", "late") if figures[name]]
    # A packet at either edge of a call may fall to the other side of its end.
    if figures["received"] < wanted - CALLS:
        missed.append(f"{figures['received']} of {wanted} packets received")
    if missed:
        sys.exit("not reached: " + ", ".join(missed))


folder = tempfile.mkdtemp()
pcap = os.path.join(folder, "sound.pcap")
write_pcap(pcap)
scenario = os.path.join(folder, "uac.xml")
with open(scenario, "w") as file:
    file.write(UAC.replace("PCAP", pcap).replace("MILLISECONDS", str(SECONDS * 1000 + 500)))
# Without a terminal it draws no screens; errors are seen.
quiet = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}

print(f"{CALLS} PCMU calls of {SECONDS} s at once, one core each")
port = free_port()
ours = start(0, [BENCH, "answer", CALLS, port], stdout=subprocess.PIPE)
place = f"127.0.0.1:{port}"
sipp = start(1, ["sipp", place, "-sf", scenario, "-i", "127.0.0.1", "-m", CALLS, "-l", CALLS,
                 "-r", 50, "-mp", 20000, "-nostdin"], cwd=folder, **quiet)
theirs_took = processor_time(sipp)
if sipp.returncode != 0:
    ours.kill()
    sys.exit(f"SIPp ended with {sipp.returncode}: run it by hand with -sf {scenario}")
told = ours.stdout.read()
ours_took = processor_time(ours)
play = line("SIPp, plays a pcap", theirs_took)
both = line("we, answer: send, hear, analyse", ours_took)
tell(told)
print(f"    ratio to SIPp's pcap play {both / play:.2f}")

port = free_port()
sipp = start(1, ["sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", port, "-rtp_echo",
                 "-mp", 30000, "-nostdin"], cwd=folder, **quiet)
ours = start(0, [BENCH, "dial", CALLS, SECONDS, port], stdout=subprocess.PIPE)
told = ours.stdout.read()
ours_took = processor_time(ours)
sipp.terminate()
echo = line("SIPp, echoes", processor_time(sipp))
both = line("we, dial: send, hear, analyse", ours_took)
tell(told)
print(f"    ratio to SIPp's echo {both / echo:.2f}")
