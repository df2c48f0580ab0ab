// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/runtime.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <new>
#include <utility>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/kernel_random.h"
#include "ctrlplane/log.h"
#include "ctrlplane/neighbors/arp_frames.h"
#include "ctrlplane/snapshot/describe.h"
#include "ctrlplane/snapshot/load_sets.h"
#include "ctrlplane/wall_time.h"
#include "dataplane/packet/packet.h"

namespace sluice::ctrlplane {
namespace {

constexpr std::chrono::milliseconds kTick{2};
constexpr std::uint64_t kWallClockNs = 100'000'000;  // between two looks at it
constexpr unsigned kRequestsPerTick = 256;  ///< of each worker
constexpr unsigned kLogLinesPerTick = 128;  ///< of each worker
constexpr unsigned kExpiriesPerTick = 256;
constexpr std::uint64_t kSweepNs = 1'000'000'000;
/// Beyond gc_thresh3, because numbers that wait for release count too.
constexpr std::uint32_t kAdjacencies = 4096;

std::vector<ArpLink> arp_links(const std::vector<pipeline::Interface>& interfaces) {
    std::vector<ArpLink> links;
    for (const pipeline::Interface& interface : interfaces) {
        links.push_back({interface.id, interface.mac, interface.vlan, interface.addresses});
    }
    return links;
}

}  // namespace

Runtime::Runtime(config::CheckedConfig config, Machine machine, EventLoop& loop)
    : config_(std::move(config)),
      loop_(loop),
      boot_secret_(kernel_random<std::uint64_t>()),
      started_(std::chrono::system_clock::now()),
      machine_(std::move(machine)),
      shared_(base::Random(kernel_random<std::array<std::uint64_t, 4>>())) {}

base::Result<std::unique_ptr<Runtime>> Runtime::start(config::CheckedConfig config, acl::Ruleset<F> ruleset,
                                                      EventLoop& loop) {
    auto machine = Machine::open(config);
    if (!machine) {
        return tl::unexpected(machine.error());
    }
    std::unique_ptr<Runtime> runtime(new Runtime(std::move(config), std::move(*machine), loop));
    if (auto made = runtime->make_tables(); !made) {
        return tl::unexpected(made.error());
    }
    auto fib = runtime->make_fib(runtime->config_);
    if (!fib) {
        return tl::unexpected(fib.error());
    }
    runtime->fib_ = std::move(*fib);
    // Sets that end count from here: the workers' clock is 0 when they start.
    auto sets = load_sets(runtime->config_, 0, [self = runtime.get()] { self->await_readers(); });
    if (!sets) {
        return base::failure(config::to_string(sets.error().front()));
    }
    runtime->sets_ = std::move(*sets);
    auto timeouts = runtime->timeout_numbers_.assign(runtime->config_);
    if (!timeouts) {
        return tl::unexpected(timeouts.error());
    }
    runtime->timeouts_ = std::move(*timeouts);
    auto book = RuleBook<F>::compile(std::move(ruleset), names_of(runtime->config_),
                                     static_cast<unsigned>(runtime->config_.runtime().worker_cores.size()),
                                     runtime->rule_generation_, runtime->shared());
    if (!book) {
        return base::failure(config::to_string(book.error().front()));
    }
    runtime->rules_ = std::move(*book);
    if (auto begun = runtime->begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    return runtime;
}

base::Result<void> Runtime::make_tables() {
    base::Random random(kernel_random<std::array<std::uint64_t, 4>>());
    auto connections = conntrack::Table<F>::create_table(
        {.max = config_.sysctls().conntrack_max,
         .workers = static_cast<unsigned>(config_.runtime().worker_cores.size()),
         .huge_pages = config_.runtime().hugepages,
         .expect_max = config_.sysctls().expect_max},
        random);
    if (!connections) {
        return tl::unexpected(connections.error());
    }
    connections_ = std::move(*connections);
    connections_->watch_ends(shared_.end_watch());
    event_rings_ = std::make_unique<conntrack::EventRings<F>>(connections_->workers() + 1);
    events_ = std::make_unique<EventTail>(*event_rings_);
    connections_->watch_events(event_rings_->watch());
    auto adjacencies = route::AdjacencyTable<F>::create(kAdjacencies);
    if (!adjacencies) {
        return tl::unexpected(adjacencies.error());
    }
    adjacencies_ = std::move(*adjacencies);
    return {};
}

base::Result<std::unique_ptr<const route::Fib<Runtime::F>>> Runtime::make_fib(
    const config::CheckedConfig& config) {
    auto routes = routes_of(config);
    if (!routes) {
        return tl::unexpected(routes.error());
    }
    if (fib_ != nullptr && *routes == routes_) {
        return nullptr;
    }
    auto fib = route::Fib<F>::create(*routes, boot_secret_);
    if (fib) {
        routes_ = std::move(*routes);
    }
    return fib;
}

base::Result<void> Runtime::begin() {
    std::unique_ptr<NflogFile> file;
    if (config_.nflog()) {
        auto opened = NflogFile::open(*config_.nflog());
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        file = std::move(*opened);
    }
    teller_ = std::make_unique<PacketTeller>(std::move(file));
    auto workforce = Workforce<F>::create(config_, machine_, {connections_.get(), adjacencies_.get(), boot_secret_});
    if (!workforce) {
        return tl::unexpected(workforce.error());
    }
    workforce_ = std::move(*workforce);
    look_at_wall_clock(now_ns());
    neighbors_ = std::make_unique<Neighbors<F>>(
        *adjacencies_, NeighborSettings{},
        Neighbors<F>::Outputs{.solicit = [this](const Solicitation<F>& question) { ask(question); },
                              .retire = [this](base::AdjacencyId id) { retired_.push_back(id); }},
        base::Random(kernel_random<std::array<std::uint64_t, 4>>()));
    for (const config::CheckedNeighbor& one : config_.neighbors()) {
        if (auto set = neighbors_->set_permanent(one.interface, one.address, one.mac, now_ns()); !set) {
            return set;
        }
    }
    snapshot_ = make_snapshot(config_);
    workforce_->publish(snapshot_.get());
    if (auto launched = workforce_->launch(); !launched) {
        return launched;
    }
    auto ticker = loop_.every(kTick, [this] { tick(); });
    if (!ticker) {
        return tl::unexpected(ticker.error());
    }
    ticker_ = *ticker;
    loop_.around_wait([this] { workforce_->fall_asleep(); }, [this] { workforce_->wake_up(); });
    announce(snapshot_->interfaces);
    return {};
}

Runtime::~Runtime() { stop(); }

void Runtime::stop() {
    if (std::exchange(is_stopped_, true)) {
        return;
    }
    if (ticker_ >= 0) {
        loop_.cancel(ticker_);
        loop_.around_wait([] {}, [] {});
    }
    if (workforce_ != nullptr) {
        workforce_->stop();
    }
    if (const std::uint32_t missing = machine_.close_devices(); missing > 0) {
        spdlog::error("leaked {} mbufs", missing);
    }
}

std::uint64_t Runtime::now_ns() const noexcept { return workforce_->clock().ns_at(rte_rdtsc()); }

std::unique_ptr<pipeline::Snapshot<Runtime::F>> Runtime::make_snapshot(const config::CheckedConfig& config) const {
    auto snapshot = std::make_unique<pipeline::Snapshot<F>>();
    snapshot->rule_generation = rule_generation_;
    snapshot->route_generation = route_generation_;
    snapshot->interfaces = interfaces_of(config, machine_.opened());
    snapshot->interface_of = map_of(snapshot->interfaces);
    snapshot->fib = fib_.get();
    snapshot->program = &rules_->program();
    for (unsigned worker = 0; worker < config.runtime().worker_cores.size(); ++worker) {
        snapshot->rule_states[worker] = rules_->state(worker);
    }
    snapshot->sysctls = sysctls_of(config);
    snapshot->tracking = tracking_of(config, {rules_->program().reads_accounts(), rules_->program().reads_labels()});
    if (config.tracking().strict) {
        harden(*snapshot, rules_->ruleset());
    }
    if (rules_->program().maps_independently()) {
        connections_->mappings().index_outside();
    }
    snapshot->tracking_by_policy = settings_by_policy(config, snapshot->tracking, timeouts_);
    snapshot->boot_secret = boot_secret_;
    snapshot->wall_clock = &wall_clock_;
    return snapshot;
}

void Runtime::publish(std::unique_ptr<pipeline::Snapshot<F>> snapshot, std::unique_ptr<const route::Fib<F>> old_fib,
                      std::function<void()> afterwards) {
    workforce_->publish(snapshot.get());
    Deferred& deferred = deferred_.emplace_back();
    deferred.snapshot = std::exchange(snapshot_, std::move(snapshot));
    deferred.fib = std::move(old_fib);
    deferred.afterwards = std::move(afterwards);
    deferred.token = workforce_->grace().begin();
}

void Runtime::raise_route_generation() {
    ++route_generation_;
    auto next = std::make_unique<pipeline::Snapshot<F>>(*snapshot_);
    next->route_generation = route_generation_;
    publish(std::move(next), nullptr, [this, numbers = std::exchange(retired_, {})] {
        for (const base::AdjacencyId id : numbers) {
            neighbors_->release(id);
        }
    });
}

/// What rules have told since the last tick, worker by worker. Bounded, so that a flood of it delays nothing else.
void Runtime::tell_logged() {
    for (unsigned number = 0; number < workforce_->size(); ++number) {
        for (unsigned i = 0; i < kLogLinesPerTick; ++i) {
            const bool told = pipeline::take_record(workforce_->worker(number).log(), [&](const auto& record) {
                teller_->tell(record, snapshot_->interfaces, snapshot_->utc_ns(0));
            });
            if (!told) {
                break;
            }
        }
    }
}

/// It may be set while the router runs, and goes a little faster or slower than the workers' clock.
void Runtime::look_at_wall_clock(std::uint64_t now_ns) {
    const WallTime wall = read_wall_time();
    wall_clock_.set(wall.utc_ns, now_ns, wall.minutes_west);
    wall_clock_read_ns_ = now_ns;
}

void Runtime::tick() {
    const std::uint64_t now = now_ns();
    if (now - wall_clock_read_ns_ >= kWallClockNs) {
        look_at_wall_clock(now);
    }
    for (unsigned number = 0; number < workforce_->size(); ++number) {
        pipeline::RequestRing<F>& requests = workforce_->worker(number).requests();
        for (unsigned i = 0; i < kRequestsPerTick; ++i) {
            const auto request = requests.pop();
            if (!request) {
                break;
            }
            neighbors_->handle(*request, now);
        }
    }
    tell_logged();
    events_->tend(now, snapshot_->utc_ns(now));
    teller_->tend(now);
    shared_.tend_estimators(now);
    neighbors_->step(now);
    if (now - swept_ns_ >= kSweepNs) {
        swept_ns_ = now;
        shared_.sweep(now);
        connections_->expectations().sweep(base::ticks_from_ns(now));
        if (shared_.has_retired()) {
            shared_.begin_retiring();
            Deferred& deferred = deferred_.emplace_back();
            deferred.afterwards = [this] { shared_.destroy_retired(); };
            deferred.token = workforce_->grace().begin();
        }
    }
    if (!retired_.empty()) {
        raise_route_generation();
    }
    connections_->tend(connections_->control(), base::ticks_from_ns(now), kExpiriesPerTick, workforce_->grace());
    free_deferred();
    tend_sets();
}

void Runtime::free_deferred() {
    while (!deferred_.empty() && workforce_->grace().passed(deferred_.front().token)) {
        const Deferred done = std::move(deferred_.front());
        deferred_.pop_front();
        if (done.afterwards) {
            done.afterwards();
        }
    }
}

void Runtime::await_deferred() {
    constexpr int kPatience = 1000;
    workforce_->fall_asleep();
    for (int i = 0; i < kPatience && !deferred_.empty(); ++i) {
        if (workforce_->grace().passed(deferred_.back().token)) {
            workforce_->wake_up();
            free_deferred();
            return;
        }
        usleep(100);
    }
    workforce_->wake_up();
}

void Runtime::ask(const Solicitation<F>& question) {
    const std::vector<ArpLink> links = arp_links(snapshot_->interfaces);
    const ArpFrame frame = arp_question(links, question);
    send(frame.interface, frame.bytes);
}

void Runtime::announce(const std::vector<pipeline::Interface>& interfaces) {
    const std::vector<ArpLink> links = arp_links(interfaces);
    for (const ArpFrame& frame : arp_announcements(links)) {
        send(frame.interface, frame.bytes);
    }
}

void Runtime::send(base::InterfaceId interface, const std::vector<std::byte>& bytes) {
    if (bytes.empty()) {
        return;
    }
    rte_mbuf* frame = rte_pktmbuf_alloc(machine_.pool());
    if (frame == nullptr) {
        return;  // asked again in a second
    }
    ::new (rte_mbuf_to_priv(frame)) packet::PacketInfo<F>();
    void* const room = rte_pktmbuf_append(frame, static_cast<std::uint16_t>(bytes.size()));
    if (room == nullptr) {
        rte_pktmbuf_free(frame);
        return;
    }
    std::memcpy(room, bytes.data(), bytes.size());
    if (!workforce_->handover().give(snapshot_->interface(interface).device, frame)) {
        rte_pktmbuf_free(frame);
    }
}

}  // namespace sluice::ctrlplane
