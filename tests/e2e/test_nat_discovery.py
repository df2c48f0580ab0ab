# SPDX-License-Identifier: BSD-3-Clause
"""What real programs find out about the NAT in front of them: STUN clients against coturn (RFC 4787 REQ-1, REQ-8; RFC 5780)."""

import pytest

from support.office import C1, FAR, Office, office_spec
from support.spec import table

FAR2 = "203.0.113.81"
FILTER = table("filter", "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A FORWARD -i lan -j ACCEPT",
               "-A FORWARD -i wan -p udp -m conntrack --ctstate DNAT -j ACCEPT", FORWARD="DROP")

# What the clients say of each kind of NAT: (rule's options, router, mapping, filtering). To learn that nobody gets in they
# wait for ten seconds, so it is asked once (None: not asked; test_gateway has what must not come in).
INDEPENDENT, PORT_DEPENDENT = "Endpoint Independent", "Address and Port Dependent"
NATS = [
    ("", "kernel", INDEPENDENT, None),   # as long as its port is free at each place: surprise 2
    ("", "short", INDEPENDENT, None),
    (" --random", "short", PORT_DEPENDENT, None),
    (" --endpoint-independent mapping", "short", INDEPENDENT, PORT_DEPENDENT),
    (" --endpoint-independent filtering", "short", INDEPENDENT, INDEPENDENT),
    (" --endpoint-independent filtering", "xdp", INDEPENDENT, INDEPENDENT),
]


@pytest.fixture(params=NATS, ids=lambda nat: f"{nat[1]}{nat[0]}".replace(" ", "_"))
def nat(request):
    options, kind, mapping, filtering = request.param
    if kind not in ("xdp", *request.config.getoption("--routers").split(",")):
        pytest.skip("not chosen")
    rules = table("nat", f"-A POSTROUTING -o wan -j MASQUERADE{options}") + FILTER
    office = Office(office_spec(rules), kind)
    try:
        office.far.ip(f"addr add {FAR2}/24 dev eth0")
        office.far.start("turnserver", "-n", "--stun-only", "--no-tls", "--no-dtls", "--no-cli", "--no-tcp", "-L", FAR, "-L", FAR2,
                         "-p", 3478, "--alt-listening-port", 3479, "--log-file", "/dev/null", "--pidfile", f"{office.folder}/turn.pid",
                         "--userdb", f"{office.folder}/turndb")
        office.far.wait_listening(3478, "u")
        yield office, mapping, filtering
    finally:
        office.close()


def test_clients_find_the_kind_of_nat_that_the_rule_says(nat):
    """RFC 4787 REQ-1, REQ-8: the options are what they are called."""
    office, mapping, filtering = nat
    asked = ["-m"] if filtering is None else ["-m", "-f"]
    said = office.c1.run("turnutils_natdiscovery", *asked, "-L", C1, "-l", 40000, FAR, timeout=30).stdout
    assert f"NAT with {mapping} Mapping!" in said, said
    if filtering is not None:
        assert f"NAT with {filtering} Filtering!" in said, said
    if filtering == INDEPENDENT:
        said = office.c2.run("stun", FAR, timeout=30, check=False).stdout
        assert "Independent Mapping, Independent Filter" in said, said
        assert "preserves ports" in said and "will hairpin" in said, said
