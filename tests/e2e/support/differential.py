# SPDX-License-Identifier: BSD-3-Clause
"""The differential test: the same crafted packets through the kernel and through Sluice, both ways; every difference counts.

A Bench holds several labs side by side. Each lab is one router (Linux, Sluice with the short way, Sluice without it)
whose ports end in wires of the test's own; MAC and IP addresses are the same in all labs, so the frames that come out
can be compared byte by byte. A case is a list of steps, each a packet from one side; a step may also be a function of
the frames that came out so far, which builds an answer to what this router made of the packet before.

    Case("a reply finds its way back", ("a", udp(A1, B1, 4000, 53)), ("b", lambda out: answer(out["b"][-1])))

After each step an ARP request follows the packet into the same port. The router must answer it whatever its rules are,
and when the answer is there, the packet before it has been dealt with: "nothing came out" is then a fact, not a
matter of patience. The frames of each step and the counters of every rule after each case must be equal.
"""

import dataclasses
import time

from .kernel_router import KernelRouter
from .namespace import Namespace, cable
from .packets import ARP, Ether, normal, text_of
from .sluice_router import SluiceRouter
from .wire import Wire

PROBE = "probe"


@dataclasses.dataclass
class Side:
    """A port of the router as the test sees it: its name, MACs, and the address that asks the closing ARP question."""
    port: str
    router_mac: str
    host_mac: str
    router_address: str
    asker: str


class Case:
    def __init__(self, name, *steps, flush=True, settle_s=0.0):
        self.name, self.steps, self.flush, self.settle_s = name, steps, flush, settle_s

    def __repr__(self):
        return self.name


class Lab:
    """One router with all its ports in the test's hands."""

    def __init__(self, router, hosts, sides):
        self.router, self.hosts, self.sides = router, hosts, sides
        self.kind = router.kind
        self.wires = {name: Wire(hosts, side.port) for name, side in sides.items()}
        self.own = router.spec.addresses()
        self.idents = set()                 # identifications of the packets that the test sent, to know the router's own

    def send(self, side, packet):
        """Puts an IP packet (or a whole frame) on the wire of a side, as from the host there."""
        if isinstance(packet, bytes) or packet.name == "Ethernet":
            frame = bytes(packet)
        else:
            frame = bytes(Ether(dst=self.sides[side].router_mac, src=self.sides[side].host_mac) / packet)
        if frame[12:14] == b"\x08\x00":
            self.idents.add(int.from_bytes(frame[18:20], "big"))
        self.wires[side].send(frame)

    def step(self, side, packet, expect=0, settle_s=0.0):
        """Sends and collects all that comes out: {side: frames}. Waits for `expect` frames, if need be, a while."""
        self.send(side, packet)
        seen = self.fence(side)
        end = time.monotonic() + max(settle_s, 0.4 if expect else 0)
        grace = time.monotonic() + 0.003
        while time.monotonic() < grace or (time.monotonic() < end and sum(map(len, seen.values())) < expect):
            time.sleep(0.001)
            self.collect(seen)
        return seen

    def fence(self, side):
        """Asks the router by ARP and reads until it answers: what was sent before has then been handled."""
        place = self.sides[side]
        question = Ether(dst="ff:ff:ff:ff:ff:ff", src=place.host_mac) / ARP(
            op=1, hwsrc=place.host_mac, psrc=place.asker, pdst=place.router_address)
        self.wires[side].send(bytes(question))
        frames, answered = self.wires[side].wait(lambda frame: _is_answer(frame, place))
        assert answered, f"{self.kind}: the router does not answer ARP on {side} any more"
        seen = {name: [] for name in self.sides}
        seen[side] += [frame for frame in frames if not _is_noise(frame, place)]
        self.collect(seen)
        return seen

    def collect(self, seen):
        for name, wire in self.wires.items():
            seen[name] += [frame for frame in wire.drain() if not _is_noise(frame, self.sides[name])]

    def normal(self, side, seen):
        """What came out after a packet went in by this side, in a form that can be compared."""
        return sorted((name, normal(frame, self.own, self.idents, name == side)) for name, frames in seen.items() for frame in frames)

    def close(self):
        for wire in self.wires.values():
            wire.close()


class Bench:
    """All routers of one specification, beside each other."""

    def __init__(self, spec, sides, kinds, device="net_af_packet"):
        self.spec, self.sides = spec, sides
        self.labs, self._namespaces = [], []
        try:
            routers = [self._plug(kind, device) for kind in kinds]
            for router, _hosts in routers:
                router.start()
            for router, hosts in routers:
                router.wait_ready()
                self.labs.append(Lab(router, hosts, sides))
            for lab in self.labs:
                for side in sides:
                    lab.fence(side)
        except BaseException:
            self.close(quietly=True)
            raise

    def _plug(self, kind, device):
        inside, hosts = Namespace(f"{kind}-router"), Namespace(f"{kind}-hosts")
        self._namespaces += [inside, hosts]
        for side in self.sides.values():
            cable(inside, side.port, hosts, side.port, left_mac=side.router_mac, right_mac=side.host_mac)
        router = KernelRouter(inside, self.spec) if kind == "kernel" else \
            SluiceRouter(inside, self.spec, short_way=kind == "short", device=device)
        self._routers = [*getattr(self, "_routers", []), router]
        return router, hosts

    def close(self, quietly=False):
        trouble = None
        for lab in self.labs:
            lab.close()
        for router in getattr(self, "_routers", []):
            try:
                router.stop()
            except AssertionError as error:
                trouble = trouble or error
        for namespace in self._namespaces:
            namespace.close()
        if trouble and not quietly:
            raise trouble

    def check(self, case):
        """Runs the case on every lab and compares with the first one, which is the kernel."""
        reference, faults = None, []
        for lab in self.labs:
            result = self.run(lab, case, reference)
            if reference is None:
                reference = result
                continue
            faults += _differences(case, self.labs[0].kind, reference, lab.kind, result)
        assert not faults, "\n" + "\n".join(faults)
        return reference

    def run(self, lab, case, reference=None):
        """One case on one lab: ([frames of each step], counter differences)."""
        if case.flush:
            lab.router.flush_connections()
        before = lab.router.counters()
        out, steps = {name: [] for name in self.sides}, []
        lab.idents.clear()
        for number, (side, packet) in enumerate(case.steps):
            packet = packet(out) if callable(packet) else packet
            expect = len(reference[0][number]) if reference else 0
            seen = lab.step(side, packet, expect, case.settle_s)
            for name, frames in seen.items():
                out[name] += frames
            steps.append(seen)
        frames = [lab.normal(side, seen) for (side, _packet), seen in zip(case.steps, steps)]
        return frames, self._counted(lab, before, reference)

    def _counted(self, lab, before, reference):
        for _attempt in range(5):
            after = lab.router.counters()
            counted = {key: (value[0] - before.get(key, (0, 0))[0], value[1] - before.get(key, (0, 0))[1])
                       for key, value in after.items()}
            if reference is None or counted == reference[1]:
                break
            time.sleep(0.05)
        return counted


def _differences(case, judge, expected, kind, result):
    faults = []
    for number, (want, got) in enumerate(zip(expected[0], result[0])):
        if want == got:
            continue
        faults.append(f"{case.name}: step {number + 1}: {kind} differs from {judge}")
        faults += [f"  {judge:>6} {side}: {text_of(frame)}" for side, frame in want if (side, frame) not in got]
        faults += [f"  {kind:>6} {side}: {text_of(frame)}" for side, frame in got if (side, frame) not in want]
    for key in sorted({*expected[1], *result[1]}):
        want, got = expected[1].get(key), result[1].get(key)
        if want != got:
            faults.append(f"{case.name}: counter of {key[0]} {key[1]}: {judge} {want}, {kind} {got}")
    return faults


def _is_answer(frame, side):
    return frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\x02" and _address(side.asker) == frame[38:42]


def _is_noise(frame, side):
    """The closing question's answer, and the router's own announcements and questions, which a timer may send at any moment."""
    return _is_answer(frame, side) or frame[12:14] in (b"\x08\x06", b"\x86\xdd")


def _address(text):
    return bytes(map(int, text.split(".")))
