// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/registry.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "acl/all_matches.h"
#include "acl/all_targets.h"

namespace sluice::acl::text {

namespace {

template <class T>
concept Written = requires {
    Syntax<T>::forms();
};

template <class T>
std::size_t form_of(const T& value) {
    if constexpr (requires { Syntax<T>::form_of(value); }) {
        return Syntax<T>::form_of(value);
    } else {
        return 0;
    }
}

template <class Any, class T>
Checked parse_as(Any& value, const OptionUse& use) {
    return Syntax<T>::parse(*value.template get_if<T>(), use);
}

template <class Any, class T>
Checked finish_as([[maybe_unused]] const Any& value, [[maybe_unused]] const RuleFacts& rule) {
    if constexpr (requires { Syntax<T>::finish(*value.template get_if<T>(), rule); }) {
        return Syntax<T>::finish(*value.template get_if<T>(), rule);
    } else {
        return {};
    }
}

template <class Any, class T>
std::uint8_t hooks_as(const Any& value) {
    return Syntax<T>::hooks(*value.template get_if<T>());
}

template <class Any, class T>
void add_forms(std::vector<Extension<Any>>& extensions) {
    if constexpr (Written<T>) {
        for (const Form<T>& form : Syntax<T>::forms()) {
            extensions.push_back({form.name, form.options, form.needs_an_option, form.protocol, form.tables,
                                  form.hooks, nullptr, Any(form.initial), &parse_as<Any, T>, &finish_as<Any, T>});
            if constexpr (requires(const T& value) { Syntax<T>::hooks(value); }) {
                extensions.back().hooks_of = &hooks_as<Any, T>;
            }
        }
    }
}

template <class Any, class... T>
std::vector<Extension<Any>> extensions_of(Types<T...>) {
    std::vector<Extension<Any>> extensions;
    (add_forms<Any, T>(extensions), ...);
    return extensions;
}

template <class Any>
const Extension<Any>* find_in(std::span<const Extension<Any>> extensions, std::string_view name) {
    const auto found = std::find_if(extensions.begin(), extensions.end(),
                                    [&](const Extension<Any>& extension) { return extension.name == name; });
    return found == extensions.end() ? nullptr : &*found;
}

template <Written T>
std::string_view name_of(const T& value) {
    return Syntax<T>::forms()[form_of(value)].name;
}
std::string_view name_of(const NoTarget&) {
    return {};
}
std::string_view name_of(const AcceptTarget&) {
    return "ACCEPT";
}
std::string_view name_of(const DropTarget&) {
    return "DROP";
}
std::string_view name_of(const ReturnTarget&) {
    return "RETURN";
}
std::string_view name_of(const JumpTarget& jump) {
    return jump.chain;
}

}  // namespace

std::span<const MatchExtension> match_extensions() {
    static const std::vector<MatchExtension> extensions = extensions_of<AnyMatch>(Matches{});
    return extensions;
}

std::span<const TargetExtension> target_extensions() {
    static const std::vector<TargetExtension> extensions = extensions_of<AnyTarget>(Targets{});
    return extensions;
}

const MatchExtension* find_match(std::string_view name) {
    return find_in(match_extensions(), name);
}

const TargetExtension* find_target(std::string_view name) {
    return find_in(target_extensions(), name);
}

const TargetExtension* extension_of(const AnyTarget& target) {
    return visit_target(target, []<class T>([[maybe_unused]] const T& value) -> const TargetExtension* {
        if constexpr (Written<T>) {
            return find_target(name_of(value));
        } else {
            return nullptr;
        }
    });
}

const MatchExtension& extension_of(const AnyMatch& match) {
    return *visit_match(match, [](const auto& value) { return find_match(name_of(value)); });
}

void save_match(const AnyMatch& match, std::string& out) {
    visit_match(match, [&]<class T>(const T& value) {
        out += " -m ";
        out += name_of(value);
        Syntax<T>::save(value, out);
    });
}

void list_match(const AnyMatch& match, bool numeric, std::string& out) {
    visit_match(match, [&]<class T>(const T& value) { Syntax<T>::list(value, numeric, out); });
}

std::string_view target_name(const AnyTarget& target) {
    return visit_target(target, [](const auto& value) { return name_of(value); });
}

std::string_view listed_name(const AnyTarget& target) {
    return visit_target(target, []<class T>(const T& value) {
        if constexpr (requires { Syntax<T>::list_name(value); }) {
            return Syntax<T>::list_name(value);
        } else {
            return name_of(value);
        }
    });
}

void save_target(const AnyTarget& target, std::string& out) {
    if (holds<NoTarget>(target)) {
        return;
    }
    const auto* jump = get_if<JumpTarget>(&target);
    out += jump != nullptr && jump->is_goto ? " -g " : " -j ";
    out += target_name(target);
    visit_target(target, [&]<class T>([[maybe_unused]] const T& value) {
        if constexpr (Written<T>) {
            Syntax<T>::save(value, out);
        }
    });
}

void list_target(const AnyTarget& target, [[maybe_unused]] bool numeric, [[maybe_unused]] std::string& out) {
    visit_target(target, [&]<class T>([[maybe_unused]] const T& value) {
        if constexpr (Written<T>) {
            Syntax<T>::list(value, numeric, out);
        }
    });
}

}  // namespace sluice::acl::text
