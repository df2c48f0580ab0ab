// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/rule_parser.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "acl/text/address_text.h"

namespace sluice::acl::text {

namespace {

template <net::Family F>
Expected<std::vector<AddressMatch<F>>> read_addresses(const std::optional<Word>& word, bool inverted) {
    if (!word) {
        return std::vector<AddressMatch<F>>(1);
    }
    auto matches = AddressText<F>::parse(word->text);
    if (!matches) {
        return fault(std::move(matches.error()), word->begin);
    }
    for (AddressMatch<F>& match : *matches) {
        match.inverted = inverted;
        if (inverted && match.mask == typename F::Address{}) {
            return fault("this rule would never match: '!' with any address", word->begin);
        }
    }
    return std::move(*matches);
}

Checked check_interfaces(const RuleDraft& draft, std::string_view chain) {
    if (draft.out_begin && (chain == "PREROUTING" || chain == "INPUT")) {
        return fault(fmt::format("can't use -o with {}: the packet has no outgoing interface there", chain),
                     *draft.out_begin);
    }
    if (draft.in_begin && (chain == "POSTROUTING" || chain == "OUTPUT")) {
        return fault(fmt::format("can't use -i with {}: the packet has no incoming interface there", chain),
                     *draft.in_begin);
    }
    return {};
}

}  // namespace

template <net::Family F>
Expected<std::vector<Rule<F>>> make_rules(const RuleDraft& draft, std::string_view chain, const Locator& at) {
    if (auto checked = check_interfaces(draft, chain); !checked) {
        return tl::unexpected<Fault>(std::move(checked.error()));
    }
    const auto sources = read_addresses<F>(draft.source, draft.source_inverted);
    if (!sources) {
        return tl::unexpected<Fault>(sources.error());
    }
    const auto destinations = read_addresses<F>(draft.destination, draft.destination_inverted);
    if (!destinations) {
        return tl::unexpected<Fault>(destinations.error());
    }
    const bool several = sources->size() > 1 || destinations->size() > 1;
    if (several && (draft.source_inverted || draft.destination_inverted)) {
        return fault("'!' is not allowed with several source or destination addresses",
                     draft.source_inverted ? draft.source->begin : draft.destination->begin);
    }
    Rule<F> rule;
    rule.in = draft.in;
    rule.out = draft.out;
    rule.protocol = draft.protocol;
    rule.fragment = draft.fragment;
    rule.matches = draft.matches;
    rule.target = draft.target;
    rule.initial = draft.initial;
    rule.where = at(0);
    rule.target_where = draft.target_begin ? at(*draft.target_begin) : rule.where;
    std::vector<Rule<F>> rules;
    for (const AddressMatch<F>& source : *sources) {
        for (const AddressMatch<F>& destination : *destinations) {
            rule.source = source;
            rule.destination = destination;
            rules.push_back(rule);
        }
    }
    return rules;
}

template <net::Family F>
Expected<std::vector<Rule<F>>> parse_rule(std::string_view text, TableId table, std::string_view chain,
                                          const Locator& at) {
    const auto draft = read_rule(text, table, Commands::none);
    if (!draft) {
        return tl::unexpected<Fault>(draft.error());
    }
    return make_rules<F>(*draft, chain, at);
}

template Expected<std::vector<Rule<net::Ipv4>>> make_rules(const RuleDraft&, std::string_view,
                                                           const Locator&);
template Expected<std::vector<Rule<net::Ipv4>>> parse_rule(std::string_view, TableId, std::string_view,
                                                           const Locator&);

}  // namespace sluice::acl::text
