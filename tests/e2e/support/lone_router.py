# SPDX-License-Identifier: BSD-3-Clause
"""One Sluice alone in the laboratory, for what Linux cannot be asked: control, robustness, VLANs, the examples."""

import contextlib

from .bench_plan import SIDES
from .differential import Lab
from .namespace import Namespace, cable
from .sluice_router import SluiceRouter


@contextlib.contextmanager
def lone_lab(make_router, sides=None):
    """A lab with the router that make_router(namespace) builds; everything ends with the `with`."""
    sides = sides or SIDES
    with contextlib.ExitStack() as cleanup:
        inside = cleanup.enter_context(contextlib.closing(Namespace("router")))
        hosts = cleanup.enter_context(contextlib.closing(Namespace("hosts")))
        for side in sides.values():
            cable(inside, side.port, hosts, side.port, left_mac=side.router_mac, right_mac=side.host_mac)
        router = make_router(inside)
        cleanup.callback(router.stop)
        router.start().wait_ready()
        lab = cleanup.enter_context(contextlib.closing(Lab(router, hosts, sides)))
        yield lab


def lone_router(spec, **options):
    """What lone_lab wants, for a specification."""
    return lambda namespace: SluiceRouter(namespace, spec, **options)
