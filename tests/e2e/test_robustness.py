# SPDX-License-Identifier: BSD-3-Clause
"""Garbage on the wire, malicious clients of the socket, the end under full load: ROB-1, and the promises of INTERFACE about SIGTERM."""

import json
import random
import socket
import threading
import time

import pytest

from support.bench_plan import A0, A1, B1, FAR, plan
from support.lone_router import lone_lab, lone_router
from support.office import FAR as OFFICE_FAR, Office, office_spec
from support.packets import ARP, IP, UDP, Dot1Q, Ether, Raw, echo, error, tcp, udp
from support.spec import table

RULES = table("nat", "-A POSTROUTING -s 10.0.1.0/24 -o w -j MASQUERADE") + table(
    "filter", "-A FORWARD -m conntrack --ctstate INVALID -j DROP", "-A FORWARD -p tcp -m tcp --dport 25 -j REJECT --reject-with tcp-reset",
    "-A FORWARD -p udp -m udp --dport 9:90 -j REJECT")


@pytest.fixture(scope="module", params=["short", "long"])
def lab(request):
    limits = {"net.ipv4.icmp_ratemask": 0, "net.ipv4.ipfrag_time": 1}
    with lone_lab(lone_router(plan(RULES, sysctl=limits), short_way=request.param == "short")) as lab:
        yield lab


def alive(lab):
    """It still routes, and the control socket still answers."""
    lab.fence("a")
    lab.fence("w")
    lab.fence("b")
    for wire in lab.wires.values():
        wire.drain()
    out = lab.step("a", udp(A1, B1, 4000, 5000), expect=1)["b"]
    assert any(b"\x0f\xa0\x13\x88" in frame for frame in out), "the router does not forward any more"
    assert lab.router.ctl("status").stdout


def seeds(lab):
    """Frames of every kind that has code of its own."""
    mac = {"dst": lab.sides["a"].router_mac, "src": lab.sides["a"].host_mac}
    inner = [udp(A1, B1, 1, 2, size=60), tcp(A1, FAR, 1, 2), tcp(A1, A0, 1, 2), echo(A1, A0), echo(A1, FAR),
             error(A1, 3, 3, udp(B1, A1, 1, 2)), error(A1, 3, 4, tcp(B1, A1, 1, 2), mtu=100), udp(A1, FAR, 3, 25),
             IP(src=A1, dst=B1, flags="MF") / UDP() / Raw(b"x" * 64), IP(src=A1, dst=B1, frag=8, proto=17) / Raw(b"x" * 64),
             IP(src=A1, dst=B1, options=[Raw(b"\x07\x0b\x04" + b"\0" * 9)]) / UDP(), IP(src=A1, dst=B1, proto=47) / Raw(b"x" * 20)]
    frames = [bytes(Ether(**mac) / packet) for packet in inner]
    frames.append(bytes(Ether(dst="ff:ff:ff:ff:ff:ff", src=mac["src"]) / ARP(psrc=A1, pdst=A0, hwsrc=mac["src"])))
    frames.append(bytes(Ether(**mac) / Dot1Q(vlan=7) / inner[0]))
    frames.append(bytes(Ether(**mac, type=0x86DD) / Raw(b"\x60" + b"\0" * 39)))
    return frames


def test_truncated_frames(lab):
    """Every frame, cut at every length."""
    for frame in seeds(lab):
        for length in range(14, len(frame)):
            lab.wires["a"].send(frame[:length])
        lab.fence("a")
    alive(lab)


def test_mutated_and_random_frames(lab):
    """Some thousand frames with a few bytes changed; a third of them pure noise behind the Ethernet header."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    print(f"seed {seed}")
    frames = seeds(lab)
    for number in range(4000):
        data = bytearray(chance.choice(frames))
        if number % 3:
            for _change in range(chance.randrange(1, 6)):
                data[chance.randrange(12, len(data))] = chance.randrange(256)
        else:
            data[14:] = chance.randbytes(chance.randrange(1, 1500))
        lab.wires["a"].send(bytes(data))
        if number % 100 == 0:
            lab.fence("a")
    alive(lab)


def test_frames_of_all_lengths(lab):
    """From nothing behind the header to the MTU, valid but for their payload."""
    place = lab.sides["a"]
    head = bytes(Ether(dst=place.router_mac, src=place.host_mac, type=0x0800))
    for length in (*range(0, 80), 1498, 1499, 1500):
        lab.wires["a"].send(head + b"\x45" * length)
    alive(lab)


def test_no_packet_buffer_is_lost_to_garbage(lab):
    lab.router.wait_no_packets()


class TestSocket:
    """A dead or malicious client harms nothing: not the packets, and not the other clients."""

    def connect(self, lab):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(3)
        link.connect(str(lab.router.socket))
        return link

    @pytest.mark.parametrize("noise", [b"\0" * 4096, b"\xff\xfe garbage \n" * 100, b"{" * 100000 + b"\n", b"[" * 100000 + b"]\n",
                                       b'{"jsonrpc":"2.0","method":5,"id":1}\n', b'{"jsonrpc":"2.0","id":1}\n', b"null\n1\n\"x\"\n[]\n",
                                       b'{"jsonrpc":"2.0","method":"status","params":{"x":[[[[1]]]]},"id":{"a":1}}\n', b"\n" * 1000,
                                       b'{"jsonrpc":"2.0","method":"no.such.method","id":1}\n'],
                             ids=["zeros", "text", "braces", "brackets", "number", "no method", "scalars", "odd id", "newlines", "unknown"])
    def test_garbage(self, lab, noise):
        with self.connect(lab) as link:
            try:
                link.sendall(noise)
            except (BrokenPipeError, ConnectionResetError):
                pass                                     # it may hang up on nonsense
            alive(lab)

    def test_an_answer_to_an_unknown_method_is_a_json_rpc_error(self, lab):
        with self.connect(lab) as link:
            link.sendall(b'{"jsonrpc":"2.0","method":"no.such.method","id":7}\n')
            said = json.loads(link.makefile().readline())
        assert said["jsonrpc"] == "2.0" and said["id"] == 7 and said["error"]["code"] == -32601 and said["error"]["message"]

    def test_half_a_message_and_gone(self, lab):
        for _number in range(20):
            with self.connect(lab) as link:
                link.sendall(b'{"jsonrpc":"2.0","meth')
        alive(lab)

    def test_half_a_message_and_silent(self, lab):
        with self.connect(lab) as link:
            link.sendall(b'{"jsonrpc":"2.0","meth')
            alive(lab)

    def test_a_client_that_never_reads(self, lab):
        with self.connect(lab) as link:
            link.setblocking(False)
            question = b'{"jsonrpc":"2.0","method":"stats","id":1}\n' * 1000
            try:
                for _number in range(50):
                    link.send(question)
            except (BlockingIOError, BrokenPipeError, ConnectionResetError):
                pass
            alive(lab)

    def test_a_message_without_an_end(self, lab):
        """A line of 64 MiB is not kept in memory."""
        with self.connect(lab) as link:
            try:
                for _number in range(64):
                    link.sendall(b"x" * (1 << 20))
            except (BrokenPipeError, ConnectionResetError, socket.timeout):
                pass
            alive(lab)
        assert _resident(lab.router.process.pid) < 1 << 30

    def test_a_hundred_clients(self, lab):
        links = []
        try:
            for _number in range(100):
                links.append(self.connect(lab))
        except OSError:
            pass
        finally:
            for link in links:
                link.close()
        alive(lab)

    def test_an_honest_client_waits_for_nobody(self, lab):
        silent = [self.connect(lab) for _number in range(8)]
        begin = time.monotonic()
        lab.router.ctl("status")
        assert time.monotonic() - begin < 1
        for link in silent:
            link.close()


def _resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


@pytest.mark.parametrize("kind", ["short", "xdp"])
def test_sigterm_under_full_load(kind):
    """Status 0 within two seconds, while iperf3 and a flood of new flows go through (Office.close checks status and time)."""
    office = Office(office_spec(RULES.replace("-o w", "-o wan")), kind)
    try:
        office.c1.start("iperf3", "-c", OFFICE_FAR, "-t", 20)
        office.c2.start("iperf3", "-c", "10.0.2.80", "-t", 20, "-u", "-b", "300M")
        stop = threading.Event()

        def flood():
            with office.c2.entered():
                links = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _number in range(50)]
            while not stop.is_set():
                for number, link in enumerate(links):
                    try:
                        link.sendto(b"x" * 100, ("203.0.113.80", 10000 + number))
                    except OSError:
                        pass
            for link in links:
                link.close()

        thread = threading.Thread(target=flood)
        thread.start()
        time.sleep(1.0)
        took = office.router.terminate()
        stop.set()
        thread.join()
        assert office.router.process.returncode == 0, office.router.said()
        assert took <= 2.0
        if kind == "xdp":
            time.sleep(1)                                # Linux lets go of an AF_XDP socket's memory after the process is gone
        office.router.launch().wait_ready()              # and it comes up again
        assert "internet sees" in office.fetch(office.c1, f"http://{OFFICE_FAR}/")
    finally:
        office.close()


def test_a_full_table_leaves_what_is_established():
    """RES-1: more new flows than the table holds; the limit holds, and the old connection goes on."""
    limits = {"net.ipv4.icmp_ratemask": 0, "net.netfilter.nf_conntrack_max": 100}
    with lone_lab(lone_router(plan(RULES, sysctl=limits))) as lab:
        lab.step("a", tcp(A1, B1, 4000, 80, seq=100), expect=1)
        lab.step("b", tcp(B1, A1, 80, 4000, "SA", 500, 101), expect=1)
        lab.step("a", tcp(A1, B1, 4000, 80, "A", 101, 501), expect=1)
        for number in range(400):
            lab.send("a", udp(A1, FAR, 10000 + number, 5000))
        lab.fence("a")
        assert len(lab.router.connections().splitlines()) <= 100
        for number in range(3):
            got = lab.step("b", tcp(B1, A1, 80, 4000, "PA", 501 + 10 * number, 101, size=10), expect=1)["a"]
            assert len(got) == 1, "the established connection was pushed out"


def test_telemetry_tells_the_same():
    """The figures are under /sluice/ in DPDK's telemetry."""
    with lone_lab(lone_router(plan(RULES))) as lab:
        lab.step("a", udp(A1, B1, 4000, 5000), expect=1)
        place = f"/var/run/dpdk/{lab.router.namespace.name}/dpdk_telemetry.v2"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.settimeout(3)
            link.connect(place)
            link.recv(16384)                             # the greeting
            link.send(b"/")
            commands = [name for name in json.loads(link.recv(65536))["/"] if name.startswith("/sluice/")]
            assert commands
            for name in commands:
                link.send(name.encode())
                assert name in json.loads(link.recv(262144))
