// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/ftp.h"

#include <array>
#include <optional>

#include "helpers/text.h"

namespace sluice::helpers {

namespace {

/// An address and a port as they stand in a command, and where.
struct Announced {
    net::Ipv4Address address;  ///< EPSV has none: the speaker's own
    std::uint16_t port = 0;
    std::size_t at = 0;
    std::size_t length = 0;
};

enum class Form : std::uint8_t { port, eprt, pasv, epsv };

/// Numbers with `separator` between them, up to `end`; '\0': up to whatever comes. Returns how long they are; 0: they are
/// none. As the kernel, values are not bounded: what is too large is somebody else's address, and opens nothing.
template <std::size_t N>
std::size_t read_numbers(std::string_view text, std::array<std::uint32_t, N>& numbers, char separator, char end) noexcept {
    numbers.fill(0);
    std::size_t which = 0;
    for (std::size_t i = 0; i < text.size() && which < N; ++i) {
        const char c = text[i];
        if (is_digit(c)) {
            numbers[which] = numbers[which] * 10 + static_cast<unsigned>(c - '0');
        } else if (c == separator) {
            ++which;
        } else {
            return (c == end || end == '\0') && which == N - 1 ? i : 0;
        }
    }
    return 0;
}

net::Ipv4Address address_of(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) noexcept {
    return net::Ipv4Address::from_host(a << 24U | b << 16U | c << 8U | d);
}

/// 192,168,1,1,5,6 (RFC 959, PORT).
bool read_six(std::string_view text, char end, Announced& out) noexcept {
    std::array<std::uint32_t, 6> n{};
    out.length = read_numbers(text, n, ',', end);
    out.address = address_of(n[0], n[1], n[2], n[3]);
    out.port = static_cast<std::uint16_t>(n[4] << 8U | n[5]);
    return out.length != 0;
}

/// A port up to `delimiter`, from `start` on. Returns what lies behind the delimiter; 0: it is none.
std::size_t read_port(std::string_view text, std::size_t start, char delimiter, std::uint16_t& port) noexcept {
    port = 0;
    for (std::size_t i = start; i < text.size(); ++i) {
        if (text[i] == delimiter) {
            return port == 0 ? 0 : i + 1;
        }
        if (!is_digit(text[i])) {
            return 0;
        }
        port = static_cast<std::uint16_t>(port * 10 + (text[i] - '0'));
    }
    return 0;
}

bool is_delimiter(char c) noexcept { return !is_digit(c) && c >= 33 && c <= 126; }

/// |1|132.235.1.2|6275| (RFC 2428, EPRT).
bool read_eprt(std::string_view text, Announced& out) noexcept {
    if (text.size() <= 3 || !is_delimiter(text[0]) || text[2] != text[0] || text[1] != '1') {
        return false;
    }
    std::array<std::uint32_t, 4> n{};
    const std::size_t length = read_numbers(text.substr(3), n, '.', text[0]);
    if (length == 0) {
        return false;
    }
    out.address = address_of(n[0], n[1], n[2], n[3]);
    out.length = read_port(text, 3 + length + 1, text[0], out.port);
    return out.length != 0;
}

/// |||6446| (RFC 2428, the answer to EPSV).
bool read_epsv(std::string_view text, Announced& out) noexcept {
    if (text.size() <= 3 || !is_delimiter(text[0]) || text[1] != text[0] || text[2] != text[0]) {
        return false;
    }
    out.length = read_port(text, 3, text[0], out.port);
    return out.length != 0;
}

/// The first digit on, wherever it stands: not all servers write parentheses (RFC 1123, 4.1.2.6).
bool read_pasv(std::string_view text, Announced& out) noexcept {
    const std::size_t first = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_digit) - text.begin());
    if (first == text.size()) {
        return false;
    }
    out.at += first;
    return read_six(text.substr(first), '\0', out);
}

struct Command {
    std::string_view word;
    char skip_to = '\0';
    Form form = Form::port;
};
constexpr std::array<std::array<Command, 2>, 2> kCommands = {{
    {{{"PORT", ' ', Form::port}, {"EPRT", ' ', Form::eprt}}},
    {{{"227 ", '\0', Form::pasv}, {"229 ", '(', Form::epsv}}},
}};

enum class Match : std::uint8_t { none, partial, whole };

bool read_form(Form form, std::string_view text, Announced& out) noexcept {
    switch (form) {
        case Form::port: return read_six(text, '\r', out);
        case Form::eprt: return read_eprt(text, out);
        case Form::pasv: return read_pasv(text, out);
        case Form::epsv: return read_epsv(text, out);
    }
    return false;
}

Match match(std::string_view text, const Command& command, Announced& out) noexcept {
    if (text.size() <= command.word.size()) {
        return equal_nocase(text, command.word.substr(0, text.size())) ? Match::partial : Match::none;
    }
    if (!starts_nocase(text, command.word)) {
        return Match::none;
    }
    std::size_t at = command.word.size();
    if (command.skip_to != '\0') {
        at = text.find(command.skip_to, at);
        // the last character does not count: nothing would follow it
        if (at == std::string_view::npos || at == text.size() - 1) {
            return Match::partial;
        }
        ++at;
    }
    out.at = at;
    return read_form(command.form, text.substr(at), out) ? Match::whole : Match::partial;
}

/// Behind which numbers a line began, by direction: commands count only at the beginning of a line.
class LineStarts {
public:
    LineStarts(conntrack::Help& help, Way way) noexcept : notes_(&help.notes[way == Way::original ? 0 : 3]) {}

    [[nodiscard]] bool holds(std::uint32_t sequence) const noexcept {
        for (unsigned i = 0; i < count(); ++i) {
            if (load(i) == sequence) {
                return true;
            }
        }
        return false;
    }
    void add(std::uint32_t sequence) noexcept {
        if (holds(sequence)) {
            return;
        }
        if (count() < kMost) {
            store(count(), sequence);
            store(kMost, count() + 1);
            return;
        }
        const unsigned oldest = conntrack::lies_before(load(0), load(1)) ? 0 : 1;
        if (conntrack::lies_before(load(oldest), sequence)) {
            store(oldest, sequence);
        }
    }

private:
    static constexpr unsigned kMost = 2;
    [[nodiscard]] unsigned count() const noexcept { return load(kMost); }
    [[nodiscard]] std::uint32_t load(unsigned i) const noexcept { return notes_[i].load(std::memory_order_relaxed); }
    void store(unsigned i, std::uint32_t value) noexcept { notes_[i].store(value, std::memory_order_relaxed); }

    std::atomic<std::uint32_t>* notes_;
};

/// The same as it will be announced, with the address and port that the other side has to use.
ShortText<32> announcement(Form form, net::Ipv4Address address, std::uint16_t port) noexcept {
    ShortText<32> text;
    switch (form) {
        case Form::port:
        case Form::pasv:
            text.add(address, ",") << "," << std::uint32_t{port} / 256U << "," << (std::uint32_t{port} & 0xffU);
            break;
        case Form::eprt:
            (text << "|1|").add(address, ".") << "|" << std::uint32_t{port} << "|";
            break;
        case Form::epsv:
            text << "|||" << std::uint32_t{port} << "|";
            break;
    }
    return text;
}

bool translate(Visit& visit, Form form, const Announced& announced, Expectation<Ipv4> expectation) noexcept {
    // it will come from where this packet goes
    const Way back = conntrack::other(visit.way);
    expectation.saved_port = expectation.tuple.destination_port;
    expectation.way = back;
    expectation.follow = conntrack::Follow::master;
    const std::uint16_t port = expect_at_some_port(visit, expectation);
    if (port == 0) {
        return false;
    }
    const auto text = announcement(form, visit.tuple(back).destination, port);
    if (!visit.payload.replace(announced.at, announced.length, text.view())) {
        withdraw(visit, expectation);
        return false;
    }
    return true;
}

enum class Followed : std::uint8_t { accept, drop, wait };

Followed follow(Visit& visit) noexcept {
    const std::string_view text = visit.payload.text();
    Announced announced;
    announced.address = visit.tuple(visit.way).source;
    for (const Command& command : kCommands[static_cast<unsigned>(visit.way)]) {
        const Match found = match(text, command, announced);
        if (found == Match::none) {
            continue;
        }
        if (found == Match::partial) {
            return Followed::wait;
        }
        // Who names another host than itself opens nothing (FTP bounce; ALG-4).
        if (announced.address != visit.tuple(visit.way).source) {
            return Followed::accept;
        }
        const Way back = conntrack::other(visit.way);
        const Expectation<Ipv4> expectation =
            expectation_of(visit, net::kProtocolTcp, &visit.tuple(back).source, visit.tuple(back).destination,
                           base::Be16::from_host(announced.port));
        const bool could = visit.is_translated() ? translate(visit, command.form, announced, expectation)
                                                 : expect(visit, expectation) == ExpectResult::added;
        return could ? Followed::accept : Followed::drop;
    }
    return Followed::accept;
}

}  // namespace

Outcome help_ftp(Visit& visit) noexcept {
    const std::string_view text = visit.payload.text();
    if (visit.state != CtState::established || text.empty()) {
        return Outcome::accept;
    }
    const bool ends_line = text.back() == '\n';
    const std::uint32_t behind = visit.sequence + static_cast<std::uint32_t>(text.size());
    LineStarts starts(visit.help, visit.way);
    const Followed followed = starts.holds(visit.sequence) ? follow(visit) : Followed::accept;
    if (followed == Followed::wait) {
        return Outcome::drop;
    }
    if (ends_line) {
        starts.add(behind);
    }
    return followed == Followed::accept ? Outcome::accept : Outcome::drop;
}

}  // namespace sluice::helpers
