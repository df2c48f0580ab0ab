#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Fails when the objects of the packet path refer to what must not happen there.

Usage: packet_path_symbols.py ARCHIVE_OR_OBJECT...
The packet path never allocates, locks, throws, prints or reads a clock; `nm` shows what it could call.
"""

import re
import subprocess
import sys

FORBIDDEN = re.compile(
    r"^(_Zn[wa]|malloc$|calloc$|realloc$|posix_memalign$|aligned_alloc$|free$|_Zd[la]Pv"
    r"|pthread_|__cxa_throw|__cxa_allocate|_ZSt\d+__throw_|printf$|fprintf$|vfprintf$|puts$|syslog"
    r"|clock_gettime$|gettimeofday$|time$|nanosleep$|rte_log$|rte_vlog$|rte_malloc|rte_zmalloc)"
)

def undefined_symbols(path):
    text = subprocess.run(["nm", "--undefined-only", path], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in text.splitlines() if " U " in line}


def main():
    bad = False
    for path in sys.argv[1:]:
        for symbol in sorted(undefined_symbols(path)):
            if FORBIDDEN.match(symbol):
                print(f"{path}: refers to {symbol}")
                bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
