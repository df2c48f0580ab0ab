# SPDX-License-Identifier: BSD-3-Clause
"""The library of the end-to-end tests: namespaces, routers, wires, programs and the comparison between routers."""
