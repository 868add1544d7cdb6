"""A real phone at the far end, by the pjsua2 wheel.

usage: pjsua_phone.py answer|call PORT URI PLAY.wav RECORD.wav DIGITS SECONDS
Plays a file, records what it hears, sends digits; prints one JSON object a line.
"""

import json
import sys
import time

import pjsua2 as pj

MODE, PORT, URI, PLAY, RECORD, DIGITS, SECONDS = sys.argv[1:8]


def tell(**what):
    print(json.dumps(what), flush=True)


class Call(pj.Call):
    def __init__(self, account, call_id=pj.PJSUA_INVALID_ID):
        super().__init__(account, call_id)
        self.up = self.down = False
        self.player = self.recorder = None

    def onCallState(self, prm):
        info = self.getInfo()
        self.up = self.up or info.state == pj.PJSIP_INV_STATE_CONFIRMED
        self.down = info.state == pj.PJSIP_INV_STATE_DISCONNECTED
        tell(state=info.stateText, code=info.lastStatusCode)

    def onCallMediaState(self, prm):
        if self.recorder is None:
            sound = self.getAudioMedia(-1)
            self.player, self.recorder = pj.AudioMediaPlayer(), pj.AudioMediaRecorder()
            self.player.createPlayer(PLAY, pj.PJMEDIA_FILE_NO_LOOP)
            self.recorder.createRecorder(RECORD)
            self.player.startTransmit(sound)
            sound.startTransmit(self.recorder)

    def onDtmfDigit(self, prm):
        tell(digit=prm.digit)


class Account(pj.Account):
    def __init__(self):
        super().__init__()
        self.call = None

    def onIncomingCall(self, prm):
        self.call = Call(self, prm.callId)
        answer = pj.CallOpParam(True)
        answer.statusCode = 200
        self.call.answer(answer)


endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.uaConfig.threadCnt = 0
config.uaConfig.mainThreadOnly = True
config.logConfig.level = config.logConfig.consoleLevel = 1
config.medConfig.clockRate = 8000
endpoint.libInit(config)
transport = pj.TransportConfig()
transport.port = int(PORT)
transport.boundAddress = "127.0.0.1"
endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
endpoint.libStart()
endpoint.audDevManager().setNullDev()
for codec in endpoint.codecEnum2():
    endpoint.codecSetPriority(codec.codecId, 200 if codec.codecId.startswith("PCMU") else 0)

settings = pj.AccountConfig()
settings.idUri = f"sip:pjsua@127.0.0.1:{PORT}"
settings.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
account = Account()
account.create(settings)
if MODE == "call":
    account.call = Call(account)
    account.call.makeCall(URI, pj.CallOpParam(True))
tell(ready=True)

deadline = time.monotonic() + 40
pressed = answered = None
while time.monotonic() < deadline:
    endpoint.libHandleEvents(10)
    call = account.call
    if call is None:
        continue
    if call.down:
        break
    if call.up and answered is None:
        answered = time.monotonic()
    if answered and DIGITS and pressed is None and time.monotonic() > answered + 0.5:
        call.dialDtmf(DIGITS)
        pressed = True
    if answered and time.monotonic() > answered + float(SECONDS):
        call.hangup(pj.CallOpParam(True))
        answered = float("inf")

if account.call is not None:
    account.call.player = account.call.recorder = None
account.call = None
del account
endpoint.libDestroy()
