// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/device/kernel_link.h"

#include <fmt/core.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sluice::device {
namespace {

/// One ioctl about an interface; 0 or the errno.
int ask(unsigned long question, ifreq& request) {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return errno;
    }
    const int answer = ioctl(socket, question, &request) < 0 ? errno : 0;
    close(socket);
    return answer;
}

ifreq request_for(const std::string& name) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

}  // namespace

base::Result<KernelLink> KernelLink::find(const std::string& name) {
    if (name.size() >= IFNAMSIZ || if_nametoindex(name.c_str()) == 0) {
        return base::failure(
            fmt::format("this machine (or network namespace) has no interface {}; `ip link` lists them", name));
    }
    return KernelLink(name);
}

std::uint16_t KernelLink::combined_queues() const {
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    ifreq request = request_for(name_);
    request.ifr_data = reinterpret_cast<char*>(&channels);
    if (ask(SIOCETHTOOL, request) != 0 || channels.max_combined == 0) {
        return 1;
    }
    return static_cast<std::uint16_t>(std::clamp(channels.combined_count, 1U, 1024U));
}

base::Result<void> KernelLink::set_up() const {
    ifreq request = request_for(name_);
    int error = ask(SIOCGIFFLAGS, request);
    if (error == 0 && (request.ifr_flags & IFF_UP) == 0) {
        request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
        error = ask(SIOCSIFFLAGS, request);
    }
    if (error != 0) {
        return base::failure(fmt::format("cannot bring up {}: {}", name_, std::strerror(error)));
    }
    return {};
}

base::Result<void> KernelLink::set_mtu(std::uint16_t mtu_bytes) const {
    ifreq request = request_for(name_);
    request.ifr_mtu = mtu_bytes;
    if (const int error = ask(SIOCSIFMTU, request); error != 0) {
        return base::failure(fmt::format("cannot set the MTU of {} to {}: {}", name_, mtu_bytes, std::strerror(error)));
    }
    return {};
}

}  // namespace sluice::device
