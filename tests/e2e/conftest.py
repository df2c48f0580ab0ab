# SPDX-License-Identifier: BSD-3-Clause
"""What the tests share: which routers run, and the laboratory of three crafted sides."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from support.bench_plan import SIDES                      # noqa: E402
from support.differential import Bench                    # noqa: E402
from support.namespace import sweep_leftovers             # noqa: E402

KINDS = ("kernel", "short", "long")


def pytest_addoption(parser):
    parser.addoption("--routers", default=",".join(KINDS),
                     help="which routers to compare: kernel, short, long, xdp (the kernel alone proves the scenarios themselves)")


def pytest_configure(config):
    if os.geteuid() != 0:
        pytest.exit("the end-to-end tests make network namespaces: run them as root", returncode=2)
    sweep_leftovers()
    config.addinivalue_line("markers", "kinds(*names): the routers that the office of this module runs on")


def pytest_generate_tests(metafunc):
    """Every test that uses the office runs once for each router."""
    if "office" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--routers").split(",")
        offered = getattr(metafunc.module, "KINDS", KINDS)
        metafunc.parametrize("office", [kind for kind in offered if kind in wanted], indirect=True, scope="module")


def chosen(config):
    return [kind for kind in KINDS if kind in config.getoption("--routers").split(",")]


@pytest.fixture(scope="module")
def bench(request):
    """The laboratory of the module's SPEC; see support/differential.py."""
    bench = Bench(request.module.SPEC, getattr(request.module, "BENCH_SIDES", SIDES), chosen(request.config))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def office(request):
    """The office of the module's SPEC and its programs, behind one kind of router; see support/office.py."""
    from support.office import Office
    office = Office(request.module.SPEC, request.param, getattr(request.module, "UPSTREAM_KNOWS_LAN", False))
    yield office
    office.close()
