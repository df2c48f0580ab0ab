// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "dataplane/base/result.h"
#include "dataplane/device/device.h"

namespace sluice::device {

/// Makes DPDK find the device, and create it where it is virtual; returns its port number.
///
/// Brings up the kernel's interface behind it and sets its MTU. Errors: no such device; for a PCI one, which driver
/// of the kernel still has it.
base::Result<std::uint16_t> probe(const DeviceOptions& options);

}  // namespace sluice::device
