#!/usr/bin/env python3
"""Drives emulated meters with one power curve that follows the machine's real CPU load, and keeps the truth.

Knows nothing of Joulemark. Every PERIOD it looks how busy the CPUs were since the last look, makes a power of it
(idle + (full - idle) * busy ** 0.75, and noise that has a memory), holds that until the next look, and shows it to each meter with that
meter's gain. The truth is the exact integral of what it held.

Argument: a file with {"seed", "idle", "full", "period", "log", "meters": [{"kind", "gain", ...}]}, W and s. Kinds:
  joules   path        a counter in uJ (as powercap has it), replaced whole
  dcmi     path        "now min max average period_ms", whole W
  nut      path, name, others  a .dev file with this variable, and others that stay
  redfish  url, path   PATCHes {"PowerWatts": {"Reading": W}}
  modbus   port, unit, register   32-bit float, big endian, function 16
Lines of the log: wall clock, s; energy so far, J; power from now on, W.
"""
import json
import os
import random
import signal
import socket
import struct
import sys
import time
import urllib.request


def replace(path, text):
    with open(path + ".next", "w") as file:
        file.write(text)
    os.rename(path + ".next", path)


class Joules:
    every = 0.0

    def __init__(self, meter):
        self.path, self.first = meter["path"], meter.get("first", 240_422_366_267)

    def show(self, watts, joules):
        replace(self.path, f"{self.first + round(joules * 1e6)}\n")


class Dcmi:
    every = 0.0

    def __init__(self, meter):
        self.path = meter["path"]

    def show(self, watts, joules):
        replace(self.path, f"{round(watts)} {round(watts)} {round(watts)} {round(watts)} 1000\n")


class Nut:
    every = 0.5

    def __init__(self, meter):
        self.path, self.name = meter["path"], meter["name"]
        self.others = "".join(f"{name}: {value}\n" for name, value in meter.get("others", {}).items())

    def show(self, watts, joules):
        replace(self.path, f"ups.status: OL\n{self.others}{self.name}: {watts:.1f}\n")


class Redfish:
    every = 0.3

    def __init__(self, meter):
        self.url = meter["url"] + meter["path"]

    def show(self, watts, joules):
        body = json.dumps({"PowerWatts": {"Reading": round(watts, 2)}}).encode()
        headers = {"content-type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(self.url, body, headers, method="PATCH"), timeout=5).read()


class Modbus:
    every = 0.2

    def __init__(self, meter):
        self.unit, self.register = meter["unit"], meter["register"]
        self.socket = socket.create_connection(("127.0.0.1", meter["port"]), 5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def show(self, watts, joules):
        body = struct.pack(">BBHHBf", self.unit, 16, self.register, 2, 4, watts)
        self.socket.sendall(struct.pack(">HHH", 1, 0, len(body)) + body)
        answer = self.socket.recv(260)
        if len(answer) < 8 or answer[7] != 16:
            raise RuntimeError(f"the Modbus server did not take it: {answer.hex()}")


KINDS = {"joules": Joules, "dcmi": Dcmi, "nut": Nut, "redfish": Redfish, "modbus": Modbus}


def ticks():
    """Busy and all CPU time since boot, in ticks."""
    with open("/proc/stat") as file:
        values = [int(x) for x in file.readline().split()[1:9]]
    return sum(values) - values[3] - values[4], sum(values)


def main():
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    chance = random.Random(plan["seed"])
    meters = [(KINDS[one["kind"]](one), one["gain"], [-1e9]) for one in plan["meters"]]
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    joules, noise, before = 0.0, 0.0, ticks()
    at, watts = time.time(), plan["idle"]
    with open(plan["log"], "w", buffering=1) as log:
        while not stop:
            time.sleep(plan["period"])
            busy, whole = ticks()
            share = (busy - before[0]) / max(1, whole - before[1])
            before = (busy, whole)
            noise = 0.9 * noise + 0.5 * chance.gauss(0, 1)
            now = time.time()
            joules += watts * (now - at)
            at, watts = now, plan["idle"] + (plan["full"] - plan["idle"]) * min(1, max(0, share)) ** 0.75 + noise
            log.write(f"{at:.6f} {joules:.9f} {watts:.6f}\n")
            for meter, gain, last in meters:
                if now - last[0] >= meter.every:
                    meter.show(watts * gain, joules * gain)
                    last[0] = now


main()
