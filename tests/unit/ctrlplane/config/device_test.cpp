// SPDX-License-Identifier: BSD-3-Clause
#include "checking.h"
#include "ctrlplane/config/sections.h"

namespace sluice::ctrlplane::config {
namespace {

TEST(Device, pci_addresses_get_their_domain_and_lower_case) {
    EXPECT_EQ(parse_device("03:0A.1").value(), (Device{Device::Kind::pci, "0000:03:0a.1", ""}));
    EXPECT_EQ(parse_device("0001:03:00.0,arg=1").value().text(), "0001:03:00.0,arg=1");
}

TEST(Device, every_vdev_of_dpdk_is_taken_with_its_arguments) {
    for (const std::string text :
         {"net_af_xdp,iface=eth1", "net_af_packet0,iface=eth1,qpairs=2", "net_null",
          "net_pcap,rx_pcap=in.pcap,tx_pcap=out.pcap", "net_tap0,iface=foo", "net_ring0",
          "net_memif,role=server,id=0", "virtio_user0,path=/dev/vhost-net"}) {
        const auto device = parse_device(text);
        ASSERT_TRUE(device) << text;
        EXPECT_EQ(device->kind, Device::Kind::vdev) << text;
        EXPECT_EQ(device->text(), text);
    }
}

TEST(Device, anything_else_is_none) {
    for (const std::string_view text : {"", "eth0", "03:00", "03:00.8", "0000:03:00.0.1", "net_", "NET_NULL",
                                        "net null", "g3:00.0", "00000:03:00.0", ",iface=x"}) {
        EXPECT_FALSE(parse_device(text)) << text;
    }
}

std::string two_devices(std::string_view first, std::string_view second) {
    const auto errors =
        said_about("[[interface]]\nname = \"a\"\ndevice = \"" + std::string(first) +
                   "\"\n[[interface]]\nname = \"b\"\ndevice = \"" + std::string(second) + "\"\n");
    return errors.empty() ? "" : errors.front();
}

TEST(Device, is_had_by_one_interface_only) {
    EXPECT_EQ(two_devices("03:00.0", "0000:03:00.0"),
              "t.toml:6:10: error: device \"0000:03:00.0\" has \"0000:03:00.0\", which the interface \"a\" "
              "of line 1 "
              "has already");
    EXPECT_EQ(two_devices("net_af_xdp,iface=e", "net_af_packet,qpairs=1,iface=e"),
              "t.toml:6:10: error: device \"net_af_packet,qpairs=1,iface=e\" has \"iface=e\", which the "
              "interface \"a\" "
              "of line 1 has already");
    EXPECT_NE(two_devices("net_null0", "net_null0,size=64"), "");
    EXPECT_NE(two_devices("net_memif,id=0", "net_memif,id=0"), "");
}

TEST(Device, net_null_may_be_had_by_several) {
    EXPECT_EQ(two_devices("net_null", "net_null"), "");
    EXPECT_EQ(two_devices("net_af_xdp,iface=e", "net_af_xdp,iface=f"), "");
}

}  // namespace
}  // namespace sluice::ctrlplane::config
