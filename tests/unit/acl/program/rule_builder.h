// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "acl/all_matches.h"
#include "acl/all_targets.h"
#include "acl/ruleset.h"

/// Rules in the words of iptables, for tests:
/// `rule().s("10.0.0.0/8").p(6).match(TcpMatch{}).j(DropTarget{})`.
namespace sluice::test {

using net::Ipv4;

class RuleBuilder {
public:
    RuleBuilder s(std::string_view prefix) && { return set(rule_.source, prefix, false); }
    RuleBuilder not_s(std::string_view prefix) && { return set(rule_.source, prefix, true); }
    RuleBuilder d(std::string_view prefix) && { return set(rule_.destination, prefix, false); }
    RuleBuilder not_d(std::string_view prefix) && { return set(rule_.destination, prefix, true); }
    RuleBuilder s_mask(std::uint32_t address, std::uint32_t mask) && {
        rule_.source = {net::Ipv4Address::from_host(address), net::Ipv4Address::from_host(mask), false};
        return std::move(*this);
    }
    RuleBuilder i(std::string_view name) && { return set(rule_.in, name, false); }
    RuleBuilder not_i(std::string_view name) && { return set(rule_.in, name, true); }
    RuleBuilder o(std::string_view name) && { return set(rule_.out, name, false); }
    RuleBuilder not_o(std::string_view name) && { return set(rule_.out, name, true); }
    RuleBuilder p(std::uint8_t number) && { return protocol({number, false}); }
    RuleBuilder not_p(std::uint8_t number) && { return protocol({number, true}); }
    RuleBuilder match(acl::AnyMatch match) && {
        rule_.matches.push_back(std::move(match));
        return std::move(*this);
    }
    RuleBuilder at(std::uint32_t line) && {
        rule_.where = {"rules", line, 1};
        return std::move(*this);
    }
    acl::Rule<Ipv4> j(acl::AnyTarget target) && {
        rule_.target = std::move(target);
        return std::move(rule_);
    }
    acl::Rule<Ipv4> j(const char* chain) && { return std::move(*this).j(acl::JumpTarget{chain, false}); }
    acl::Rule<Ipv4> g(const char* chain) && { return std::move(*this).j(acl::JumpTarget{chain, true}); }

private:
    RuleBuilder set(acl::AddressMatch<Ipv4>& match, std::string_view text, bool inverted) {
        const auto prefix = net::parse_ipv4_prefix(text).value();
        match = {prefix.network(), net::Ipv4Address::from_host(net::ipv4_mask(prefix.length)), inverted};
        return std::move(*this);
    }
    RuleBuilder set(acl::InterfaceMatch& match, std::string_view name, bool inverted) {
        const bool prefix = name.ends_with('+');
        match = {std::string(name.substr(0, name.size() - (prefix ? 1 : 0))), prefix, inverted};
        return std::move(*this);
    }
    RuleBuilder protocol(acl::ProtocolMatch match) {
        rule_.protocol = match;
        return std::move(*this);
    }
    acl::Rule<Ipv4> rule_;
};

inline RuleBuilder rule() {
    return {};
}

/// A built-in chain of its hook's name, or a user chain.
inline acl::Chain<Ipv4> chain(acl::Hook hook, acl::Policy policy, std::vector<acl::Rule<Ipv4>> rules) {
    acl::Chain<Ipv4> made;
    made.name = acl::kHookNames[static_cast<std::size_t>(hook)];
    made.hook = hook;
    made.policy = policy;
    made.rules = std::move(rules);
    return made;
}

inline acl::Chain<Ipv4> chain(std::string name, std::vector<acl::Rule<Ipv4>> rules) {
    acl::Chain<Ipv4> made;
    made.name = std::move(name);
    made.rules = std::move(rules);
    return made;
}

inline acl::Ruleset<Ipv4> ruleset(acl::TableId id, std::vector<acl::Chain<Ipv4>> chains) {
    acl::Ruleset<Ipv4> made;
    made.tables[static_cast<std::size_t>(id)] = acl::Table<Ipv4>{id, std::move(chains)};
    return made;
}

}  // namespace sluice::test
