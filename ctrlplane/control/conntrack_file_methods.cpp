// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "conntrack/saved.h"
#include "ctrlplane/control/conntrack_walk.h"
#include "ctrlplane/control/descriptor.h"
#include "ctrlplane/control/methods.h"

// Connections in a file, so that a restart keeps them. conntrack/saved.h has the lines; in front of them stands
// `sluice-connections 1 saved-s=UTC`, behind them `end NUMBER`, without which the file is not whole.

namespace sluice::ctrlplane::control {

namespace {

constexpr std::string_view kHead = "sluice-connections 1 saved-s=";
constexpr std::string_view kEnd = "end ";
constexpr std::uint64_t kSecond_ns = 1'000'000'000;

/// The names of interfaces, by number.
using Names = std::vector<std::string>;

Names names_of(const RouterView& view) {
    Names names;
    for (const InterfaceView& one : view.interfaces()) {
        names.resize(std::max<std::size_t>(names.size(), base::index_of(one.interface.id) + 1U));
        names[base::index_of(one.interface.id)] = one.interface.name;
    }
    return names;
}

conntrack::InterfaceNames lookup_in(const Names& names) {
    return {.name = [&names](base::InterfaceId id) { return std::string_view(names.at(base::index_of(id))); },
            .id = [&names](std::string_view name) -> std::optional<base::InterfaceId> {
                for (std::size_t i = 0; i < names.size(); ++i) {
                    if (names[i] == name) {
                        return base::InterfaceId(static_cast<std::uint16_t>(i));
                    }
                }
                return std::nullopt;
            }};
}

std::optional<std::uint64_t> number_in(std::string_view digits) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

MethodResult save(const RouterView& view, const Json& given) {
    Params params(given);
    (void)params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    return LongReply([walk = ConnectionWalk(view), names = names_of(view)](std::string& out) mutable {
        if (walk.begins()) {
            out += R"({"text":")";
            add_json_text(fmt::format("{}{}\n", kHead, walk.utc_ns_now() / kSecond_ns), out);
        }
        const bool more = walk.turn(out, [&](ConnectionWalk::Connection& connection, const ConnectionWalk::Copy&) {
            const auto saved = conntrack::saved_of(*walk.table, connection, walk.now);
            add_json_text(conntrack::saved_line(saved, lookup_in(names)), out);
            out += "\\n";
            ++walk.shown;
        });
        if (!more) {
            add_json_text(fmt::format("{}{}\n", kEnd, walk.shown), out);
            out += fmt::format(R"(","note":"{} connections are saved.\n"}})", walk.shown);
        }
        return more;
    });
}

/// A file read piece by piece, twice: the first time to see whether all of it makes sense, the second time to do it. So
/// nothing is half done, and memory holds one piece. It is opened for each piece: a reply that nobody waits for any more
/// leaves nothing open.
class Loading {
public:
    Loading(const RouterView& view, std::string path) : walk_(view), names_(names_of(view)), path_(std::move(path)) {}

    /// The next piece. False: that was the last one.
    bool go_on(std::string& out) {
        walk_.now = base::ticks_from_ns(walk_.now_ns());
        std::string fault;
        const bool more = read_piece(fault);
        if (!fault.empty()) {
            out += text_of(Json{{"text", ""},
                                {"data", {{"restored", restored_}, {"fault", fault}}},
                                {"note", fault + (is_second_ ? " (the file has changed meanwhile)\n" : "; nothing is loaded\n")},
                                {"status", 1}});
            return false;
        }
        if (!more && std::exchange(is_second_, true)) {
            report(out);
            return false;
        }
        if (!more) {
            offset_ = 0;
            line_number_ = 0;
            connections_ = 0;
            has_ended_ = false;
        }
        return true;
    }

private:
    static constexpr std::size_t kPiece = std::size_t{128} << 10U;
    static constexpr std::size_t kMostNamed = 20;

    bool fail(std::string& fault, std::string_view why) const {
        fault = fmt::format("{}:{}: {}", path_, line_number_, why);
        return false;
    }

    bool read_piece(std::string& fault) {
        const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        struct stat status {};
        if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
            fault = fmt::format("{}: {}", path_, file ? "it is no file" : std::strerror(errno));
            return false;
        }
        buffer_.resize(kPiece);
        const ssize_t got = ::pread(file.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(offset_));
        if (got < 0) {
            fault = fmt::format("{}: {}", path_, std::strerror(errno));
            return false;
        }
        std::string_view rest(buffer_.data(), static_cast<std::size_t>(got));
        for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            ++line_number_;
            if (std::string why = take_line(rest.substr(0, end)); !why.empty()) {
                return fail(fault, why);
            }
            rest.remove_prefix(end + 1);
        }
        const std::size_t taken = static_cast<std::size_t>(got) - rest.size();
        offset_ += taken;
        if (taken != 0) {
            return true;
        }
        ++line_number_;
        if (!rest.empty()) {
            return fail(fault, got == static_cast<ssize_t>(kPiece) ? "a line is too long" : "the last line is cut off");
        }
        return has_ended_ ? false : fail(fault, "the file is cut off: its line 'end NUMBER' is missing");
    }

    /// Returns: what is wrong with it; empty: nothing.
    std::string take_line(std::string_view line) {
        if (line_number_ == 1) {
            const auto saved = line.starts_with(kHead) ? number_in(line.substr(kHead.size())) : std::nullopt;
            if (!saved) {
                return fmt::format("'{}...' is expected: these are no connections that sluicectl has saved, or those of another version",
                                   kHead);
            }
            const std::uint64_t now_s = walk_.utc_ns_now() / kSecond_ns;
            away_ms_ = now_s > *saved ? (now_s - *saved) * 1000 : 0;
            return {};
        }
        if (has_ended_) {
            return "nothing may stand behind 'end'";
        }
        if (line.starts_with(kEnd)) {
            has_ended_ = true;
            return number_in(line.substr(kEnd.size())) == connections_
                       ? std::string()
                       : fmt::format("'{}' does not fit: {} connections stand above", line, connections_);
        }
        ++connections_;
        auto saved = conntrack::parse_saved_line<net::Ipv4>(line, lookup_in(names_));
        if (!saved) {
            return std::move(saved.error());
        }
        if (is_second_) {
            put(*saved, line);
        }
        return {};
    }

    void put(conntrack::SavedConnection<net::Ipv4>& saved, std::string_view line) {
        if (saved.left_ms <= away_ms_) {
            ++expired_;  // as if the router had gone on, and no packet had come
            return;
        }
        saved.left_ms -= away_ms_;
        saved.age_ms += away_ms_;
        switch (conntrack::restore(*walk_.table, walk_.table->control(), saved, walk_.tracking, walk_.now)) {
            case conntrack::Restored::restored:
                ++restored_;
                break;
            case conntrack::Restored::full:
                ++full_;
                break;
            case conntrack::Restored::clash:
                ++clashed_;
                if (named_.size() < kMostNamed) {
                    named_.push_back(std::string(line.substr(0, line.find(" left-ms="))));
                }
                break;
        }
    }

    void report(std::string& out) const {
        std::string note = fmt::format("{} connections are restored", restored_);
        if (expired_ != 0) {
            note += fmt::format(", {} have expired meanwhile", expired_);
        }
        if (full_ != 0) {
            note += fmt::format(", {} find no room in the table", full_);
        }
        if (clashed_ != 0) {
            note += fmt::format(", {} clash with others, which stay:\n", clashed_);
            for (const std::string& one : named_) {
                note += fmt::format("  {}\n", one);
            }
            note += clashed_ > named_.size() ? "  ...\n" : "";
        } else {
            note += ".\n";
        }
        out += text_of(Json{{"text", ""},
                            {"data", {{"restored", restored_}, {"expired", expired_}, {"full", full_}, {"clashed", clashed_}}},
                            {"note", note},
                            {"status", full_ + clashed_ == 0 ? 0 : 1}});
    }

    ConnectionWalk walk_;
    Names names_;
    std::string path_;
    std::string buffer_;
    std::uint64_t offset_ = 0;
    std::uint64_t line_number_ = 0;
    std::uint64_t connections_ = 0;
    std::uint64_t away_ms_ = 0;  ///< between saving and now
    std::uint64_t restored_ = 0;
    std::uint64_t expired_ = 0;
    std::uint64_t full_ = 0;
    std::uint64_t clashed_ = 0;
    std::vector<std::string> named_;  ///< the first of those that clash
    bool has_ended_ = false;
    bool is_second_ = false;
};

MethodResult load(const RouterView& view, const Json& given) {
    Params params(given);
    (void)params.flag("json");
    const auto path = params.text("file");
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (!path || !path->starts_with('/')) {
        return refusal("parameter 'file' must be the whole path of a file", ErrorCode::invalid_params);
    }
    return LongReply([loading = Loading(view, *path)](std::string& out) mutable { return loading.go_on(out); });
}

}  // namespace

void add_conntrack_file_methods(Methods& methods, const RouterView& view) {
    methods["conntrack.save"] = [&view](const Json& params) { return save(view, params); };
    methods["conntrack.load"] = [&view](const Json& params) { return load(view, params); };
}

}  // namespace sluice::ctrlplane::control
