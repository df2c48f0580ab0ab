// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/outline_of.h"

#include <algorithm>
#include <bit>
#include <optional>

namespace sluice::acl {

namespace {

/// Makes one outline. `exact` becomes false with the first condition that the outline leaves open.
template <net::Family F>
class Outliner {
public:
    Outliner(const CompiledRule<F>& rule, const CompiledProgram<F>& program)
        : rule_(rule), program_(program) {}

    Outline<F> run() {
        using Rule = CompiledRule<F>;
        outline_.source_length = add_address(rule_.source_mask, (rule_.inverted & Rule::kNotSource) != 0);
        outline_.source = rule_.source;
        outline_.destination_length =
            add_address(rule_.destination_mask, (rule_.inverted & Rule::kNotDestination) != 0);
        outline_.destination = rule_.destination;
        if ((rule_.inverted & Rule::kNotProtocol) != 0) {
            exact_ = exact_ && rule_.protocol == 0;
        } else {
            outline_.protocol = rule_.protocol;
        }
        exact_ = exact_ && (rule_.inverted & (Rule::kFragment | Rule::kNotFragment)) == 0;
        add_interface(rule_.in, outline_.in, outline_.has_in);
        add_interface(rule_.out, outline_.out, outline_.has_out);
        for (std::uint32_t i = 0; i < rule_.match_count; ++i) {
            const CompiledMatch& asked = program_.matches[rule_.first_match + i];
            if (depends_of(asked) == Depends::history) {
                exact_ = false;  // it must be asked of whoever comes so far: what stands behind narrows nothing
                break;
            }
            with_match(asked, [&](const auto& match) { add(match); });
        }
        const bool stays =
            rule_.step == Step::next || rule_.step == Step::jump || rule_.step == Step::effect;
        outline_.settled = outline_.never || (exact_ && !stays);
        return outline_;
    }

private:
    /// The leading ones of the mask; what follows after a gap is left open.
    std::uint8_t add_address(const typename F::Address& mask, bool inverted) {
        const unsigned length = leading_ones(mask);
        if (inverted) {
            exact_ = false;
            outline_.never = outline_.never || mask == typename F::Address{};  // not in 0.0.0.0/0
            return 0;
        }
        exact_ = exact_ && mask == prefix_mask(mask, length);
        return static_cast<std::uint8_t>(length);
    }

    static net::Ipv4Address prefix_mask(net::Ipv4Address, unsigned length) {
        return net::Ipv4Address::from_host(net::ipv4_mask(length));
    }

    void add_interface(InterfaceSetId set, std::uint16_t& id, bool& present) {
        if (set == kAnyInterface) {
            return;
        }
        const std::size_t members = program_.interfaces.size(set);
        if (members == 1) {
            id = static_cast<std::uint16_t>(program_.interfaces.front(set));
            present = true;
        } else {
            exact_ = false;
            outline_.never = outline_.never || members == 0;
        }
    }

    void add(const TcpPorts& match) { add_ports(match.source, match.destination); }
    void add(const UdpMatch& match) { add_ports(match.source, match.destination); }
    void add(const SctpPorts& match) { add_given_ports(match.source, match.destination); }
    void add(const DccpPorts& match) { add_given_ports(match.source, match.destination); }
    void add(const MultiportMatch& match) { add_list(match); }
    void add(const IprangeMatch& match) {
        if (match.source) {
            narrow(outline_.source, outline_.source_length, *match.source);
        }
        if (match.destination) {
            narrow(outline_.destination, outline_.destination_length, *match.destination);
        }
    }
    template <class M>
    void add(const M&) {  // nothing for a classifier
        exact_ = false;
    }

    void add_ports(const PortRange& source, const PortRange& destination) {
        narrow(outline_.source_ports, source);
        narrow(outline_.destination_ports, destination);
    }

    void add_given_ports(const std::optional<PortRange>& source,
                         const std::optional<PortRange>& destination) {
        add_ports(source.value_or(PortRange{}), destination.value_or(PortRange{}));
    }

    /// From the lowest to the highest port of the list; either side's are left open.
    void add_list(const MultiportMatch& match) {
        using Side = MultiportMatch::Side;
        if (match.inverted || match.side == Side::either || match.count == 0) {
            exact_ = false;
            return;
        }
        PortRange hull{match.ports[0].min, match.ports[0].max, false};
        for (std::size_t i = 1; i < match.count; ++i) {
            hull.min = std::min(hull.min, match.ports[i].min);
            hull.max = std::max(hull.max, match.ports[i].max);
        }
        exact_ = exact_ && match.count == 1;
        narrow(match.side == Side::source ? outline_.source_ports : outline_.destination_ports, hull);
    }

    /// To the smallest prefix that contains the range, where that says more than `-s` or `-d`.
    void narrow(typename F::Address& address, std::uint8_t& length, const AddressRange& range) {
        const std::uint32_t min = range.min.host();
        const std::uint32_t max = range.max.host();
        if (range.inverted || min > max) {
            exact_ = false;
            outline_.never = outline_.never || !range.inverted;
            return;
        }
        const auto common = static_cast<unsigned>(std::countl_zero(min ^ max));
        const std::uint32_t mask = net::ipv4_mask(common);
        exact_ = exact_ && (min & ~mask) == 0 && (max | mask) == 0xffffffffU;
        const std::uint32_t shared = mask & net::ipv4_mask(length);
        if (((address.host() ^ min) & shared) != 0) {
            outline_.never = true;
        } else if (common > length) {
            address = net::Ipv4Address::from_host(min & mask);
            length = static_cast<std::uint8_t>(common);
        }
    }

    /// Several matches of one rule must all hold.
    void narrow(typename Outline<F>::Ports& ports, const PortRange& range) {
        if (range.inverted) {
            exact_ = false;
            return;
        }
        const auto min = std::max(ports.min, range.min);
        const auto max = std::min(ports.max, range.max);
        if (min > max) {
            outline_.never = true;
            return;
        }
        ports = {min, max};
    }

    const CompiledRule<F>& rule_;
    const CompiledProgram<F>& program_;
    Outline<F> outline_;
    bool exact_ = true;
};

}  // namespace

template <net::Family F>
std::vector<Outline<F>> outlines_of(std::span<const CompiledRule<F>> rules,
                                    const CompiledProgram<F>& program) {
    std::vector<Outline<F>> outlines;
    outlines.reserve(rules.size());
    for (const CompiledRule<F>& rule : rules) {
        outlines.push_back(Outliner<F>(rule, program).run());
    }
    return outlines;
}

template std::vector<Outline<net::Ipv4>> outlines_of(std::span<const CompiledRule<net::Ipv4>> rules,
                                                     const CompiledProgram<net::Ipv4>& program);

}  // namespace sluice::acl
