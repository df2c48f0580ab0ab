// SPDX-License-Identifier: BSD-3-Clause
#include "tests/packet/lane.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rte_eal.h>
#include <rte_malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "acl/keyed/book.h"
#include "acl/text/save.h"
#include "conntrack/text.h"
#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/packet_log_text.h"
#include "ctrlplane/snapshot/describe.h"
#include "ctrlplane/snapshot/load_rules.h"
#include "ctrlplane/snapshot/timeout_policies.h"
#include "ctrlplane/snapshot/load_sets.h"
#include "dataplane/pipeline/router.h"
#include "tests/packet/eal.h"
#include "tests/support/packet_checks.h"

namespace sluice::test {

namespace {

using F = net::Ipv4;

constexpr std::uint64_t kStepNs = 100'000'000;
constexpr std::uint64_t kAskingNs = 3'000'000'000;  ///< three questions, a second apart

net::MacAddress mac_of(net::Ipv4Address address) {
    const std::uint32_t value = address.host();
    return {{0x02, 0x00, static_cast<std::uint8_t>(value >> 24U), static_cast<std::uint8_t>(value >> 16U),
             static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)}};
}

/// All that a snapshot points to.
struct Ground {
    std::optional<ctrlplane::config::CheckedConfig> config;
    acl::Ruleset<F> rules;
    std::unique_ptr<acl::sets::SetBook> sets;
    std::unique_ptr<const acl::Program<F>> program;
    std::unique_ptr<const route::Fib<F>> fib;
    std::unique_ptr<pipeline::RuleState<F>> state;
    pipeline::WallClock wall_clock;
    pipeline::Snapshot<F> snapshot;
};

std::string all_of(const base::Diagnostics& faults) {
    std::string text;
    for (const base::Diagnostic& fault : faults) {
        text += ctrlplane::config::to_string(fault) + "\n";
    }
    return text;
}

std::unique_ptr<Ground> ground_of(std::string_view toml, std::uint32_t generation, acl::keyed::Book& book,
                                  ctrlplane::TimeoutNumbers& policies) {
    auto ground = std::make_unique<Ground>();
    auto loaded = ctrlplane::config::check_config(toml, "test.toml");
    if (!loaded.config) {
        ADD_FAILURE() << all_of(loaded.diagnostics);
        std::abort();
    }
    ground->config = std::move(loaded.config);
    const auto& config = *ground->config;
    auto rules = ctrlplane::load_rules(config);
    if (!rules) {
        ADD_FAILURE() << all_of(rules.error());
        std::abort();
    }
    ground->rules = std::move(*rules);
    const std::vector<std::string> names = ctrlplane::names_of(config);
    auto sets = ctrlplane::load_sets(config, 0);
    if (!sets) {
        ADD_FAILURE() << all_of(sets.error());
        std::abort();
    }
    ground->sets = std::move(*sets);
    auto timeouts = policies.assign(config);
    SLUICE_ASSERT(timeouts.has_value());
    auto program = acl::Program<F>::compile(ground->rules, names, {.keyed = &book, .sets = ground->sets.get(), .timeouts = *timeouts});
    if (!program) {
        ADD_FAILURE() << all_of(program.error());
        std::abort();
    }
    ground->program = std::move(*program);
    auto routes = ctrlplane::routes_of(config);
    SLUICE_ASSERT(routes.has_value());
    auto fib = route::Fib<F>::create(std::move(*routes), 7);
    SLUICE_ASSERT(fib.has_value());
    ground->fib = std::move(*fib);

    std::vector<ctrlplane::OpenedDevice> devices;
    for (const auto& interface : config.interfaces()) {
        const auto owner = interface.parent == base::kNoInterface ? interface.id : interface.parent;
        const auto number = static_cast<std::uint8_t>(base::index_of(owner));
        devices.push_back({static_cast<base::DeviceId>(number), {{0x02, 0xee, 0, 0, 0, number}}});
    }
    pipeline::Snapshot<F>& snapshot = ground->snapshot;
    snapshot.rule_generation = generation;
    snapshot.route_generation = generation;
    snapshot.interfaces = ctrlplane::interfaces_of(config, devices);
    snapshot.interface_of = ctrlplane::map_of(snapshot.interfaces);
    snapshot.fib = ground->fib.get();
    snapshot.program = ground->program.get();
    snapshot.sysctls = ctrlplane::sysctls_of(config);
    snapshot.tracking = ctrlplane::tracking_of(config, {ground->program->reads_accounts(), ground->program->reads_labels()});
    snapshot.tracking_by_policy = ctrlplane::settings_by_policy(config, snapshot.tracking, *timeouts);
    if (config.tracking().strict) {
        ctrlplane::harden(snapshot, ground->rules);
    }
    snapshot.boot_secret = 42;
    snapshot.wall_clock = &ground->wall_clock;
    ground->state = std::make_unique<pipeline::RuleState<F>>(*ground->program, base::WorkerId{0}, generation);
    snapshot.rule_states[0] = ground->state.get();
    return ground;
}

struct FreeQsbr {
    void operator()(rte_rcu_qsbr* qsbr) const { rte_free(qsbr); }
};

std::unique_ptr<rte_rcu_qsbr, FreeQsbr> made_qsbr() {
    const std::size_t bytes = rte_rcu_qsbr_get_memsize(1);
    std::unique_ptr<rte_rcu_qsbr, FreeQsbr> qsbr(
        static_cast<rte_rcu_qsbr*>(rte_zmalloc(nullptr, bytes, RTE_CACHE_LINE_SIZE)));
    SLUICE_ASSERT(qsbr != nullptr && rte_rcu_qsbr_init(qsbr.get(), 1) == 0);
    rte_rcu_qsbr_thread_register(qsbr.get(), 0);
    rte_rcu_qsbr_thread_online(qsbr.get(), 0);
    return qsbr;
}

}  // namespace

struct Lane::Impl {
    Impl(std::string_view toml, bool short_way, std::uint64_t seed)
        : ground(ground_of(toml, 1, book, policies)),
          random(seed),
          qsbr(made_qsbr()),
          grace(qsbr.get()),
          connections(*conntrack::Table<F>::create_table(
              {.max = ground->config->sysctls().conntrack_max, .workers = 1, .huge_pages = false}, random)),
          adjacencies(*route::AdjacencyTable<F>::create(1024)),
          stats(ground->snapshot.interfaces.size()),
          exits(stats, *connections, base::WorkerId{0}),
          outbox(ground->snapshot.interfaces.size(), &Impl::keep, this),
          hold(requests, stats.requests_lost),
          reassembly(42),
          error_limit(42),
          context{.snapshot = &ground->snapshot,
                  .rules = ground->state.get(),
                  .short_way = short_way,
                  .exits = exits,
                  .stats = stats,
                  .outbox = outbox,
                  .requests = requests,
                  .connections = *connections,
                  .grace = grace,
                  .adjacencies = *adjacencies,
                  .hold = hold,
                  .reassembly = reassembly,
                  .error_limit = error_limit,
                  .random = random,
                  .walks = *walks,
                  .log = &log,
                  .pool = packet_pool()} {
        connections->watch_ends(book.end_watch());
        set_time(1'000'000'000);
    }

    ~Impl() {
        hold.drop_all(exits);
        for (packet::Packet<F> packet : exits.answers) {
            exits.discard(packet);
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    static void keep(void* self, base::DeviceId device, std::span<rte_mbuf*> frames) noexcept {
        auto& impl = *static_cast<Impl*>(self);
        for (rte_mbuf* frame : frames) {
            Bytes bytes(rte_pktmbuf_pkt_len(frame));
            const void* data = rte_pktmbuf_read(frame, 0, static_cast<std::uint32_t>(bytes.size()), bytes.data());
            if (data != bytes.data()) {
                std::memcpy(bytes.data(), data, bytes.size());
            }
            rte_pktmbuf_free(frame);
            impl.sent.push_back({impl.name_of(device, bytes), std::move(bytes)});
        }
    }

    /// The interface behind a device, by the frame's VLAN tag where it has one.
    std::string name_of(base::DeviceId device, const Bytes& frame) const {
        const Seen seen = seen_frame(frame);
        const auto id = ground->snapshot.interface_of.find(device, seen.vlan.value_or(0));
        return id == base::kNoInterface ? "?" : ground->snapshot.interface(id).name;
    }

    void set_time(std::uint64_t now_ns) {
        context.now_ns = now_ns;
        context.now = base::ticks_from_ns(now_ns);
    }

    /// What a poll does after its frames; and the control thread's part: neighbours answer.
    void end_poll() {
        router.tend(context);
        while (const auto request = requests.pop()) {
            if (request->kind != pipeline::Request<F>::Kind::neighbor_needed) {
                continue;
            }
            auto id = adjacencies->find(request->interface, request->address);
            if (id == base::kNoAdjacency) {
                id = adjacencies->insert(request->interface, request->address);
            }
            const std::string address = net::to_string(request->address);
            if (silent.contains(address)) {
                asked.try_emplace(address, Asked{id, context.now_ns});
            } else {
                adjacencies->at(id).resolve(mac_of(request->address));
            }
        }
        for (auto& [address, question] : asked) {
            if (!question.has_failed && context.now_ns - question.since_ns >= kAskingNs) {
                adjacencies->at(question.id).fail();
                question.has_failed = true;
            }
        }
        book.tend_estimators(context.now_ns);
        router.tend(context);
        outbox.flush_all();
        rte_rcu_qsbr_quiescent(qsbr.get(), 0);
    }

    acl::keyed::Book book{base::Random(7)};  ///< outlives all programs
    ctrlplane::TimeoutNumbers policies;
    std::unique_ptr<Ground> ground;
    std::vector<std::unique_ptr<Ground>> old_grounds;
    base::Random random;
    std::unique_ptr<rte_rcu_qsbr, FreeQsbr> qsbr;
    pipeline::Grace grace;
    std::unique_ptr<conntrack::Table<F>> connections;
    std::unique_ptr<route::AdjacencyTable<F>> adjacencies;
    pipeline::WorkerStats stats;
    pipeline::Exits<F> exits;
    pipeline::Outbox outbox;
    pipeline::RequestRing<F> requests;
    pipeline::LogRing log;
    route::Hold<F> hold;
    packet::Reassembly<F> reassembly;
    stages::ErrorLimit<F> error_limit;
    std::unique_ptr<pipeline::Walks<F>> walks = std::make_unique<pipeline::Walks<F>>();
    pipeline::Context<F> context;
    pipeline::Router<F> router;
    std::vector<SentFrame> sent;
    std::set<std::string> silent;
    /// Neighbours that were asked for and keep silent.
    struct Asked {
        base::AdjacencyId id;
        std::uint64_t since_ns;
        bool has_failed = false;
    };
    std::map<std::string, Asked> asked;
};

Lane::Lane(std::string_view toml, bool short_way, std::uint64_t seed)
    : packets_before_((start_eal(), packets_in_use())), impl_(std::make_unique<Impl>(toml, short_way, seed)) {}

Lane::~Lane() {
    impl_.reset();
    EXPECT_EQ(packets_in_use(), packets_before_) << "leaked mbufs";
}

std::vector<SentFrame> Lane::receive(std::string_view interface, const std::vector<Bytes>& frames) {
    const auto* found = impl_->ground->config->find_interface(interface);
    SLUICE_ASSERT(found != nullptr && frames.size() <= packet::kBatchSize);
    packet::Batch<F> batch;
    for (const Bytes& frame : frames) {
        rte_mbuf* mbuf = mbuf_of(frame);
        mbuf->port = static_cast<std::uint16_t>(
            base::index_of(impl_->ground->snapshot.interface(found->id).device));
        batch.push(packet::Packet<F>(mbuf));
    }
    impl_->router.receive(batch, impl_->context);
    impl_->end_poll();
    return std::exchange(impl_->sent, {});
}

std::vector<SentFrame> Lane::pass(double seconds) {
    for (double passed = 0; passed < seconds; passed += 0.1) {
        impl_->set_time(impl_->context.now_ns + kStepNs);
        impl_->end_poll();
    }
    return std::exchange(impl_->sent, {});
}

std::vector<std::string> Lane::take_told() {
    std::vector<std::string> lines;
    const auto add = [&](const pipeline::LogRecord& record) {
        std::string line = ctrlplane::packet_log_text(record, impl_->ground->snapshot.interfaces);
        if (const auto* nflog = std::get_if<acl::NflogTarget>(&record.told.what)) {
            const std::size_t kept = std::min<std::size_t>(nflog->size.value_or(~0U), record.bytes.size());
            line += fmt::format("({} of {} bytes)", kept, record.packet_bytes);
        }
        lines.push_back(std::move(line));
    };
    while (pipeline::take_record(impl_->log, add)) {
    }
    return lines;
}

void Lane::reload(std::string_view toml) {
    auto next = ground_of(toml, impl_->ground->snapshot.rule_generation + 1, impl_->book, impl_->policies);
    impl_->context.snapshot = &next->snapshot;
    impl_->context.rules = next->state.get();
    impl_->old_grounds.push_back(std::move(impl_->ground));
    impl_->ground = std::move(next);
}

void Lane::set_utc(std::uint64_t seconds, std::int32_t minutes_west) {
    impl_->ground->wall_clock.set(seconds * 1'000'000'000, impl_->context.now_ns, minutes_west);
}

std::string Lane::ipset(std::string_view command) {
    acl::sets::SetBook& sets = *impl_->ground->sets;
    std::vector<acl::sets::Word> words;
    for (std::size_t at = 0; at < command.size();) {
        const std::size_t end = std::min(command.find(' ', at), command.size());
        words.push_back({std::string(command.substr(at, end - at)), at});
        at = end + 1;
    }
    const auto answer = sets.run(words, impl_->context.now_ns / 1'000'000);
    return answer ? answer->text + answer->note : answer.error().message;
}

void Lane::silence(std::string_view address) { impl_->silent.emplace(address); }

net::MacAddress Lane::mac_of_interface(std::string_view interface) const {
    const auto* found = impl_->ground->config->find_interface(interface);
    SLUICE_ASSERT(found != nullptr);
    return impl_->ground->snapshot.interface(found->id).mac;
}

std::string Lane::rules_with_counters() const {
    std::vector<base::PacketCount> totals(impl_->ground->program->counter_count());
    impl_->ground->state->add_to(totals);
    const auto& program = *impl_->ground->program;
    const auto total = [&](acl::RuleId id) { return totals[static_cast<std::size_t>(id)]; };
    const acl::text::Counts counts{
        [&](acl::TableId table, std::string_view chain, std::size_t rule) {
            return total(program.rule_id(table, chain, rule));
        },
        [&](acl::TableId table, std::string_view chain) { return total(program.policy_id(table, chain)); }};
    return acl::text::save_ruleset(impl_->ground->rules, {.table = {}, .counters = true, .generator = "", .date = ""},
                                   counts);
}

std::uint64_t Lane::verdicts(std::string_view name) const {
    for (std::size_t i = 0; i < packet::kVerdicts; ++i) {
        if (packet::text_of(static_cast<packet::Verdict>(i)).name == name) {
            return impl_->stats.verdicts[i].value();
        }
    }
    ADD_FAILURE() << "no verdict is called " << name;
    return 0;
}

std::uint64_t Lane::short_way_packets() const { return impl_->stats.short_way.value(); }
std::uint64_t Lane::long_way_packets() const { return impl_->stats.long_way.value(); }
std::uint32_t Lane::connections() const { return impl_->connections->count(); }

std::vector<std::string> Lane::connection_lines() const {
    std::vector<std::string> lines;
    conntrack::Cursor cursor;
    while (const auto* connection = impl_->connections->step(cursor, impl_->context.now)) {
        const auto copy = conntrack::copy_of(*impl_->connections, *connection, impl_->context.now);
        lines.push_back(conntrack::conntrack_line(copy));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace sluice::test
