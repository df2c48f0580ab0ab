# SPDX-License-Identifier: BSD-3-Clause
"""The examples of configs/, made to run here: test devices for the PCI addresses, ordinary memory, sleeping workers."""

import re

from .sluice_router import ROOT, SluiceRouter
from .spec import RouterSpec

CONFIGS = ROOT / "configs"


def adapted(text, devices, socket, eal_args):
    """The text of an example with only its devices and its [runtime] changed. `devices` are in the order of the file."""
    left = iter(devices)
    text = re.sub(r'^(device\s*=\s*)"[0-9a-f:.]+"', lambda found: f'{found[1]}"{next(left)}"', text, flags=re.M)
    assert not list(left), "the example has fewer devices than were given"
    head, runtime, rest = re.match(r"(.*?)^\[runtime\]\n(.*?)(^\[.*)", text, re.S | re.M).groups()
    assert "memory" in runtime, "the example has a [runtime]"
    quoted = ", ".join(f'"{word}"' for word in eal_args)
    return (f"{head}[runtime]\nmain-core = 0\nworker-cores = [1]\nhugepages = false\nmemory = \"512M\"\nidle = \"sleep\"\n"
            f"control-socket = \"{socket}\"\neal-args = [{quoted}]\n\n{rest}")


class ExampleRouter(SluiceRouter):
    """Sluice with a file of configs/; its ports are veth devices of the namespace, one for each device of the file."""

    def __init__(self, namespace, name, ports):
        super().__init__(namespace, RouterSpec(ports=[]))
        text = (CONFIGS / f"{name}.toml").read_text(encoding="utf-8")
        self.config.write_text(adapted(text, [f"{self.device},iface={port}" for port in ports], self.socket, self.eal_args),
                               encoding="utf-8")
        for rules in re.findall(r'^rules\s*=\s*"([^"]+)"', text, re.M):
            (self.path / rules).write_text((CONFIGS / rules).read_text(encoding="ascii"), encoding="ascii")
