// SPDX-License-Identifier: BSD-3-Clause
#include "checking.h"

namespace sluice::ctrlplane::config {
namespace {

TEST(Defaults, of_the_runtime_are_those_of_the_manual) {
    const CheckedConfig config = sound(kTwoInterfaces);
    const Runtime& runtime = config.runtime();
    EXPECT_EQ(runtime.main_core.value, 0U);
    ASSERT_EQ(runtime.worker_cores.size(), 1U);
    EXPECT_EQ(runtime.worker_cores[0].value, 1U);
    EXPECT_TRUE(runtime.hugepages);
    EXPECT_EQ(runtime.memory_bytes, std::uint64_t{1} << 30U);
    EXPECT_EQ(runtime.idle, Idle::spin);
    EXPECT_TRUE(runtime.short_way);
    EXPECT_EQ(runtime.control_socket.value, "/run/sluice/control.sock");
    EXPECT_TRUE(runtime.eal_args.empty());
}

TEST(Defaults, of_an_interface_leave_the_device_its_mac_and_queues) {
    const CheckedConfig config = sound(kTwoInterfaces);
    ASSERT_EQ(config.interfaces().size(), 2U);
    const CheckedInterface& wan = config.interfaces()[0];
    EXPECT_EQ(wan.id, base::InterfaceId{0});
    EXPECT_EQ(wan.name, "wan");
    EXPECT_FALSE(wan.mac);
    EXPECT_FALSE(wan.rx_queues);
    EXPECT_EQ(wan.mtu_bytes.value, 1500);
    EXPECT_EQ(wan.vlan, 0);
    EXPECT_EQ(wan.parent, base::kNoInterface);
    EXPECT_EQ(config.find_interface("lan"), &config.interfaces()[1]);
    EXPECT_EQ(config.find_interface("dmz"), nullptr);
}

// CT-5: every setting has the kernel's default, but a router forwards.
TEST(Defaults, of_sysctls_are_the_kernels_save_ip_forward) {
    const CheckedConfig config = sound(kTwoInterfaces);
    EXPECT_EQ(config.sysctls(), Sysctls{});
    const Sysctls values;
    for (const SysctlSpec& spec : known_sysctls()) {
        if (spec.field != nullptr && spec.name != "net.ipv4.ip_forward") {
            EXPECT_EQ(values.*(spec.field), spec.kernel_default) << spec.name;
        }
    }
    EXPECT_EQ(config.sysctls().ip_forward, 1U);
    EXPECT_EQ(config.interfaces()[0].sysctls, (InterfaceSysctls{0, true, true}));
}

TEST(Defaults, make_an_empty_file_sound_with_a_warning) {
    EXPECT_TRUE(check_config("", "t.toml").config.has_value());
    EXPECT_EQ(said_about(""),
              std::vector<std::string>{
                  "t.toml:1:1: warning: there is no [[interface]], so there is nothing to route"});
}

}  // namespace
}  // namespace sluice::ctrlplane::config
