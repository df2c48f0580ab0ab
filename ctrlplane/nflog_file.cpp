// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/nflog_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sluice::ctrlplane {

namespace {

/// All of `bytes`, or the errno that hindered it.
int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    return 0;
}

}  // namespace

base::Result<std::unique_ptr<NflogFile>> NflogFile::open(config::NflogFile settings) {
    std::unique_ptr<NflogFile> file(new NflogFile(std::move(settings)));
    if (auto begun = file->begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    return file;
}

base::Result<void> NflogFile::begin() {
    put_aside();
    constexpr mode_t kMode = 0640;
    file_ =
        control::Descriptor(::open(settings_.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
    if (!file_) {
        return base::failure(fmt::format("{} cannot be opened: {}", settings_.path, std::strerror(errno)));
    }
    written_ = 0;
    begin_section();
    return {};
}

void NflogFile::begin_section() {
    waiting_.clear();
    pcapng::section_block("Sluice", waiting_);
    size_ = waiting_.size();
}

void NflogFile::put_aside() const {
    std::error_code none;  // what is not there need not be moved; what cannot be is found by open
    if (!std::filesystem::is_regular_file(settings_.path, none)) {
        return;
    }
    const auto name = [&](unsigned age) {
        return age == 0 ? settings_.path : fmt::format("{}.{}", settings_.path, age);
    };
    const unsigned eldest = settings_.files - 1;
    std::filesystem::remove(name(eldest), none);
    for (unsigned age = eldest; age > 0; --age) {
        std::filesystem::rename(name(age - 1), name(age), none);
    }
}

void NflogFile::add(const pcapng::Packet& packet, unsigned threshold, std::uint64_t now_ns) {
    constexpr std::uint64_t kBlock_bytes = 64;  // what is around a packet
    if (size_ + packet.bytes.size() + packet.prefix.size() + packet.interfaces.size() + kBlock_bytes >
        settings_.size_bytes) {
        flush();
        if (auto begun = begin(); !begun) {
            size_ = settings_.size_bytes;  // tried again with the next packet
            ++lost_;
            complain(begun.error().message);
            return;
        }
    }
    if (waiting_count_ == 0) {
        waiting_since_ns_ = now_ns;
        threshold_ = kThreshold;
    }
    const std::size_t before = waiting_.size();
    pcapng::packet_block(packet, waiting_);
    size_ += waiting_.size() - before;
    ++waiting_count_;
    threshold_ = threshold == 0 ? threshold_ : std::min(threshold_, threshold);
    if (waiting_count_ >= threshold_) {
        flush();
    }
}

void NflogFile::tend(std::uint64_t now_ns) {
    if (waiting_count_ != 0 && now_ns - waiting_since_ns_ >= kPatience_ns) {
        flush();
    }
}

void NflogFile::flush() {
    if (!file_ && waiting_count_ == 0) {
        return;  // it has not come to be
    }
    const int trouble = !file_ ? EBADF : write_all(file_.get(), waiting_);
    if (trouble == 0) {
        is_broken_ = false;
        written_ = size_;
    } else {
        lost_ += waiting_count_;
        complain(fmt::format("{} cannot be written: {}", settings_.path, std::strerror(trouble)));
        // Back to where all blocks are whole, to go on there: a full disk must not cost the elder files.
        if (file_ && ::ftruncate(file_.get(), static_cast<off_t>(written_)) == 0) {
            ::lseek(file_.get(), 0, SEEK_END);
        }
        size_ = written_;
    }
    waiting_.clear();
    waiting_count_ = 0;
    if (written_ == 0) {
        begin_section();
    }
}

void NflogFile::complain(std::string_view message) {
    if (!std::exchange(is_broken_, true)) {
        spdlog::error("{}", message);
    }
}

}  // namespace sluice::ctrlplane
