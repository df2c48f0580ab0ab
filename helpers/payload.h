// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace sluice::helpers {

/// The L4 header and payload of a packet in one piece, where helpers may read and rewrite the text.
///
/// A copy: packets may lie in several segments, and have no room to grow. `delta` says by how much it has grown.
class Payload {
public:
    /// In: `buffer` begins with `header_bytes` of L4 header, of which with all that follows `bytes` are used.
    Payload(std::span<std::byte> buffer, std::size_t header_bytes, std::size_t bytes) noexcept
        : buffer_(buffer), header_bytes_(header_bytes), bytes_(bytes), bytes_before_(bytes) {}

    /// What the application wrote.
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(buffer_.data()) + header_bytes_, bytes_ - header_bytes_};
    }
    /// Header and text.
    [[nodiscard]] std::span<std::byte> all() const noexcept { return buffer_.first(bytes_); }
    [[nodiscard]] std::size_t header_bytes() const noexcept { return header_bytes_; }
    [[nodiscard]] bool is_changed() const noexcept { return changed_; }
    [[nodiscard]] std::int32_t delta() const noexcept {
        return static_cast<std::int32_t>(bytes_) - static_cast<std::int32_t>(bytes_before_);
    }

    /// Puts `by` in the place of `length` characters from `at` on. False: there is no room.
    [[nodiscard]] bool replace(std::size_t at, std::size_t length, std::string_view by) noexcept {
        const std::size_t begin = header_bytes_ + at;
        if (begin + length > bytes_ || bytes_ - length + by.size() > buffer_.size()) {
            return false;
        }
        std::memmove(buffer_.data() + begin + by.size(), buffer_.data() + begin + length, bytes_ - begin - length);
        std::memcpy(buffer_.data() + begin, by.data(), by.size());
        bytes_ = bytes_ - length + by.size();
        changed_ = true;
        return true;
    }

    /// Numbers in place, for protocols that have no text.
    template <class T>
    [[nodiscard]] T* at(std::size_t offset) noexcept {
        const std::size_t begin = header_bytes_ + offset;
        return begin + sizeof(T) > bytes_ ? nullptr : reinterpret_cast<T*>(buffer_.data() + begin);
    }
    /// The same where the text has been found long enough.
    template <class T>
    [[nodiscard]] T& there(std::size_t offset) noexcept {
        return *reinterpret_cast<T*>(buffer_.data() + header_bytes_ + offset);
    }
    void note_change() noexcept { changed_ = true; }

private:
    std::span<std::byte> buffer_;
    std::size_t header_bytes_;
    std::size_t bytes_;
    std::size_t bytes_before_;
    bool changed_ = false;
};

}  // namespace sluice::helpers
