# SPDX-License-Identifier: BSD-3-Clause
"""The plan of the laboratory: three sides, their hosts, and the router between them.

    a  10.0.1.0/24   hosts A1 .11, A2 .12        router .1   MTU 1500
    b  10.0.2.0/24   hosts B1 .22, B2 .23        router .1   MTU 1400
    w  198.51.100.0/24  gateway GW .1, host W9 .9   router .2   MTU 1500, the way to the world
"""

from .differential import Side
from .spec import Port, Route, RouterSpec

A0, A1, A2 = "10.0.1.1", "10.0.1.11", "10.0.1.12"
B0, B1, B2 = "10.0.2.1", "10.0.2.22", "10.0.2.23"
W0, GW, W9 = "198.51.100.2", "198.51.100.1", "198.51.100.9"
FAR, FAR2 = "203.0.113.80", "203.0.113.81"

SIDES = {
    "a": Side("a", "02:00:00:00:0a:01", "02:00:00:00:0a:11", A0, "10.0.1.250"),
    "b": Side("b", "02:00:00:00:0b:01", "02:00:00:00:0b:11", B0, "10.0.2.250"),
    "w": Side("w", "02:00:00:00:0c:01", "02:00:00:00:0c:11", W0, "198.51.100.250"),
}

# The crafted packets come faster than Linux answers with ICMP errors by default; the limits have a test of their own.
# (icmp_ratelimit = 0 would not do: it empties the bucket that Linux also uses for the errors of routes.)
UNLIMITED = {"net.ipv4.icmp_ratemask": 0}


def plan(rules="", routes=None, sysctl=None, addresses=None, sets=""):
    """The specification of the laboratory's router with these rules."""
    more = addresses or {}
    ports = [Port("a", [f"{A0}/24", *more.get("a", [])]), Port("b", [f"{B0}/24", *more.get("b", [])], mtu=1400),
             Port("w", [f"{W0}/24", *more.get("w", [])])]
    neighbors = [(host, SIDES[side].host_mac, side)
                 for side, hosts in {"a": (A1, A2), "b": (B1, B2), "w": (GW, W9)}.items() for host in hosts]
    return RouterSpec(ports=ports, rules=rules, neighbors=neighbors, sets=sets,
                      routes=[Route("0.0.0.0/0", [GW])] if routes is None else routes,
                      sysctl=UNLIMITED if sysctl is None else sysctl)
