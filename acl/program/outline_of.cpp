// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/outline_of.h"

#include <algorithm>

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
        add_interface(rule_.in, outline_.in, outline_.has_in);
        add_interface(rule_.out, outline_.out, outline_.has_out);
        for (std::uint32_t i = 0; i < rule_.match_count; ++i) {
            with_match(program_.matches[rule_.first_match + i], [&](const auto& match) { add(match); });
        }
        const bool stays = rule_.step == Step::next || rule_.step == Step::jump;
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
    template <class M>
    void add(const M&) {  // nothing for a classifier
        exact_ = false;
    }

    void add_ports(const PortRange& source, const PortRange& destination) {
        narrow(outline_.source_ports, source);
        narrow(outline_.destination_ports, destination);
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
