// SPDX-License-Identifier: BSD-3-Clause
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/live_changes.h"
#include "ctrlplane/loaded.h"
#include "ctrlplane/runtime.h"
#include "ctrlplane/snapshot/describe.h"
#include "ctrlplane/snapshot/load_sets.h"

/// A new configuration under running traffic: everything that may fail is made first, then one pointer is changed.
namespace sluice::ctrlplane {
namespace {

using Faults = std::vector<std::string>;

Faults lines_of(const base::Diagnostics& diagnostics) {
    Faults lines;
    for (const base::Diagnostic& diagnostic : diagnostics) {
        lines.push_back(config::to_string(diagnostic));
    }
    return lines;
}

bool has(const pipeline::Interface& interface, net::Ipv4Address address) {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [&](const net::Ipv4Prefix& own) { return own.address == address; });
}

/// Whether every interface has the addresses and sysctls that it had: what remembered paths take for granted.
bool do_the_same(const config::CheckedConfig& a, const config::CheckedConfig& b) {
    return std::equal(a.interfaces().begin(), a.interfaces().end(), b.interfaces().begin(), b.interfaces().end(),
                      [](const config::CheckedInterface& before, const config::CheckedInterface& after) {
                          return before.sysctls == after.sysctls &&
                                 std::equal(before.addresses.begin(), before.addresses.end(), after.addresses.begin(),
                                            after.addresses.end(), [](const auto& x, const auto& y) { return x.value == y.value; });
                      });
}

}  // namespace

tl::expected<void, Faults> Runtime::reload() {
    Loaded loaded = load(config_.file(), std::nullopt, sets_.get());
    if (!loaded.is_sound()) {
        return tl::unexpected(lines_of(loaded.diagnostics));
    }
    if (Faults refused = config::live_changes_refused(config_, *loaded.config); !refused.empty()) {
        return tl::unexpected(std::move(refused));
    }
    if (!have_same_sets(config_, *loaded.config)) {
        auto sets = load_sets(*loaded.config, now_ms());
        if (!sets) {
            return tl::unexpected(lines_of(sets.error()));
        }
        if (auto possible = sets_->can_adopt(**sets); !possible) {
            return tl::unexpected(Faults{possible.error()});
        }
        sets_->adopt(std::move(**sets));
    }
    auto timeouts = timeout_numbers_.assign(*loaded.config);
    if (!timeouts) {
        return tl::unexpected(Faults{timeouts.error().message});
    }
    acl::Shared with = shared();
    with.timeouts = *timeouts;
    auto book =
        RuleBook<F>::compile(std::move(*loaded.rules), names_of(*loaded.config), workers(), rule_generation_ + 1, with);
    if (!book) {
        return tl::unexpected(lines_of(book.error()));
    }
    await_deferred();
    // Last, because it remembers the routes: nothing fails after it.
    auto fib = make_fib(*loaded.config);
    if (!fib) {
        return tl::unexpected(Faults{fib.error().message});
    }
    timeouts_ = std::move(*timeouts);
    apply(std::move(*loaded.config), std::move(*book), false, std::move(*fib));
    ++reloads_;
    return {};
}

tl::expected<void, std::string> Runtime::change_config(
    const std::function<config::ConfigEdit::Done(config::ConfigEdit&)>& change) {
    config::ConfigEdit edit(config_);
    if (auto done = change(edit); !done) {
        return done;
    }
    config::CheckedConfig next = std::move(edit).take();
    std::unique_ptr<RuleBook<F>> book;
    if (!do_the_same(config_, next)) {
        auto compiled = RuleBook<F>::compile(rules_->draft(), names_of(next), workers(), rule_generation_ + 1, shared());
        if (!compiled) {
            return tl::unexpected<std::string>(config::to_string(compiled.error().front()));
        }
        book = std::move(*compiled);
    }
    await_deferred();
    auto fib = make_fib(next);
    if (!fib) {
        return tl::unexpected<std::string>("Error: " + fib.error().message);
    }
    apply(std::move(next), std::move(book), true, std::move(*fib));
    return {};
}

tl::expected<void, base::Diagnostics> Runtime::change_rules(acl::Ruleset<F> edited) {
    auto book = RuleBook<F>::compile(std::move(edited), names_of(config_), workers(), rule_generation_ + 1, shared());
    if (!book) {
        return tl::unexpected(std::move(book.error()));
    }
    await_deferred();  // an earlier program goes first: edits that follow each other at once do not pile them up
    ++rule_generation_;
    (*book)->succeed_edited(std::exchange(rules_, nullptr));
    RuleBook<F>* const current = book->get();
    rules_ = std::move(*book);
    publish(make_snapshot(config_), nullptr, [current] { current->settle(); });
    return {};
}

void Runtime::apply(config::CheckedConfig next, std::unique_ptr<RuleBook<F>> book, bool is_edited,
                    std::unique_ptr<const route::Fib<F>> fib) {
    ++route_generation_;
    RuleBook<F>* const current = book.get();
    if (book != nullptr) {
        ++rule_generation_;
        if (is_edited) {
            book->succeed_edited(std::exchange(rules_, nullptr));
        } else {
            book->succeed(std::exchange(rules_, nullptr));
        }
        rules_ = std::move(book);
    }
    std::unique_ptr<const route::Fib<F>> old_fib;
    if (fib != nullptr) {
        old_fib = std::exchange(fib_, std::move(fib));
    }

    auto snapshot = make_snapshot(next);
    std::vector<std::pair<base::InterfaceId, net::Ipv4Address>> gone;
    std::vector<pipeline::Interface> come = snapshot->interfaces;
    for (const pipeline::Interface& before : snapshot_->interfaces) {
        pipeline::Interface& now = come[base::index_of(before.id)];
        for (const net::Ipv4Prefix& address : before.addresses) {
            if (!has(now, address.address)) {
                gone.emplace_back(before.id, address.address);
            }
        }
        std::erase_if(now.addresses, [&](const net::Ipv4Prefix& one) { return has(before, one.address); });
    }
    replace_static_neighbors(next);
    publish(std::move(snapshot), std::move(old_fib), [this, current, gone = std::move(gone)] {
        if (current != nullptr) {
            current->settle();
        }
        for (const auto& [interface, address] : gone) {
            end_masqueraded(interface, address);
        }
    });
    config_ = std::move(next);
    announce(come);
}

void Runtime::replace_static_neighbors(const config::CheckedConfig& next) {
    for (const config::CheckedNeighbor& old : config_.neighbors()) {
        const bool stays = std::any_of(next.neighbors().begin(), next.neighbors().end(), [&](const auto& one) {
            return one.interface == old.interface && one.address == old.address;
        });
        if (!stays) {
            neighbors_->remove(old.interface, old.address);
        }
    }
    for (const config::CheckedNeighbor& one : next.neighbors()) {
        if (auto set = neighbors_->set_permanent(one.interface, one.address, one.mac, now_ns()); !set) {
            spdlog::error("neighbor {}: {}", net::to_string(one.address), set.error().message);
        }
    }
}

bool Runtime::forget_neighbor(base::InterfaceId interface, net::Ipv4Address address) {
    const bool is_configured = std::any_of(config_.neighbors().begin(), config_.neighbors().end(), [&](const auto& one) {
        return one.interface == interface && one.address == address;
    });
    return !is_configured && neighbors_->remove(interface, address);
}

/// As nf_nat_masquerade: connections that wear an address which the router has lost end (NAT-5).
void Runtime::end_masqueraded(base::InterfaceId interface, net::Ipv4Address address) {
    conntrack::Cursor cursor;
    const base::Ticks now = base::ticks_from_ns(now_ns());
    while (conntrack::Connection<F>* connection = connections_->step(cursor, now)) {
        if (connection->shared.masquerade == interface &&
            (*connection)[conntrack::Way::reply].tuple.destination == address) {
            connections_->remove(connections_->control(), *connection, now);
        }
    }
}

}  // namespace sluice::ctrlplane
