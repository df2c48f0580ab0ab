// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <any>
#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

/// A value of one of an open set of types, as a match or a target of a rule is.
///
/// What holds such values need not know the types: only what deals with each of them (all_matches.h,
/// all_targets.h) does, so that a new match does not touch what only passes it on. A `std::variant` of all of
/// them would.
namespace sluice::acl {

/// `Kind` only keeps matches and targets apart.
template <class Kind>
class AnyOf {
public:
    template <class T>
    requires(std::is_class_v<T> && !std::same_as<T, AnyOf> && std::copy_constructible<T>) AnyOf(T value)
        : value_(std::in_place_type<T>, std::move(value)) {
    }  // a rule is given one as it would be given a variant

    /// Null where the value is of another type.
    template <class T>
    [[nodiscard]] const T* get_if() const noexcept {
        return std::any_cast<T>(&value_);
    }
    template <class T>
    [[nodiscard]] T* get_if() noexcept {
        return std::any_cast<T>(&value_);
    }
    template <class T>
    [[nodiscard]] bool holds() const noexcept {
        return get_if<T>() != nullptr;
    }

private:
    std::any value_;
};

/// As std::get_if: null where `any` holds another type.
template <class T, class Kind>
[[nodiscard]] const T* get_if(const AnyOf<Kind>* any) noexcept {
    return any->template get_if<T>();
}
template <class T, class Kind>
[[nodiscard]] T* get_if(AnyOf<Kind>* any) noexcept {
    return any->template get_if<T>();
}
template <class T, class Kind>
[[nodiscard]] bool holds(const AnyOf<Kind>& any) noexcept {
    return any.template holds<T>();
}

/// The types that a kind may be, for `visit`.
template <class... T>
struct Types {};

/// Calls `use` with what `any` holds: one of the types.
template <class Kind, class Use, class First, class... Rest>
decltype(auto) visit(const AnyOf<Kind>& any, Use&& use, Types<First, Rest...>) {
    const First* held = any.template get_if<First>();
    if constexpr (sizeof...(Rest) == 0) {
        if (held == nullptr) {
            std::terminate();  // a type that is missing in the list
        }
        return use(*held);
    } else {
        if (held != nullptr) {
            return use(*held);
        }
        return visit(any, std::forward<Use>(use), Types<Rest...>{});
    }
}

}  // namespace sluice::acl
