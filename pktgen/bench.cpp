// SPDX-License-Identifier: BSD-3-Clause
#include "pktgen/bench.h"

#include <fmt/core.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <array>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/loaded.h"
#include "dataplane/base/random.h"
#include "dataplane/device/eal.h"
#include "dataplane/device/pool.h"
#include "pktgen/flows.h"
#include "pktgen/in_memory_router.h"
#include "pktgen/stopwatch.h"

namespace sluice::pktgen {

namespace {

constexpr std::size_t kBurst = InMemoryRouter::kBurst;
constexpr std::size_t kBurstsARound = 8;
constexpr std::size_t kRound = kBurst * kBurstsARound;
constexpr std::uint32_t kPackets = 8192;
constexpr std::uint64_t kUnrepliedNs = 30'000'000'000;  ///< what a connection of one UDP packet lives
constexpr std::uint32_t kClientIsn = 1000;
constexpr std::uint32_t kServerIsn = 2000;

struct FreeRing {
    void operator()(rte_ring* ring) const { rte_ring_free(ring); }
};
using Ring = std::unique_ptr<rte_ring, FreeRing>;

/// Both directions of an established flow, as they come in.
struct Pair {
    Flow forward;
    Flow backward;
    base::InterfaceId back_in = base::kNoInterface;
};

bool is_dnat(const BenchOptions& options) { return options.scenario == "dnat"; }

/// One run, from its configuration to its figures.
class Bench {
public:
    Bench(const BenchOptions& options, std::unique_ptr<InMemoryRouter> router, device::PacketPool pool, Ring rx,
          Ring tx)
        : options_(options),
          pool_(std::move(pool)),
          rx_(std::move(rx)),
          tx_(std::move(tx)),
          router_(std::move(router)),
          frame_(options.size, options.protocol) {}

    base::Result<BenchResult> run();

private:
    base::Result<void> choose_flows();
    base::Result<void> warm_up();
    base::Result<void> warm_up_new();
    /// Sends one packet and returns what comes out, as it comes in again on the other side.
    std::optional<Pair> exchange(const Flow& flow, base::InterfaceId in, std::uint8_t flags, std::uint32_t sequence,
                                 std::uint32_t acknowledgement);
    bool establish(const Flow& flow);

    void make_round();
    rte_mbuf* frame_of(const Flow& flow, base::InterfaceId in, std::uint8_t flags, std::uint32_t sequence,
                       std::uint32_t acknowledgement);
    rte_mbuf* next_frame();
    /// From ring to ring through the router, or past it. Returns: cycles.
    double timed(bool through_router);
    /// What came out is given back; how much it was.
    std::size_t drain();
    base::InterfaceId interface_of(base::DeviceId device) const;

    const BenchOptions& options_;
    device::PacketPool pool_;
    Ring rx_;
    Ring tx_;
    std::unique_ptr<InMemoryRouter> router_;
    FrameTemplate frame_;
    FlowRange range_;
    base::InterfaceId in_ = base::kNoInterface;
    std::vector<Pair> pairs_;
    base::Random random_{std::uint64_t{42}};
    Stopwatch watch_;
    std::uint64_t now_ns_ = 1'000'000'000;
    std::uint64_t next_ = 0;
};

base::Result<void> Bench::choose_flows() {
    const auto& config = router_->config();
    const auto& interfaces = config.interfaces();
    if (interfaces.empty()) {
        return base::failure("the configuration has no interface");
    }
    const auto* in = is_dnat(options_) ? &interfaces.back() : &interfaces.front();
    if (!options_.in.empty()) {
        in = config.find_interface(options_.in);
        if (in == nullptr) {
            return base::failure(fmt::format("the configuration has no interface {}", options_.in));
        }
    }
    if (in->addresses.empty()) {
        return base::failure(fmt::format("interface {} has no address to send from or to", in->name));
    }
    in_ = in->id;
    const net::Ipv4Prefix own = in->addresses.front().value;
    const net::Ipv4Prefix far{net::Ipv4Address::from_host(0xc6120000), 15};  // 198.18.0.0/15, RFC 2544
    range_.sources = options_.sources.value_or(is_dnat(options_) ? far : own);
    range_.destinations = options_.destinations.value_or(is_dnat(options_) ? net::Ipv4Prefix{own.address, 32} : far);
    const bool is_tcp = options_.protocol == net::kProtocolTcp;
    range_.destination_port = options_.destination_port.value_or(is_dnat(options_) || is_tcp ? 80 : 53);
    range_.protocol = options_.protocol;
    range_.spared = own.address;
    if (options_.flows > range_.size()) {
        return base::failure(fmt::format("{} flows are asked for, but the addresses and ports make {}",
                                         options_.flows, range_.size()));
    }
    return {};
}

rte_mbuf* Bench::frame_of(const Flow& flow, base::InterfaceId in, std::uint8_t flags, std::uint32_t sequence,
                          std::uint32_t acknowledgement) {
    rte_mbuf* frame = rte_pktmbuf_alloc(pool_.get());
    if (frame == nullptr) {
        return nullptr;
    }
    auto* const data =
        reinterpret_cast<std::byte*>(rte_pktmbuf_append(frame, static_cast<std::uint16_t>(frame_.bytes())));
    frame_.write({data, frame_.bytes()}, flow, router_->mac_of(in), flags, sequence, acknowledgement);
    frame->port = static_cast<std::uint16_t>(base::index_of(router_->device_of(in)));
    return frame;
}

base::InterfaceId Bench::interface_of(base::DeviceId device) const {
    for (const auto& interface : router_->config().interfaces()) {
        if (router_->device_of(interface.id) == device && interface.parent == base::kNoInterface) {
            return interface.id;
        }
    }
    return base::kNoInterface;
}

std::optional<Pair> Bench::exchange(const Flow& flow, base::InterfaceId in, std::uint8_t flags,
                                    std::uint32_t sequence, std::uint32_t acknowledgement) {
    rte_mbuf* frame = frame_of(flow, in, flags, sequence, acknowledgement);
    if (frame == nullptr) {
        return std::nullopt;
    }
    router_->poll({&frame, 1});
    if (router_->tend_neighbors()) {
        router_->poll({});
    }
    std::optional<Pair> result;
    for (const Departure& sent : router_->departures()) {
        const std::span<const std::byte> bytes(rte_pktmbuf_mtod(sent.frame, const std::byte*),
                                               rte_pktmbuf_data_len(sent.frame));
        result = Pair{flow, reversed(flow_of(bytes)), interface_of(sent.device)};
        rte_pktmbuf_free(sent.frame);
    }
    return result;
}

/// Enough packets for both directions to be on the short way: the first one of a connection leaves no path.
bool Bench::establish(const Flow& flow) {
    const bool is_tcp = options_.protocol == net::kProtocolTcp;
    const auto flags = [&](std::uint8_t value) { return is_tcp ? value : std::uint8_t{0}; };
    const auto pair = exchange(flow, in_, flags(net::TcpHeader::kSyn), kClientIsn, 0);
    if (!pair) {
        return false;
    }
    const auto answer = flags(net::TcpHeader::kSyn | net::TcpHeader::kAck);
    bool ok = exchange(pair->backward, pair->back_in, answer, kServerIsn, kClientIsn + 1).has_value();
    for (int turn = 0; turn < 2; ++turn) {
        ok = exchange(flow, in_, flags(net::TcpHeader::kAck), kClientIsn + 1, kServerIsn + 1).has_value() && ok;
        ok = exchange(pair->backward, pair->back_in, flags(net::TcpHeader::kAck), kServerIsn + 1, kClientIsn + 1)
                 .has_value() &&
             ok;
    }
    pairs_.push_back(*pair);
    return ok;
}

base::Result<void> Bench::warm_up() {
    pairs_.reserve(options_.flows);
    for (std::uint64_t i = 0; i < options_.flows; ++i) {
        if (!establish(range_.at(i))) {
            return base::failure(fmt::format("the router does not let flow {} of {} through both ways; it dropped: {}",
                                             i + 1, options_.flows, router_->drops()));
        }
    }
    return {};
}

/// Fills the table with connections of one packet, at the pace at which they end.
base::Result<void> Bench::warm_up_new() {
    for (std::uint64_t i = 0; i < options_.flows + options_.flows / 4; ++i) {
        now_ns_ += kUnrepliedNs / options_.flows;
        router_->set_time_ns(now_ns_);
        if (!exchange(range_.at(next_++), in_, net::TcpHeader::kSyn, kClientIsn, 0)) {
            return base::failure(fmt::format("the router does not let connection {} begin; it dropped: {}", i + 1,
                                             router_->drops()));
        }
    }
    return {};
}

rte_mbuf* Bench::next_frame() {
    if (options_.scenario == "new-connections") {
        return frame_of(range_.at(next_++ % range_.size()), in_, net::TcpHeader::kSyn, kClientIsn, 0);
    }
    const std::uint64_t packets = 2 * pairs_.size();
    const std::uint64_t number =
        options_.sequential ? next_++ % packets : random_.below(static_cast<std::uint32_t>(packets));
    const Pair& pair = pairs_[number / 2];
    const bool back = number % 2 == 1;
    return frame_of(back ? pair.backward : pair.forward, back ? pair.back_in : in_, net::TcpHeader::kAck,
                    (back ? kServerIsn : kClientIsn) + 1, (back ? kClientIsn : kServerIsn) + 1);
}

void Bench::make_round() {
    for (std::size_t i = 0; i < kRound; ++i) {
        if (rte_mbuf* frame = next_frame(); frame != nullptr) {
            rte_ring_sp_enqueue(rx_.get(), frame);
        }
    }
}

double Bench::timed(bool through_router) {
    std::array<void*, kBurst> burst;
    std::array<void*, kBurst> out;
    watch_.start();
    for (;;) {
        const unsigned count = rte_ring_sc_dequeue_burst(rx_.get(), burst.data(), kBurst, nullptr);
        if (count == 0) {
            break;
        }
        if (!through_router) {
            rte_ring_sp_enqueue_burst(tx_.get(), burst.data(), count, nullptr);
            continue;
        }
        std::array<rte_mbuf*, kBurst> frames;
        for (unsigned i = 0; i < count; ++i) {
            frames[i] = static_cast<rte_mbuf*>(burst[i]);
        }
        router_->poll({frames.data(), count});
        const std::span<const Departure> sent = router_->departures();
        for (std::size_t begin = 0; begin < sent.size(); begin += kBurst) {
            const std::size_t some = std::min(kBurst, sent.size() - begin);
            for (std::size_t i = 0; i < some; ++i) {
                out[i] = sent[begin + i].frame;
            }
            rte_ring_sp_enqueue_burst(tx_.get(), out.data(), static_cast<unsigned>(some), nullptr);
        }
    }
    return watch_.cycles();
}

std::size_t Bench::drain() {
    void* frame = nullptr;
    std::size_t count = 0;
    for (; rte_ring_sc_dequeue(tx_.get(), &frame) == 0; ++count) {
        rte_pktmbuf_free(static_cast<rte_mbuf*>(frame));
    }
    return count;
}

base::Result<BenchResult> Bench::run() {
    if (auto chosen = choose_flows(); !chosen) {
        return tl::unexpected(chosen.error());
    }
    const bool is_new = options_.scenario == "new-connections";
    if (auto warm = is_new ? warm_up_new() : warm_up(); !warm) {
        return tl::unexpected(warm.error());
    }
    BenchResult result;
    std::vector<double> rounds;
    std::vector<double> floors;
    const std::uint64_t short_before = router_->short_way_packets();
    const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(options_.seconds);
    do {
        // The floor stands in the same run, so that a noisy machine is noisy for both.
        make_round();
        floors.push_back(timed(false) / kRound);
        drain();
        if (is_new) {
            now_ns_ += kUnrepliedNs / options_.flows * kRound;
            router_->set_time_ns(now_ns_);
        }
        make_round();
        rounds.push_back(timed(true) / kRound);
        result.packets += kRound;
        result.lost += kRound - std::min(kRound, drain());
        router_->tend_neighbors();
    } while (std::chrono::steady_clock::now() < until);
    result.cycles_per_packet = percentile(rounds, 0.5);
    result.cycles_p10 = percentile(rounds, 0.1);
    result.cycles_p90 = percentile(rounds, 0.9);
    result.floor_cycles_per_packet = percentile(floors, 0.5);
    result.short_way_share =
        static_cast<double>(router_->short_way_packets() - short_before) / static_cast<double>(result.packets);
    result.tsc_hz = static_cast<double>(rte_get_tsc_hz());
    result.bytes_per_connection = router_->bytes_per_connection();
    result.connections = router_->connections();
    result.drops = router_->drops();
    return result;
}

base::Result<ctrlplane::Loaded> loaded_from(const std::string& path) {
    ctrlplane::Loaded loaded = ctrlplane::load(path, std::nullopt);
    if (!loaded.is_sound()) {
        std::string text;
        for (const base::Diagnostic& diagnostic : loaded.diagnostics) {
            text.append(text.empty() ? "" : "\n").append(ctrlplane::config::to_string(diagnostic));
        }
        return base::failure(text);
    }
    return loaded;
}

}  // namespace

base::Result<BenchResult> bench(const BenchOptions& options) {
    auto loaded = loaded_from(options.config);
    if (!loaded) {
        return tl::unexpected(loaded.error());
    }
    const auto& runtime = loaded->config->runtime();
    auto eal = device::Eal::start({.main_core = runtime.main_core.value,
                                   .worker_cores = {},
                                   .hugepages = runtime.hugepages && !options.ordinary_memory,
                                   .memory_bytes = runtime.memory_bytes,
                                   .pci_addresses = {},
                                   .file_prefix = device::file_prefix_for(options.config),
                                   .extra_arguments = {}});
    if (!eal) {
        return tl::unexpected(eal.error());
    }
    auto pool = device::PacketPool::create("bench", {.packets = kPackets, .room_bytes = 2048, .dense = true});
    if (!pool) {
        return tl::unexpected(pool.error());
    }
    auto router =
        InMemoryRouter::create(std::move(*loaded->config), std::move(*loaded->rules), pool->get());
    if (!router) {
        return tl::unexpected(router.error());
    }
    constexpr unsigned kRing = 2048;
    Ring rx(rte_ring_create("bench_rx", kRing, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ));
    Ring tx(rte_ring_create("bench_tx", kRing, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ));
    if (rx == nullptr || tx == nullptr) {
        return base::failure("not enough memory for two rings");
    }
    return Bench(options, std::move(*router), std::move(*pool), std::move(rx), std::move(tx)).run();
}

std::string json_of(const BenchOptions& options, const BenchResult& result) {
    const bool is_new = options.scenario == "new-connections";
    nlohmann::ordered_json json;
    json["scenario"] = options.scenario;
    json["flows"] = options.flows;
    json["size"] = options.size;
    json["packets"] = result.packets;
    json["cycles_per_packet"] = result.cycles_per_packet;
    json["pipeline_cycles_per_packet"] = result.cycles_per_packet - result.floor_cycles_per_packet;
    json["mpps"] = result.tsc_hz / result.cycles_per_packet / 1e6;
    json["connections_per_second"] = is_new ? result.tsc_hz / result.cycles_per_packet : 0;
    json["bytes_per_connection"] = result.bytes_per_connection;
    json["floor_cycles_per_packet"] = result.floor_cycles_per_packet;
    json["cycles_per_packet_p10"] = result.cycles_p10;
    json["cycles_per_packet_p90"] = result.cycles_p90;
    json["short_way_share"] = result.short_way_share;
    json["connections"] = result.connections;
    json["lost"] = result.lost;
    json["tsc_hz"] = result.tsc_hz;
    return json.dump();
}

std::string text_of(const BenchOptions& options, const BenchResult& result) {
    std::string text = fmt::format(
        "{} {} flows, {} bytes: {:.0f} cycles a packet ({:.0f} to {:.0f}), {:.0f} without the ports; {:.2f} Mpps; "
        "{:.1f} % on the short way; {} connections of {:.0f} bytes",
        options.scenario, options.flows, options.size, result.cycles_per_packet, result.cycles_p10,
        result.cycles_p90, result.cycles_per_packet - result.floor_cycles_per_packet,
        result.tsc_hz / result.cycles_per_packet / 1e6, 100 * result.short_way_share, result.connections,
        result.bytes_per_connection);
    if (result.lost != 0) {
        text += fmt::format("\n{} of {} packets were lost: {}", result.lost, result.packets, result.drops);
    }
    return text;
}

}  // namespace sluice::pktgen
