#!/usr/bin/python3
"""What a desktop has for its programs, on the session bus: a place for tray icons and a server of
notifications. Orders come on standard input, a JSON object a line; each is answered by one line of JSON.

{"do": "tray"}                          the words of the menu that may be read, and the picture's name
{"do": "choose", "label": L}            clicks on a line of the menu
{"do": "notes"}                         the notifications that are shown
{"do": "act", "id": N, "action": A}     presses a button of one
{"do": "plain"}                         notifications have no buttons from here on
{"do": "hush"}                          there are no notifications any more
{"do": "unlock", "word": W}             unlocks the keyring of the session, as its user does
{"do": "vanish", "name": N}             has a name on the bus, and is gone when it is called
"""

import json
import sys

import dbus
import dbus.service
from dbus.lowlevel import HANDLER_RESULT_HANDLED as HANDLED
from dbus.lowlevel import HANDLER_RESULT_NOT_YET_HANDLED as NOT_YET_HANDLED
from dbus.lowlevel import MESSAGE_TYPE_METHOD_CALL as CALL
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

WATCHER = "org.kde.StatusNotifierWatcher"
NOTES = "org.freedesktop.Notifications"
MENU = "com.canonical.dbusmenu"
CLOSED_BY_CALL = 3


class Watcher(dbus.service.Object):
    """The tray: programs tell it where their icon is."""

    def __init__(self, bus):
        self.bus, self.item = bus, None
        name = dbus.service.BusName(WATCHER, bus)
        super().__init__(name, "/StatusNotifierWatcher")

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        self.item = (sender, service) if service.startswith("/") else (service, "/StatusNotifierItem")

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="ss", out_signature="v")
    def Get(self, _interface, name):
        return {"IsStatusNotifierHostRegistered": True, "ProtocolVersion": 0}[name]

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="s", out_signature="a{sv}")
    def GetAll(self, _interface):
        return {"IsStatusNotifierHostRegistered": True, "ProtocolVersion": 0}

    def of_item(self):
        there = self.bus.get_object(*self.item)
        return dbus.Interface(there, dbus.PROPERTIES_IFACE).GetAll("org.kde.StatusNotifierItem")

    def menu(self):
        there = self.bus.get_object(self.item[0], self.of_item()["Menu"])
        menu = dbus.Interface(there, MENU)
        _, (_, _, rows) = menu.GetLayout(0, -1, dbus.Array([], "s"))
        return menu, {str(of["label"]).replace("_", ""): number for number, of, _ in rows if "label" in of}

    def tray(self):
        if self.item is None:
            return None
        return {"labels": list(self.menu()[1]), "icon": str(self.of_item()["IconName"])}

    def choose(self, label):
        menu, rows = self.menu()
        menu.Event(rows[label], "clicked", dbus.Int32(0), dbus.UInt32(0))


class Notes(dbus.service.Object):
    """The server of notifications (Desktop Notifications Specification 1.2)."""

    def __init__(self, bus):
        self.bus, self.shown, self.last = bus, {}, 0
        self.can = ["actions", "body", "body-markup"]
        name = dbus.service.BusName(NOTES, bus)
        super().__init__(name, "/org/freedesktop/Notifications")

    @dbus.service.method(NOTES, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, program, replaces, _icon, summary, body, actions, _hints, _timeout):
        if not replaces:
            self.last += 1
        number = int(replaces or self.last)
        self.shown[number] = {
            "id": number, "program": program, "summary": summary, "body": body, "actions": actions[::2],
        }
        return number

    @dbus.service.method(NOTES, in_signature="u")
    def CloseNotification(self, number):
        if self.shown.pop(int(number), None):
            self.NotificationClosed(number, CLOSED_BY_CALL)

    @dbus.service.method(NOTES, out_signature="as")
    def GetCapabilities(self):
        return self.can

    @dbus.service.method(NOTES, out_signature="ssss")
    def GetServerInformation(self):
        return "panel", "milliwatt", "1", "1.2"

    @dbus.service.signal(NOTES, signature="us")
    def ActionInvoked(self, number, action):
        pass

    @dbus.service.signal(NOTES, signature="uu")
    def NotificationClosed(self, number, why):
        pass

    def act(self, number, action):
        self.ActionInvoked(dbus.UInt32(number), action)

    def plain(self):
        self.can = ["body"]

    def hush(self):
        self.bus.release_name(NOTES)


def unlock(bus, word):
    """The window that gnome-keyring asks for its password in is not here; this is what it would do."""
    keyring = bus.get_object("org.freedesktop.secrets", "/org/freedesktop/secrets")
    opened = dbus.Interface(keyring, "org.freedesktop.Secret.Service").OpenSession
    _, session = opened("plain", dbus.String("", variant_level=1))
    secret = dbus.Struct((session, dbus.ByteArray(b""), dbus.ByteArray(word.encode()), "text/plain"), signature="oayays")
    own = dbus.Interface(keyring, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")
    own.UnlockWithMasterPassword(dbus.ObjectPath("/org/freedesktop/secrets/collection/login"), secret)


def vanish(name):
    """A program that ends before it answers."""
    bus = dbus.SessionBus(private=True)
    bus.set_exit_on_disconnect(False)
    bus.request_name(name)

    def called(_bus, message):
        if message.get_type() != CALL:
            return NOT_YET_HANDLED
        GLib.idle_add(bus.close)
        return HANDLED

    bus.add_message_filter(called)


def main():
    DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()
    watcher, notes, loop = Watcher(bus), Notes(bus), GLib.MainLoop()
    orders = {
        "tray": lambda order: watcher.tray(),
        "choose": lambda order: watcher.choose(order["label"]),
        "notes": lambda order: list(notes.shown.values()),
        "act": lambda order: notes.act(order["id"], order["action"]),
        "plain": lambda order: notes.plain(),
        "hush": lambda order: notes.hush(),
        "unlock": lambda order: unlock(bus, order["word"]),
        "vanish": lambda order: vanish(order["name"]),
    }

    def ordered(stream, _condition):
        line = stream.readline()
        if not line:
            loop.quit()
            return False
        order = json.loads(line)
        try:
            answer = {"is": orders[order["do"]](order)}
        except Exception as why:  # Whatever it is, the walk has to hear of it.
            answer = {"error": repr(why)}
        print(json.dumps(answer), flush=True)
        return True

    GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, ordered)
    print("ready", flush=True)
    loop.run()


main()
