// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/list.h"

#include <fmt/core.h>

#include <string_view>
#include <unordered_map>

#include "acl/text/address_text.h"
#include "acl/text/chain_order.h"
#include "acl/text/interface_text.h"
#include "acl/text/names.h"
#include "acl/text/registry.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

/// A count with at most five digits: thousands are rounded away, as often as needed.
std::string short_number(std::uint64_t number) {
    constexpr std::string_view kSuffixes = "KMGT";
    if (number <= 99'999) {
        return fmt::format("{}", number);
    }
    std::size_t i = 0;
    number = (number + 500) / 1000;
    while (number > 9'999 && i + 1 < kSuffixes.size()) {
        number = (number + 500) / 1000;
        ++i;
    }
    return fmt::format("{}{}", number, kSuffixes[i]);
}

template <net::Family F>
class Lister {
public:
    Lister(const Listing& listing, const Counts& counts) : listing_(listing), counts_(counts) {}

    void header(const Chain<F>& chain, std::size_t references);
    void rule(const Chain<F>& chain, std::size_t index);
    void blank_line() { out_.push_back('\n'); }
    std::string take() { return std::move(out_); }

private:
    template <class... Args>
    void print(fmt::format_string<Args...> format, Args&&... args) {
        base::append(out_, format, std::forward<Args>(args)...);
    }
    [[nodiscard]] std::string number(std::uint64_t value) const {
        return listing_.exact ? fmt::format("{}", value) : short_number(value);
    }

    const Listing& listing_;
    const Counts& counts_;
    std::string out_;
};

template <net::Family F>
void Lister<F>::header(const Chain<F>& chain, std::size_t references) {
    print("Chain {}", chain.name);
    if (!chain.hook) {
        print(" ({} references)", references);
    } else {
        print(" (policy {}", chain.policy == Policy::drop ? "DROP" : "ACCEPT");
        if (listing_.verbose) {
            const base::PacketCount count = counts_.policy(listing_.table, chain.name);
            print(" {} packets, {} bytes", number(count.packets), number(count.bytes));
        }
        print(")");
    }
    out_.push_back('\n');
    if (listing_.line_numbers) {
        print("{:<4} ", "num");
    }
    if (listing_.verbose && listing_.exact) {
        print("{:>8} {:>10} ", "pkts", "bytes");
    } else if (listing_.verbose) {
        print("{:>5} {:>5} ", "pkts", "bytes");
    }
    print("{:<9}  prot opt", "target");
    if (listing_.verbose) {
        print(" {:<6} {:<6} ", "in", "out");
    }
    print(" {:<19}  {:<19} \n", "source", "destination");
}

template <net::Family F>
void Lister<F>::rule(const Chain<F>& chain, std::size_t index) {
    const Rule<F>& rule = chain.rules[index];
    if (listing_.line_numbers) {
        print("{:<4} ", index + 1);
    }
    if (listing_.verbose) {
        const base::PacketCount count = counts_.rule(listing_.table, chain.name, index);
        const std::size_t width = listing_.exact ? 8 : 5;
        print("{:>{}} {:>{}} ", number(count.packets), width, number(count.bytes), width);
    }
    const auto name = listing_.numeric ? std::nullopt : protocol_name(rule.protocol.number);
    print("{:<9} {}{:<4} ", listed_name(rule.target), rule.protocol.inverted ? '!' : ' ',
          name.value_or(fmt::format("{}", rule.protocol.number)));
    print("{} ", rule.fragment == FragmentMatch::any    ? "--"
                 : rule.fragment == FragmentMatch::only ? "-f"
                                                        : "!f");
    if (listing_.verbose) {
        print(" {:<6} {:<6} ", list_interface(rule.in, listing_.numeric),
              list_interface(rule.out, listing_.numeric));
    }
    print("{}{:<19} ", rule.source.inverted ? '!' : ' ', AddressText<F>::list(rule.source, listing_.numeric));
    print("{}{:<19} ", rule.destination.inverted ? '!' : ' ',
          AddressText<F>::list(rule.destination, listing_.numeric));
    const auto* jump = get_if<JumpTarget>(&rule.target);
    if (jump != nullptr && jump->is_goto) {
        print("[goto] ");
    }
    for (const AnyMatch& match : rule.matches) {
        list_match(match, listing_.numeric, out_);
    }
    list_target(rule.target, listing_.numeric, out_);
    out_.push_back('\n');
}

/// How many rules of the table jump to each chain.
template <net::Family F>
std::unordered_map<std::string_view, std::size_t> count_references(const Ruleset<F>& ruleset, TableId table) {
    std::unordered_map<std::string_view, std::size_t> references;
    for (const Chain<F>* chain : printed_chains(ruleset, table)) {
        for (const Rule<F>& rule : chain->rules) {
            if (const auto* jump = get_if<JumpTarget>(&rule.target)) {
                ++references[jump->chain];
            }
        }
    }
    return references;
}

}  // namespace

template <net::Family F>
tl::expected<std::string, std::string> list_table(const Ruleset<F>& ruleset, const Listing& listing,
                                                  const Counts& counts) {
    const auto chains = chosen_chains(ruleset, listing.table, listing.chain);
    if (!chains) {
        return tl::unexpected(chains.error());
    }
    auto references = count_references(ruleset, listing.table);
    Lister<F> lister(listing, counts);
    bool first = true;
    for (const Chain<F>* chain : *chains) {
        if (listing.number != 0) {
            if (listing.number <= chain->rules.size()) {
                lister.rule(*chain, listing.number - 1);
            }
            continue;
        }
        if (!first) {
            lister.blank_line();
        }
        first = false;
        lister.header(*chain, references[chain->name]);
        for (std::size_t i = 0; i < chain->rules.size(); ++i) {
            lister.rule(*chain, i);
        }
    }
    return lister.take();
}

template tl::expected<std::string, std::string> list_table(const Ruleset<net::Ipv4>&, const Listing&,
                                                           const Counts&);

}  // namespace sluice::acl::text
