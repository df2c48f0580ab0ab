// SPDX-License-Identifier: BSD-3-Clause
#include "pktgen/in_memory_router.h"

#include <fmt/core.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/snapshot/describe.h"
#include "ctrlplane/snapshot/load_sets.h"
#include "ctrlplane/snapshot/timeout_policies.h"
#include "dataplane/pipeline/router.h"

// Compiled in pipeline/packet_path.cpp: the same code that `sluice` runs.
extern template void sluice::pipeline::Router<sluice::net::Ipv4>::receive(
    packet::Batch<net::Ipv4>& frames, Context<net::Ipv4>& context) noexcept;
extern template void sluice::pipeline::Router<sluice::net::Ipv4>::tend(Context<net::Ipv4>& context) noexcept;

namespace sluice::pktgen {

namespace {

using F = net::Ipv4;

constexpr std::uint32_t kAdjacencies = 4096;
constexpr std::uint64_t kSecret = 42;
constexpr std::size_t kMaxDepartures = 4096;

struct FreeQsbr {
    void operator()(rte_rcu_qsbr* qsbr) const { rte_free(qsbr); }
};
using Qsbr = std::unique_ptr<rte_rcu_qsbr, FreeQsbr>;

Qsbr made_qsbr() {
    Qsbr qsbr(static_cast<rte_rcu_qsbr*>(rte_zmalloc(nullptr, rte_rcu_qsbr_get_memsize(1), RTE_CACHE_LINE_SIZE)));
    if (qsbr == nullptr || rte_rcu_qsbr_init(qsbr.get(), 1) != 0) {
        return nullptr;
    }
    rte_rcu_qsbr_thread_register(qsbr.get(), 0);
    rte_rcu_qsbr_thread_online(qsbr.get(), 0);
    return qsbr;
}

/// All that a snapshot points to.
struct Ground {
    explicit Ground(ctrlplane::config::CheckedConfig from) : config(std::move(from)) {}

    ctrlplane::config::CheckedConfig config;
    std::unique_ptr<acl::sets::SetBook> sets;
    std::unique_ptr<const acl::Program<F>> program;
    std::unique_ptr<const route::Fib<F>> fib;
    std::unique_ptr<pipeline::RuleState<F>> rules;
    pipeline::Snapshot<F> snapshot;
};

/// Interfaces have made-up devices, one after the other; a VLAN has its parent's.
std::vector<ctrlplane::OpenedDevice> devices_of(const ctrlplane::config::CheckedConfig& config) {
    std::vector<ctrlplane::OpenedDevice> devices;
    for (const auto& interface : config.interfaces()) {
        const auto owner = interface.parent == base::kNoInterface ? interface.id : interface.parent;
        const auto number = static_cast<std::uint8_t>(base::index_of(owner));
        devices.push_back({static_cast<base::DeviceId>(number), {{0x02, 0xee, 0, 0, 0, number}}});
    }
    return devices;
}

base::Result<std::unique_ptr<Ground>> ground_of(ctrlplane::config::CheckedConfig config,
                                                const acl::Ruleset<F>& rules) {
    auto ground = std::make_unique<Ground>(std::move(config));
    auto sets = ctrlplane::load_sets(ground->config, 0);
    if (!sets) {
        return base::failure(ctrlplane::config::to_string(sets.error().front()));
    }
    ground->sets = std::move(*sets);
    auto timeouts = ctrlplane::TimeoutNumbers().assign(ground->config);
    if (!timeouts) {
        return tl::unexpected(timeouts.error());
    }
    auto program = acl::Program<F>::compile(rules, ctrlplane::names_of(ground->config),
                                            {.sets = ground->sets.get(), .timeouts = *timeouts});
    if (!program) {
        return base::failure(ctrlplane::config::to_string(program.error().front()));
    }
    ground->program = std::move(*program);
    auto routes = ctrlplane::routes_of(ground->config);
    if (!routes) {
        return tl::unexpected(routes.error());
    }
    auto fib = route::Fib<F>::create(std::move(*routes), kSecret);
    if (!fib) {
        return tl::unexpected(fib.error());
    }
    ground->fib = std::move(*fib);
    pipeline::Snapshot<F>& snapshot = ground->snapshot;
    snapshot.rule_generation = 1;
    snapshot.route_generation = 1;
    snapshot.interfaces = ctrlplane::interfaces_of(ground->config, devices_of(ground->config));
    snapshot.interface_of = ctrlplane::map_of(snapshot.interfaces);
    snapshot.fib = ground->fib.get();
    snapshot.program = ground->program.get();
    snapshot.sysctls = ctrlplane::sysctls_of(ground->config);
    snapshot.tracking = ctrlplane::tracking_of(ground->config, {ground->program->reads_accounts(), ground->program->reads_labels()});
    snapshot.tracking_by_policy = ctrlplane::settings_by_policy(ground->config, snapshot.tracking, *timeouts);
    snapshot.boot_secret = kSecret;
    ground->rules = std::make_unique<pipeline::RuleState<F>>(*ground->program, base::WorkerId{0}, 1);
    snapshot.rule_states[0] = ground->rules.get();
    return ground;
}

/// Zeros would be a bad secret for a router, and are the right one for figures that can be repeated.
std::unique_ptr<conntrack::Table<F>> made_table(const ctrlplane::config::CheckedConfig& config) {
    base::Random random(kSecret);
    auto table = conntrack::Table<F>::create_table({.max = config.sysctls().conntrack_max,
                                                    .workers = 1,
                                                    .huge_pages = config.runtime().hugepages},
                                                   random);
    return table ? std::move(*table) : nullptr;
}

}  // namespace

/// In the order of dependence: each member may refer to those above it.
struct InMemoryRouter::Impl {
    Impl(std::unique_ptr<Ground> from, std::unique_ptr<conntrack::Table<F>> table,
         std::unique_ptr<route::AdjacencyTable<F>> neighbors, Qsbr grace_periods, rte_mempool* pool)
        : ground(std::move(from)),
          connections(std::move(table)),
          adjacencies(std::move(neighbors)),
          qsbr(std::move(grace_periods)),
          grace(qsbr.get()),
          stats(ground->snapshot.interfaces.size()),
          exits(stats, *connections, base::WorkerId{0}),
          outbox(ground->snapshot.interfaces.size(), &Impl::keep, this),
          hold(requests, stats.requests_lost),
          reassembly(kSecret),
          error_limit(kSecret),
          random(kSecret),
          context{.snapshot = &ground->snapshot,
                  .rules = ground->rules.get(),
                  .short_way = ground->config.runtime().short_way,
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
                  .pool = pool} {}

    ~Impl() {
        hold.drop_all(exits);
        for (packet::Packet<F> packet : exits.answers) {
            exits.discard(packet);
        }
        for (std::size_t i = 0; i < sent_count; ++i) {
            rte_pktmbuf_free(sent[i].frame);
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    static void keep(void* self, base::DeviceId device, std::span<rte_mbuf*> frames) noexcept {
        auto& impl = *static_cast<Impl*>(self);
        for (rte_mbuf* frame : frames) {
            if (impl.sent_count == impl.sent.size()) {
                rte_pktmbuf_free(frame);
                continue;
            }
            impl.sent[impl.sent_count++] = {frame, device};
        }
    }

    std::unique_ptr<Ground> ground;
    std::unique_ptr<conntrack::Table<F>> connections;
    std::unique_ptr<route::AdjacencyTable<F>> adjacencies;
    Qsbr qsbr;
    pipeline::Grace grace;
    pipeline::WorkerStats stats;
    pipeline::Exits<F> exits;
    pipeline::Outbox outbox;
    pipeline::RequestRing<F> requests;
    route::Hold<F> hold;
    packet::Reassembly<F> reassembly;
    stages::ErrorLimit<F> error_limit;
    base::Random random;
    std::unique_ptr<pipeline::Walks<F>> walks = std::make_unique<pipeline::Walks<F>>();
    pipeline::Context<F> context;
    pipeline::Router<F> router;
    std::array<Departure, kMaxDepartures> sent{};
    std::size_t sent_count = 0;
};

InMemoryRouter::InMemoryRouter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
InMemoryRouter::~InMemoryRouter() = default;

base::Result<std::unique_ptr<InMemoryRouter>> InMemoryRouter::create(ctrlplane::config::CheckedConfig config,
                                                                     acl::Ruleset<F> rules, rte_mempool* pool) {
    auto ground = ground_of(std::move(config), rules);
    if (!ground) {
        return tl::unexpected(ground.error());
    }
    auto table = made_table((*ground)->config);
    auto adjacencies = route::AdjacencyTable<F>::create(kAdjacencies);
    Qsbr qsbr = made_qsbr();
    if (table == nullptr || !adjacencies || qsbr == nullptr) {
        return base::failure("not enough memory for the router's tables; lower nf_conntrack_max");
    }
    std::unique_ptr<InMemoryRouter> router(new InMemoryRouter(std::make_unique<Impl>(
        std::move(*ground), std::move(table), std::move(*adjacencies), std::move(qsbr), pool)));
    router->set_time_ns(1'000'000'000);
    return router;
}

void InMemoryRouter::poll(std::span<rte_mbuf* const> frames) noexcept {
    packet::Batch<F> batch;
    for (rte_mbuf* frame : frames) {
        batch.push(packet::Packet<F>(frame));
    }
    if (!batch.empty()) {
        impl_->router.receive(batch, impl_->context);
    }
    impl_->router.tend(impl_->context);
    impl_->outbox.flush_all();
    rte_rcu_qsbr_quiescent(impl_->qsbr.get(), 0);
}

std::span<const Departure> InMemoryRouter::departures() noexcept {
    return {impl_->sent.data(), std::exchange(impl_->sent_count, 0)};
}

bool InMemoryRouter::tend_neighbors() {
    bool some = false;
    while (const auto request = impl_->requests.pop()) {
        if (request->kind != pipeline::Request<F>::Kind::neighbor_needed) {
            continue;
        }
        const auto id = impl_->adjacencies->insert(request->interface, request->address);
        if (id != base::kNoAdjacency) {
            const std::uint32_t host = request->address.host();
            impl_->adjacencies->at(id).resolve({{0x02, 0x00, static_cast<std::uint8_t>(host >> 24U),
                                                 static_cast<std::uint8_t>(host >> 16U),
                                                 static_cast<std::uint8_t>(host >> 8U),
                                                 static_cast<std::uint8_t>(host)}});
            some = true;
        }
    }
    return some;
}

void InMemoryRouter::set_time_ns(std::uint64_t now_ns) noexcept {
    impl_->context.now_ns = now_ns;
    impl_->context.now = base::ticks_from_ns(now_ns);
}

const ctrlplane::config::CheckedConfig& InMemoryRouter::config() const noexcept { return impl_->ground->config; }

net::MacAddress InMemoryRouter::mac_of(base::InterfaceId interface) const {
    return impl_->ground->snapshot.interface(interface).mac;
}

base::DeviceId InMemoryRouter::device_of(base::InterfaceId interface) const {
    return impl_->ground->snapshot.interface(interface).device;
}

std::uint64_t InMemoryRouter::short_way_packets() const noexcept { return impl_->stats.short_way.value(); }
std::uint64_t InMemoryRouter::long_way_packets() const noexcept { return impl_->stats.long_way.value(); }
std::uint32_t InMemoryRouter::connections() const noexcept { return impl_->connections->count(); }

double InMemoryRouter::bytes_per_connection() const noexcept {
    return static_cast<double>(impl_->connections->memory_bytes()) / impl_->connections->max();
}

std::string InMemoryRouter::drops() const {
    std::string text;
    for (std::size_t i = 0; i < packet::kVerdicts; ++i) {
        if (const std::uint64_t count = impl_->stats.verdicts[i].value(); count != 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                                packet::text_of(static_cast<packet::Verdict>(i)).name, count);
        }
    }
    return text;
}

}  // namespace sluice::pktgen
