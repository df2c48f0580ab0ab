// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/random.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace sluice::ctrlplane {

/// A value of random bits from the kernel: boot secrets and seeds. Ends the program where the kernel has none to
/// give, which happens only on a machine that is broken.
template <class T>
[[nodiscard]] T kernel_random() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    auto* const bytes = reinterpret_cast<unsigned char*>(&value);
    for (std::size_t got = 0; got < sizeof(T);) {
        const ssize_t more = getrandom(bytes + got, sizeof(T) - got, 0);
        if (more <= 0) {
            std::perror("getrandom");
            std::abort();
        }
        got += static_cast<std::size_t>(more);
    }
    return value;
}

}  // namespace sluice::ctrlplane
