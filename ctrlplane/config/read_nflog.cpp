// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "ctrlplane/config/amount.h"
#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/sections.h"
#include "ctrlplane/config/table_reader.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::int64_t kMostFiles = 1000;

void read_size(TableReader& reader, NflogFile& nflog) {
    const auto written = reader.text("size");
    if (!written) {
        return;
    }
    const auto bytes = parse_amount(written->value);
    if (!bytes || *bytes < kMiB || *bytes > kMiB * kMiB) {
        reader.faults().error(
            written->where,
            fmt::format("size {} is not an amount from \"1M\" to \"1024G\"; write a whole number "
                        "and M or G",
                        in_quotes(written->value)));
        return;
    }
    nflog.size_bytes = *bytes;
}

}  // namespace

std::optional<NflogFile> read_nflog(const Value& section, Faults& faults) {
    TableReader reader(std::get<Table>(section.data), section.where, "[nflog]", faults);
    NflogFile nflog;
    reader.require("file", "file = \"/var/log/sluice/nflog.pcapng\"");
    if (const auto path = reader.text("file")) {
        if (path->value.front() != '/' || path->value.back() == '/') {
            faults.error(path->where,
                         fmt::format("file {} must be the absolute path of a file, beginning with a slash",
                                     in_quotes(path->value)));
        }
        nflog.path = path->value;
    }
    read_size(reader, nflog);
    if (const auto files = reader.integer("files", 1, kMostFiles)) {
        nflog.files = static_cast<unsigned>(files->value);
    }
    reader.finish();
    return nflog;
}

}  // namespace sluice::ctrlplane::config
