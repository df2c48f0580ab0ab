// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>

#include "tests/packet/world.h"

/// A gateway with busy rules, both with the short way and without, for the targets that send frames.
namespace sluice::fuzz {

/// Owns the world and makes a new one now and then, so that an input meets only what few inputs before it
/// have left. Whatever a test of GoogleTest would call a failure (the two ways differ, an mbuf is lost) ends
/// the process.
class WorldUnderFire {
public:
    /// What lasts as long as the world: called for each new one.
    using Prepare = void (*)(test::World&);

    explicit WorldUnderFire(Prepare prepare) : prepare_(prepare) {}
    ~WorldUnderFire() { end(); }
    WorldUnderFire(const WorldUnderFire&) = delete;
    WorldUnderFire& operator=(const WorldUnderFire&) = delete;

    /// The world for the next input.
    test::World& next();

    /// The rules and addresses: LAN 10.0.0.0/24, DMZ 172.16.0.0/24, WAN 198.51.100.0/24.
    static std::string configuration();

private:
    /// Ends the world, which asks whether all is well: nothing may be left in it.
    void end();

    static constexpr unsigned kInputsAWorld = 200;

    Prepare prepare_;
    std::unique_ptr<test::World> world_;
    unsigned inputs_ = 0;
};

}  // namespace sluice::fuzz
