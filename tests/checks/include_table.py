#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds the table of docs/architecture.md: which folder may include which.

Prints each include that is not allowed and exits 1 if there is one.
"""

import pathlib
import re
import sys

OURS = {"dataplane", "conntrack", "nat", "helpers", "acl", "ctrlplane", "pktgen", "tests"}

# Folder -> the folders of the project that it may include (itself always), and the outside headers it must not have.
FORBIDDEN_EVERYWHERE_BELOW = ("rte_", "thread", "mutex", "chrono", "ctime", "pthread", "iostream")
ALLOWED = {
    "dataplane/base": (set(), FORBIDDEN_EVERYWHERE_BELOW),
    "dataplane/net": ({"dataplane/base"}, FORBIDDEN_EVERYWHERE_BELOW),
    "conntrack": ({"dataplane/base", "dataplane/net"}, FORBIDDEN_EVERYWHERE_BELOW),
    "nat": ({"dataplane/base", "dataplane/net", "conntrack"}, FORBIDDEN_EVERYWHERE_BELOW),
    "helpers": ({"dataplane/base", "dataplane/net", "conntrack", "nat"}, FORBIDDEN_EVERYWHERE_BELOW),
    "acl": ({"dataplane/base", "dataplane/net", "conntrack", "nat"},
            ("rte_mbuf", "rte_ethdev", "thread", "mutex", "iostream")),
    "dataplane": ({"dataplane", "conntrack", "nat", "helpers", "acl"}, ("mutex", "iostream", "toml++")),
    "ctrlplane": ({"dataplane", "conntrack", "nat", "helpers", "acl", "ctrlplane"}, ("iostream",)),
    "pktgen": ({"dataplane", "conntrack", "nat", "helpers", "acl", "ctrlplane", "pktgen"}, ("iostream",)),
}
# Programs that must stay light: no DPDK, nothing of the router but its protocol.
LIGHT = {"ctrlplane/cli": ({"ctrlplane/cli", "dataplane/base"}, ("rte_",))}

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)


def rule_for(path):
    """The most specific row of the table for a file."""
    for table in (LIGHT, ALLOWED):
        best = max((key for key in table if path.startswith(key + "/")), key=len, default=None)
        if best:
            return best, table[best]
    return None, None


def faults(root):
    for file in sorted(root.rglob("*")):
        if file.suffix not in (".h", ".cpp"):
            continue
        path = file.relative_to(root).as_posix()
        folder, row = rule_for(path)
        if row is None:
            continue
        allowed, forbidden = row
        for include in INCLUDE.findall(file.read_text()):
            if include.split("/")[0] in OURS:
                if not any(include.startswith(a + "/") for a in allowed | {folder}):
                    yield f"{path}: may not include {include}"
            elif any(include.startswith(f) for f in forbidden):
                yield f"{path}: may not include <{include}>"


def main():
    found = list(faults(pathlib.Path(sys.argv[1])))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
