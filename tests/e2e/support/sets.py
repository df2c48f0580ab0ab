# SPDX-License-Identifier: BSD-3-Clause
"""What the routers of a bench have in their sets, in a form that can be compared."""

import re


def saved(router):
    """What `ipset save` prints, without what chance and time give."""
    text = re.sub(r" initval 0x[0-9a-f]+", "", router.ipset("save").stdout)
    return sorted(re.sub(r"(add .* timeout) (\d+)", lambda found: f"{found[1]} {round(int(found[2]), -2)}", text).splitlines())


def same_sets(bench):
    judge, *others = [saved(lab.router) for lab in bench.labs]
    for lab, text in zip(bench.labs[1:], others):
        missing, more = sorted(set(judge) - set(text)), sorted(set(text) - set(judge))
        assert text == judge, f"{lab.kind}: missing {missing}, instead {more}"
