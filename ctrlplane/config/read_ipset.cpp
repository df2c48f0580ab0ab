// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <filesystem>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/sections.h"
#include "ctrlplane/config/table_reader.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr std::size_t kLongestSetName = 31;

IpsetSection read_ipset(const Entry& entry, Faults& faults, const FileReader& read_file) {
    IpsetSection set;
    set.name = entry.key;
    set.where = faults.location(entry.key_where);
    if (entry.key.empty() || entry.key.size() > kLongestSetName) {
        faults.error(entry.key_where, fmt::format("the name of a set has 1 to {} bytes", kLongestSetName));
    }
    const auto* table = std::get_if<Table>(&entry.value.data);
    if (table == nullptr) {
        faults.error(entry.value.where, fmt::format("ipset.{} must be a table, such as [ipset.{}], not {}", entry.key,
                                                    entry.key, kind_of(entry.value)));
        return set;
    }
    TableReader reader(*table, entry.value.where, fmt::format("[ipset.{}]", entry.key), faults);
    reader.require("type", "\"hash:net\"");
    const auto word_of = [&](const Located<std::string>& text) {
        return SetWord{text.value, text.where};
    };
    if (const auto type = reader.text("type")) {
        set.type = word_of(*type);
    }
    if (const auto options = reader.text("options")) {
        set.options = word_of(*options);
    }
    for (const Located<std::string>& element : reader.texts("elements")) {
        set.elements.push_back(word_of(element));
    }
    if (const auto file = reader.text("file")) {
        set.file = read_named_file(*file, "file of elements", faults, read_file);
    }
    reader.refuse("domains", "filling a set from DNS answers is not built yet");
    reader.finish();
    return set;
}

}  // namespace

std::optional<RulesFile> read_named_file(const Located<std::string>& written, std::string_view what, Faults& faults,
                                         const FileReader& read_file) {
    const auto folder = std::filesystem::path(faults.source().file()).parent_path();
    const std::string path = (folder / written.value).string();
    auto text = read_file(path);
    if (!text) {
        faults.error(written.where, fmt::format("the {} {} {}", what, in_quotes(path), text.error().message));
        return std::nullopt;
    }
    return RulesFile{path, std::move(*text), written.where};
}

std::vector<IpsetSection> read_ipsets(const Value& section, Faults& faults, const FileReader& read_file) {
    std::vector<IpsetSection> sets;
    for (const Entry& entry : std::get<Table>(section.data).entries) {
        sets.push_back(read_ipset(entry, faults, read_file));
    }
    return sets;
}

}  // namespace sluice::ctrlplane::config
