# SPDX-License-Identifier: BSD-3-Clause
"""Random rulesets in the language that both routers know: nat and filter, user chains, every match with and without `!`.

The rules lean towards the hosts, ports and interfaces of the laboratory, so that a random packet meets many of them.
"""

from .bench_plan import A1, A2, B1, B2, FAR, FAR2, W0

_NETS = [A1, A2, B1, B2, FAR, FAR2, W0, "10.0.1.0/24", "10.0.2.0/24", "10.0.0.0/8", "203.0.113.0/24", "203.0.113.80/31"]
_STATES = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "NEW,ESTABLISHED", "RELATED,ESTABLISHED", "INVALID,NEW"]
_REJECTS = ["icmp-net-unreachable", "icmp-host-unreachable", "icmp-port-unreachable", "icmp-proto-unreachable",
            "icmp-net-prohibited", "icmp-host-prohibited", "icmp-admin-prohibited"]


class RandomRules:
    def __init__(self, dice):
        self.dice = dice

    def text(self):
        return self._nat() + self._filter()

    def _maybe(self, chance):
        return self.dice.random() < chance

    def _not(self):
        return "! " if self._maybe(0.2) else ""

    def _ports(self):
        low = self.dice.choice([20, 53, 80, 1000, 4000, 8080])
        return str(low) if self._maybe(0.5) else f"{low}:{low + self.dice.choice([10, 100, 5000])}"

    def _matches(self, inward, outward):
        """(words, protocol that the rule is limited to, or '')."""
        words, protocol = [], ""
        if self._maybe(0.35):
            words.append(f"{self._not()}-s {self.dice.choice(_NETS)}")
        if self._maybe(0.35):
            words.append(f"{self._not()}-d {self.dice.choice(_NETS)}")
        if inward and self._maybe(0.3):
            words.append(f"{self._not()}-i {self.dice.choice(['a', 'b', 'w', 'a+', 'w+'])}")
        if outward and self._maybe(0.3):
            words.append(f"{self._not()}-o {self.dice.choice(['a', 'b', 'w', 'b+'])}")
        if self._maybe(0.6):
            protocol = self.dice.choice(["tcp", "udp", "udp", "icmp"])
            negated = self._maybe(0.1)
            words.append(("! " if negated else "") + f"-p {protocol}")
            if negated:
                protocol = ""
            elif protocol == "icmp":
                words += [f"-m icmp {self._not()}--icmp-type {self.dice.choice(['8', '0', '3', '3/3', '11'])}"] * self._maybe(0.6)
            elif self._maybe(0.7):
                words.append(f"-m {protocol}")
                ports = []
                if self._maybe(0.3):
                    ports.append(f"{self._not()}--sport {self.dice.choice(['4000:4100', '4000:65535', '1:4500'])}")
                if self._maybe(0.8) or not ports:
                    ports.append(f"{self._not()}--dport {self._ports()}")
                words += ports
        if self._maybe(0.25):
            words.append(f"-m conntrack {self._not()}--ctstate {self.dice.choice(_STATES)}")
        return " ".join(words), protocol

    def _rule(self, chain, target, inward=True, outward=True):
        words, protocol = self._matches(inward, outward)
        if callable(target):
            target = target(protocol)
        return f"-A {chain} {words} {'-j ' + target if target else ''}".replace("  ", " ").strip()

    def _filter(self):
        users = ["u1", "u2", "u3", "u4"]

        def verdict(jumps, may_reject):
            def choose(protocol):
                kinds = ["ACCEPT", "DROP", "", "RETURN", *jumps, *jumps]
                if may_reject:
                    kinds += [f"REJECT --reject-with {self.dice.choice(_REJECTS)}"]
                    kinds += ["REJECT --reject-with tcp-reset"] * (protocol == "tcp")
                return self.dice.choice(kinds)
            return choose

        rules = []
        for chain, count, inward, outward in (("FORWARD", 14, True, True), ("INPUT", 5, True, False)):
            rules += [self._rule(chain, verdict(users, True), inward, outward) for _number in range(count)]
        # What the router says itself is not rejected: the refusal would go to the router.
        rules += [self._rule("OUTPUT", verdict([], False), False, True) for _number in range(2)]
        for number, chain in enumerate(users):
            rules += [self._rule(chain, verdict(users[number + 1:], False)) for _number in range(3)]
        policy = lambda weight: "DROP" if self._maybe(weight) else "ACCEPT"
        head = [f":INPUT {policy(0.3)} [0:0]", f":FORWARD {policy(0.2)} [0:0]", ":OUTPUT ACCEPT [0:0]"]
        return "\n".join(["*filter", *head, *(f":{name} - [0:0]" for name in users), *rules, "COMMIT"]) + "\n"

    def _nat(self):
        def port():
            return f":{self.dice.choice([80, 53, 8080, 999])}"

        def inbound(protocol):
            target = self.dice.choice([B1, B2, FAR2, A2])
            has_ports = protocol in ("tcp", "udp")
            return self.dice.choice([f"DNAT --to-destination {target}", f"DNAT --to-destination {target}{port() if has_ports else ''}",
                                     f"REDIRECT{' --to-ports 999' if has_ports else ''}", "ACCEPT", "RETURN"])

        def outbound(_protocol):
            return self.dice.choice(["MASQUERADE", "MASQUERADE", "SNAT --to-source 198.51.100.5", "SNAT --to-source 198.51.100.6", "ACCEPT", "RETURN"])

        rules = [self._rule("PREROUTING", inbound, True, False) for _number in range(5)]
        rules += [self._rule("POSTROUTING", outbound, False, True) for _number in range(5)]
        head = [f":{chain} ACCEPT [0:0]" for chain in ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING")]
        return "\n".join(["*nat", *head, *rules, "COMMIT"]) + "\n"
