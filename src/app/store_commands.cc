// Care for the state's file: backup, restore, check (store/maintenance.h).

#include <filesystem>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/data_folder.h"
#include "app/listers.h"
#include "app/terminal.h"
#include "json/encode.h"
#include "store/maintenance.h"

namespace app {
namespace {

constexpr int kFindings = 1;

std::string state_file(const std::string& data) {
  return (std::filesystem::path(data) / store::kDataFileName).string();
}

void print_report(const store::CheckReport& report) {
  fmt::print("{} items, {} index entries, {} items in {} sets' entries, {} bytes\n", report.items, report.index_entries,
             report.listed_items, report.set_entries, report.file_bytes);
  if (!report.listings_built) fmt::print("The sets are not built yet: the next start of the server does it.\n");
  for (const auto& [type, count] : report.items_by_type) fmt::print("  {:<16} {}\n", type, count);
  for (const std::string& finding : report.findings) fmt::print("finding: {}\n", finding);
}

std::string as_json_text(const store::CheckReport& report) {
  json::Object types;
  for (const auto& [type, count] : report.items_by_type) types[type] = count;
  json::Array findings;
  for (const std::string& finding : report.findings) findings.emplace_back(finding);
  return json::encode(json::Value(json::Object{{"items", report.items},
                                               {"indexEntries", report.index_entries},
                                               {"listedItems", report.listed_items},
                                               {"setEntries", report.set_entries},
                                               {"listingsBuilt", report.listings_built},
                                               {"fileBytes", report.file_bytes},
                                               {"itemsByType", std::move(types)},
                                               {"findings", std::move(findings)}}));
}

}  // namespace

int store_backup(const std::string& data, const std::string& file) {
  const base::Result<store::CheckReport> report = store::back_up(state_file(data), file);
  if (!report) return print_error(report.error());
  fmt::print("{} is a backup of {}: ", file, state_file(data));
  print_report(*report);
  return 0;
}

int store_restore(const std::string& data, const std::string& file, bool force) {
  if (const base::Result<void> made = make_data_folder(data); !made) return print_error(made.error());
  const base::Result<FolderLock> lock = FolderLock::take(data);
  if (!lock) return print_error(lock.error());
  const base::Result<store::Restored> restored =
      store::restore(file, data, force ? store::Existing::kReplace : store::Existing::kRefuse);
  if (!restored) return print_error(restored.error());
  fmt::print("{} is in place: ", state_file(data));
  print_report(restored->report);
  if (!restored->replaced.empty()) fmt::print("What was there before is {}\n", restored->replaced);
  return 0;
}

int store_check(const std::string& data, bool rebuild, bool as_json) {
  if (rebuild) {
    const base::Result<FolderLock> lock = FolderLock::take(data);
    if (!lock) return print_error(lock.error());
    const base::Result<store::Rebuilt> rebuilt = store::rebuild_listings(state_file(data), lister());
    if (!rebuilt) return print_error(rebuilt.error());
  }
  const base::Result<store::CheckReport> report = store::check_data_file(state_file(data), lister());
  if (!report) return print_error(report.error());
  if (as_json)
    fmt::print("{}\n", as_json_text(*report));
  else
    print_report(*report);
  return report->findings.empty() ? 0 : kFindings;
}

}  // namespace app
