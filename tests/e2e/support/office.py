# SPDX-License-Identifier: BSD-3-Clause
"""A small office with real programs on all sides of the router under test.

    c1 10.0.1.11 ─┐                                  ┌─ (isp forwards) ─ 203.0.113.1/24 ─── 203.0.113.80 far
                  ├─ lan 10.0.1.1 [router] wan 198.51.100.2 ─ 198.51.100.1 isp
    c2 10.0.1.12 ─┘      dmz 10.0.2.1                └─ MTU 1280 ─────── 192.0.2.1/24 ───── 192.0.2.80 far
                              │
                             web 10.0.2.80

Where the router masquerades, the isp knows no way to 10.0.0.0/8: what gets an answer was translated.
"""

import contextlib
import socket
import tempfile

from . import servers
from .kernel_router import KernelRouter
from .namespace import Namespace, cable
from .sluice_router import SluiceRouter
from .spec import Port, Route, RouterSpec

C1, C2, LAN = "10.0.1.11", "10.0.1.12", "10.0.1.1"
WEB, DMZ = "10.0.2.80", "10.0.2.1"
WAN, ISP = "198.51.100.2", "198.51.100.1"
FAR, NARROW = "203.0.113.80", "192.0.2.80"


def office_spec(rules="", routes=None, sysctl=None):
    return RouterSpec(
        ports=[Port("lan", [f"{LAN}/24"]), Port("dmz", [f"{DMZ}/24"]), Port("wan", [f"{WAN}/24"])],
        routes=[Route("0.0.0.0/0", [ISP])] if routes is None else routes, rules=rules, sysctl=sysctl or {})


class Office:
    """The namespaces, the router of one kind between them, and the servers."""

    def __init__(self, spec, kind, upstream_knows_lan=False, make=None):
        self.kind, self.spec = kind, spec
        self._cleanup = contextlib.ExitStack()
        try:
            self._build(spec, kind, upstream_knows_lan, make or make_router)
        except BaseException:
            with contextlib.suppress(AssertionError):
                self.close()
            raise

    def _build(self, spec, kind, upstream_knows_lan, make):
        place = lambda role: self._cleanup.enter_context(contextlib.closing(Namespace(role)))
        self.folder = self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="sluice-e2e-office-"))
        self.inside, self.switch, self.isp = place("router"), place("switch"), place("isp")
        self.c1, self.c2, self.web, self.far = place("c1"), place("c2"), place("web"), place("far")
        self.switch.ip("link add name br type bridge", "link set dev br up")
        for host, port, address in ((self.c1, "one", C1), (self.c2, "two", C2)):
            cable(self.switch, port, host, "eth0")
            self.switch.ip(f"link set dev {port} master br")
            host.ip(f"addr add {address}/24 dev eth0", f"route add default via {LAN}")
        cable(self.inside, "lan", self.switch, "up")
        self.switch.ip("link set dev up master br")
        cable(self.inside, "dmz", self.web, "eth0")
        self.web.ip(f"addr add {WEB}/24 dev eth0", f"route add default via {DMZ}")
        cable(self.inside, "wan", self.isp, "eth0")
        cable(self.isp, "far", self.far, "eth0")
        cable(self.isp, "narrow", self.far, "eth1", mtu=1280)
        self.isp.sysctl(**{"net.ipv4.ip_forward": 1, "net.ipv4.icmp_ratemask": 0})
        self.isp.ip(f"addr add {ISP}/24 dev eth0", "addr add 203.0.113.1/24 dev far", "addr add 192.0.2.1/24 dev narrow")
        self.far.ip(f"addr add {FAR}/24 dev eth0", f"addr add {NARROW}/24 dev eth1", "route add default via 203.0.113.1")
        self.far.sysctl(**{"net.ipv4.icmp_ratemask": 0})
        if upstream_knows_lan:
            self.isp.ip(f"route add 10.0.0.0/8 via {WAN}")
        self.router = make(kind, self.inside, spec)
        self._cleanup.callback(self.router.stop)
        self.router.start()
        servers.nginx(self.far, self.folder, "internet")
        servers.nginx(self.web, self.folder, "dmz")
        servers.dnsmasq(self.far, FAR)
        servers.iperf3(self.far)
        servers.iperf3(self.web)
        servers.udp_echo(self.far, 7)
        servers.udp_echo(self.web, 7)
        self.router.wait_ready()

    def close(self):
        try:
            if self.kind != "kernel" and self.router.process.poll() is None:
                self.router.wait_no_packets()
        finally:
            self._cleanup.close()

    def fetch(self, host, url, *options):
        """What curl gets, from a host."""
        return host.run("curl", "-sS", "--max-time", 8, *options, url).stdout.strip()

    @contextlib.contextmanager
    def udp(self, host, peer, port=7, source=0):
        """A UDP socket of a host, connected to a peer: ICMP errors show as errors of the socket."""
        with host.entered():
            link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with link:
            link.settimeout(3)
            link.bind(("0.0.0.0", source))
            link.connect((peer, port))
            yield link


def make_router(kind, namespace, spec):
    """kernel: Linux. short, long: Sluice over AF_PACKET. xdp: Sluice over AF_XDP with two workers."""
    if kind == "kernel":
        return KernelRouter(namespace, spec)
    if kind == "xdp":
        return SluiceRouter(namespace, spec, device="net_af_xdp", workers=(0, 1))
    return SluiceRouter(namespace, spec, short_way=kind == "short")
