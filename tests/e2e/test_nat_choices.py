# SPDX-License-Identifier: BSD-3-Clause
"""Where Linux itself throws dice: what must hold of the choice, on every router (NAT-1 to NAT-4, NAT-7, NAT-8, CT-11); conntrack's list."""

import re

from support.bench_plan import A1, A2, FAR, FAR2, W0, plan
from support.packets import IP, answer, dissect, echo, tcp, udp
from support.spec import table

RULES = table(
    "nat",
    "-A PREROUTING -d 198.51.100.2/32 -p tcp -m tcp --dport 8443 -j DNAT --to-destination 10.0.2.22-10.0.2.23",
    "-A POSTROUTING -o w -p udp -m udp --dport 7002 -j SNAT --to-source 198.51.100.10-198.51.100.17",
    "-A POSTROUTING -o w -p udp -m udp --dport 7003 -j SNAT --to-source 198.51.100.3:5000-5003",
    "-A POSTROUTING -o w -p tcp -m tcp --dport 7004 -j SNAT --to-source 198.51.100.4:5000-5003",
    "-A POSTROUTING -o w -j MASQUERADE",
) + table("filter", "-A FORWARD -m conntrack --ctstate INVALID -j DROP", "-A FORWARD -p udp -m udp --dport 83 -j DROP")
SPEC = plan(RULES)


def out_of(lab, packet, side="w"):
    """The packet that comes out on a side, or None where none does."""
    got = lab.step("a", packet, expect=1)[side]
    assert len(got) <= 1, f"{lab.kind}: {len(got)} packets"
    return dissect(got[0]) if got else None


def returns_to(lab, outside, host, port):
    """The answer to an outside packet reaches the host and port that it began from."""
    got = lab.step("w", answer(_frame(lab, outside)), expect=1)["a"]
    back = dissect(got[0])
    assert (back.dst, back.payload.dport) == (host, port), lab.kind


def test_a_taken_port_is_replaced_and_answers_do_not_mix(bench):
    """NAT-1, NAT-2: the second flow to one place gets another port of the same class."""
    for lab in bench.labs:
        lab.router.flush_connections()
        for port, low, high in ((4000, 1024, 65535), (700, 600, 1023), (400, 1, 511)):
            first, second = out_of(lab, udp(A1, FAR, port, 5000)), out_of(lab, udp(A2, FAR, port, 5000))
            assert first.sport == port, lab.kind
            assert second.sport != port and low <= second.sport <= high, f"{lab.kind}: {second.sport}"
            returns_to(lab, first, A1, port)
            returns_to(lab, second, A2, port)


def test_equal_ping_numbers_of_two_hosts_do_not_mix(bench):
    for lab in bench.labs:
        lab.router.flush_connections()
        first, second = out_of(lab, echo(A1, FAR, number=7)), out_of(lab, echo(A2, FAR, number=7))
        assert first.payload.id == 7 and second.payload.id != 7, lab.kind
        for packet, host in ((first, A1), (second, A2)):
            back = dissect(lab.step("w", answer(_frame(lab, packet)), expect=1)["a"][0])
            assert (back.dst, back.payload.id) == (host, 7), lab.kind


def test_equal_ports_to_different_places_are_shared(bench):
    """NAT-2 asks for different tuples, not for different ports (RFC 7857, port overlapping)."""
    for lab in bench.labs:
        lab.router.flush_connections()
        first, second = out_of(lab, udp(A1, FAR, 4000, 5000)), out_of(lab, udp(A2, FAR2, 4000, 5000))
        assert first.sport == second.sport == 4000, lab.kind
        returns_to(lab, first, A1, 4000)
        returns_to(lab, second, A2, 4000)


def test_a_pool_of_addresses_is_sticky_for_a_client(bench):
    """NAT-3: one client keeps its address; many clients use several."""
    for lab in bench.labs:
        lab.router.flush_connections()
        mine = {out_of(lab, udp(A1, FAR, 4000 + number, 7002)).src for number in range(8)}
        assert len(mine) == 1, f"{lab.kind}: {mine}"
        pool = {out_of(lab, udp(f"10.0.1.{number}", FAR, 4000, 7002)).src for number in range(100, 140)}
        assert len(pool) >= 4, f"{lab.kind}: {pool}"
        assert pool | mine <= {f"198.51.100.{number}" for number in range(10, 18)}, lab.kind


def test_a_range_of_ports_is_kept_and_ends(bench):
    """NAT-4, NAT-8: four ports serve four flows to one place; the fifth is dropped, and the four go on."""
    for lab in bench.labs:
        lab.router.flush_connections()
        flows = [out_of(lab, udp(A1, FAR, 4000 + number, 7003)) for number in range(4)]
        assert sorted(packet.sport for packet in flows) == [5000, 5001, 5002, 5003], lab.kind
        assert {packet.src for packet in flows} == {"198.51.100.3"}, lab.kind
        assert out_of(lab, udp(A1, FAR, 4004, 7003)) is None, f"{lab.kind}: a fifth flow found a port"
        for number, packet in enumerate(flows):
            returns_to(lab, packet, A1, 4000 + number)
        assert out_of(lab, udp(A1, FAR2, 4004, 7003)).sport in range(5000, 5004), f"{lab.kind}: another place has its own four"


def test_a_port_in_the_range_stays(bench):
    for lab in bench.labs:
        lab.router.flush_connections()
        assert out_of(lab, udp(A1, FAR, 5002, 7003)).sport == 5002, lab.kind


def test_dnat_to_a_range_uses_it_and_keeps_each_client(bench):
    for lab in bench.labs:
        lab.router.flush_connections()
        used = set()
        for number in range(24):
            client = f"203.0.113.{number + 1}"
            got = lab.step("w", tcp(client, W0, 4000, 8443), expect=1)["b"]
            again = lab.step("w", tcp(client, W0, 4001, 8443), expect=1)["b"]
            assert dissect(got[0]).dst == dissect(again[0]).dst, f"{lab.kind}: a client is not kept"
            used.add(dissect(got[0]).dst)
        assert used == {"10.0.2.22", "10.0.2.23"}, f"{lab.kind}: {used}"


def test_only_what_got_through_is_a_connection(bench):
    """CT-11."""
    for lab in bench.labs:
        lab.router.flush_connections()
        assert out_of(lab, udp(A1, FAR, 4000, 83)) is None
        assert "dport=83 " not in lab.router.connections(), lab.kind


def test_the_list_of_connections_is_that_of_conntrack(bench):
    """Line by line; timeouts may differ by a moment, the order is free."""
    said = []
    for lab in bench.labs:
        lab.router.flush_connections()
        out_of(lab, udp(A1, FAR, 4000, 5000))                               # unreplied
        returns_to(lab, out_of(lab, udp(A1, FAR, 4001, 5000)), A1, 4001)    # replied
        out_of(lab, tcp(A1, FAR, 4002, 80, seq=100))                        # SYN_SENT
        syn = out_of(lab, tcp(A1, FAR, 4003, 80, seq=100))
        lab.step("w", tcp(FAR, W0, 80, syn.sport, "SA", 500, 101), expect=1)
        out_of(lab, tcp(A1, FAR, 4003, 80, "A", 101, 501))                  # ESTABLISHED
        syn = out_of(lab, tcp(A1, FAR, 4004, 80, seq=100))
        lab.step("w", tcp(FAR, W0, 80, syn.sport, "RA", 0, 101), expect=1)  # CLOSE, unassured
        out_of(lab, echo(A1, FAR, number=9))
        ping = out_of(lab, echo(A1, FAR2, number=10))
        lab.step("w", answer(_frame(lab, ping)), expect=1)
        out_of(lab, IP(src=A1, dst=FAR, proto=99, id=0x7001) / b"12345678")
        lab.step("w", tcp(FAR, W0, 4000, 8443), expect=1)
        lines = [re.sub(r"\s+", " ", line).strip() for line in lab.router.connections().splitlines()]
        said.append(sorted(_without_time(line) for line in lines if "8443" not in line))
    assert len(said[0]) >= 7
    for lab, lines in zip(bench.labs, said):
        assert lines == said[0], f"{lab.kind}:\n" + "\n".join(sorted({*lines} ^ {*said[0]}))


def _without_time(line):
    match = re.match(r"(\S+ \d+ )(\d+)( .*)", line)
    assert match, line
    # Within a second or two of the same full timeout.
    return f"{match[1]}{(int(match[2]) + 4) // 10 * 10}{match[3]}"


def _frame(lab, packet):
    return b"\0" * 12 + b"\x08\0" + bytes(packet)


def clash(lab, port=4100, make=udp):
    """A1 and A2 use one port towards FAR; what A1, who comes second, gets instead."""
    out_of(lab, make(A2, FAR, port, 5000))
    got = out_of(lab, make(A1, FAR, port, 5000)).sport
    assert got != port, lab.kind
    return got


def test_a_socket_keeps_the_port_that_it_was_given_towards_other_places(bench):
    """NAT-3, RFC 4787 REQ-1: the second host's other port is its port everywhere, though its own would be free."""
    for lab in bench.labs:
        for make in (udp, tcp):
            lab.router.flush_connections()
            port = clash(lab, make=make)
            assert out_of(lab, make(A1, FAR2, 4100, 5000)).sport == port, lab.kind
            assert out_of(lab, make(A1, FAR, 4100, 5001)).sport == port, lab.kind
            assert out_of(lab, make(A1, FAR2, 4101, 5000)).sport == 4101, lab.kind


def test_a_ping_keeps_the_number_that_it_was_given(bench):
    """NAT-3, of ids."""
    for lab in bench.labs:
        lab.router.flush_connections()
        out_of(lab, echo(A2, FAR, number=9))
        number = out_of(lab, echo(A1, FAR, number=9)).payload.id
        assert number != 9, lab.kind
        assert out_of(lab, echo(A1, FAR2, number=9)).payload.id == number, lab.kind


def test_a_socket_keeps_its_address_of_a_pool(bench):
    """NAT-3: the address of a pool follows the destination for a new socket, not for one that has an address."""
    for lab in bench.labs:
        lab.router.flush_connections()
        places = [f"203.0.113.{number}" for number in range(80, 96)]
        mine = {out_of(lab, udp(A1, place, 4000, 7002)).src for place in places}
        assert len(mine) == 1, f"{lab.kind}: {mine}"
        others = {out_of(lab, udp(A1, place, 4001 + number, 7002)).src for number, place in enumerate(places)}
        assert len(others) > 2, f"{lab.kind}: {others}"


def test_a_mapping_does_not_outlive_the_rule_that_allows_it_nor_its_place(bench):
    """NAT-3: what the rule does not allow, or another one has there, is not taken."""
    for lab in bench.labs:
        lab.router.flush_connections()
        port = clash(lab)
        assert out_of(lab, udp(A1, FAR, 4100, 7003)).src == "198.51.100.3", f"{lab.kind}: another address"
        assert out_of(lab, udp(A2, FAR2, port, 5000)).sport == port, lab.kind
        assert out_of(lab, udp(A1, FAR2, 4100, 5000)).sport == 4100, f"{lab.kind}: it is taken there"


def test_the_later_of_two_mappings_is_taken(bench):
    """NAT-3: first made, last asked."""
    for lab in bench.labs:
        lab.router.flush_connections()
        first = out_of(lab, udp(A1, FAR, 4100, 7003)).sport       # 198.51.100.3, one of four ports
        second = out_of(lab, udp(A1, FAR, 4100, 7002)).src        # one of the pool
        assert out_of(lab, udp(A1, FAR2, 4100, 7002)).src == second, lab.kind
        assert out_of(lab, udp(A1, FAR2, 4100, 7003)).sport == first, lab.kind


def test_a_closing_connection_gives_its_port_to_a_later_syn(bench):
    """NAT-8: of four ports all in TIME_WAIT, CLOSE or open; a SYN with numbers behind theirs takes what is closing."""
    for lab in bench.labs:
        lab.router.flush_connections()
        for number in range(4):
            out_of(lab, tcp(A1, FAR, 4000 + number, 7004, seq=1000))
        assert out_of(lab, tcp(A1, FAR, 4004, 7004, seq=5000)) is None, f"{lab.kind}: none is closing"
        syn = out_of(lab, tcp(A1, FAR, 4000, 7004, seq=1000))
        lab.step("w", tcp(FAR, "198.51.100.4", 7004, syn.sport, "SA", 500, 1001), expect=1)
        out_of(lab, tcp(A1, FAR, 4000, 7004, "A", 1001, 501))
        assert out_of(lab, tcp(A2, FAR, 4001, 7004, seq=5000)) is None, f"{lab.kind}: one is open"
        out_of(lab, tcp(A1, FAR, 4000, 7004, "R", 1001))                                      # CLOSE
        assert out_of(lab, tcp(A2, FAR, 4001, 7004, seq=1000)) is None, f"{lab.kind}: its numbers lie behind"
        assert out_of(lab, tcp(A2, FAR, 4002, 7004, "A", seq=5000, ack=1)) is None, f"{lab.kind}: no SYN"
        assert out_of(lab, tcp(A2, FAR, 4003, 7004, seq=5000)).sport == syn.sport, lab.kind
