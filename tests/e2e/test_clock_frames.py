# SPDX-License-Identifier: BSD-3-Clause
"""The clock on the wall, what a connection has carried and the way back to a source, as Linux answers: MAT-6, FWD-4."""

import time

import pytest

from support.bench_plan import A1, A2, B1, B2, FAR, FAR2, plan
from support.differential import Case
from support.packets import answer, echo, tcp, udp
from support.spec import Route, table

NOW = int(time.time())


def clock(minutes):
    return time.strftime("%H:%M", time.gmtime(NOW + 60 * minutes))


def date(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(NOW + 3600 * hours))


def day(form, days=0):
    return time.strftime(form, time.gmtime(NOW + 86400 * days)).lstrip("0")


def over_midnight(start, stop, contiguous=""):
    """Only a range that runs over midnight may be contiguous."""
    return contiguous if clock(stop) < clock(start) else ""


TIMES = [
    f"--timestart {clock(-60)} --timestop {clock(60)}", f"--timestart {clock(60)} --timestop {clock(-60)}",
    f"--timestart {clock(-180)} --timestop {clock(-60)}", f"--timestart {clock(60)} --timestop {clock(180)}",
    f"--datestart {date(-1)}", f"--datestart {date(1)}", f"--datestop {date(1)}", f"--datestop {date(-1)}",
    f"--datestart {date(-30)} --datestop {date(30)}", f"--weekdays {day('%a')}", f"! --weekdays {day('%a')}",
    f"--weekdays {day('%a', 1)}", f"--monthdays {day('%d')}", f"! --monthdays {day('%d')}", f"--monthdays {day('%d', -1)},{day('%d', 1)}",
    f"--weekdays {day('%a')} --monthdays {day('%d')} --timestart {clock(-60)} --timestop {clock(60)} --kerneltz",
    *[f"--timestart {clock(start)} --timestop {clock(stop)} --contiguous --weekdays {day('%a', days)}"
      for start, stop in ((60, -60), (120, 90), (-60, -120)) if clock(stop) < clock(start) for days in (0, -1)],
]
BYTES = [f"{sign}--connbytes {count} --connbytes-dir {way} --connbytes-mode {mode}" for sign, count, way, mode in (
    ("", "3", "original", "packets"), ("", "2:4", "original", "packets"), ("! ", "2:4", "original", "packets"),
    ("", "1:2", "reply", "packets"), ("! ", "1:2", "reply", "packets"), ("", "0:1", "reply", "packets"),
    ("", "5", "both", "packets"), ("", "100:300", "original", "bytes"), ("", "44", "reply", "bytes"), ("", "200:", "both", "bytes"),
    ("", "45:100", "original", "avgpkt"), ("", "0:44", "reply", "avgpkt"), ("! ", "44:60", "both", "avgpkt"))]
WAYS = ["", "--invert", "--loose", "--loose --invert", "--accept-local", "--accept-local --loose", "--validmark"]

SPEC = plan(
    table("raw", *[f"-A PREROUTING -m rpfilter {way}" for way in WAYS], "-A PREROUTING -p udp --dport 9 -j NOTRACK",
          "-A PREROUTING -m connbytes --connbytes 0 --connbytes-dir both --connbytes-mode packets") +
    table("mangle", *[f"-A PREROUTING -m rpfilter {way}" for way in WAYS], *[f"-A FORWARD -m time {asked}" for asked in TIMES],
          *[f"-A FORWARD -m connbytes {asked}" for asked in BYTES],
          "-A PREROUTING -m connbytes --connbytes 1:1 --connbytes-dir original --connbytes-mode packets",
          "-A POSTROUTING -m connbytes --connbytes 2 --connbytes-dir both --connbytes-mode packets") +
    table("filter", "-A FORWARD -p icmp -m connbytes --connbytes 4 --connbytes-dir both --connbytes-mode packets -j DROP") +
    table("nat", "-A POSTROUTING -o w -j MASQUERADE"))

CASES = [
    Case("the hour", *[("a", udp(A1, B1, 4000, 53))] * 3),
    Case("there and back", *[("a", udp(A1, B1, 4001, 53)), ("b", udp(B1, A1, 53, 4001, size=30))] * 4),
    Case("much there", *[("a", udp(A1, B1, 4002, 53, size=size)) for size in (0, 16, 100, 200, 16, 16, 0)]),
    Case("a conversation", ("a", tcp(A1, B1, 4003, 80, "S", 100)), ("b", tcp(B1, A1, 80, 4003, "SA", 500, 101)), ("a", tcp(A1, B1, 4003, 80, "A", 101, 501)),
         *[("a", tcp(A1, B1, 4003, 80, "PA", 101 + 10 * i, 501, size=10)) for i in range(3)], ("b", tcp(B1, A1, 80, 4003, "R", 501))),
    Case("pings until four", *[("a", echo(A1, B1, number=9, seq=i)) for i in range(6)]),
    Case("not tracked", *[("a", udp(A1, B1, 4000, 9))] * 2),
    Case("translated", *[("a", udp(A1, FAR, 4000, 53))] * 3, ("w", lambda out: answer(out["w"][-1])), ("w", lambda out: answer(out["w"][-1]))),
    Case("from another side", ("a", udp(B2, B1, 4000, 53)), ("b", udp(A1, B1, 4000, 53)), ("a", udp(FAR, B1, 4000, 53)), ("w", udp(FAR, A1, 53, 4000)),
         ("w", udp(A2, A1, 53, 4000))),
    Case("from the router itself", ("a", udp("10.0.1.1", B1, 4000, 53)), ("a", udp("10.0.2.1", B1, 4000, 53)), ("a", udp("127.0.0.1", B1, 4000, 53))),
    Case("from nobody", ("a", udp("0.0.0.0", "255.255.255.255", 68, 67)), ("a", udp("0.0.0.0", "224.0.0.5", 68, 67)), ("a", udp("0.0.0.0", B1, 68, 67)),
         ("a", udp("10.0.1.255", B1, 68, 67)), ("a", udp("224.0.0.5", B1, 68, 67)), ("a", udp("255.255.255.255", B1, 68, 67))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_clock_the_account_and_the_way_back_as_in_linux(bench, case):
    bench.check(case)
