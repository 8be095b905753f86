#include "aws_model/library.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/json/monotonic_resource.hpp>
#include <fmt/format.h>

#include "aws_model/archive.h"
#include "aws_model/directory.h"
#include "aws_model/read_service.h"
#include "aws_model/suggest.h"
#include "base/limits.h"
#include "json/parse.h"

namespace aws_model {

namespace {

constexpr std::size_t kArenaFirstBytes = 256 * 1024;  // of the JSON of one service, which is gone once it is read

// A value that is made when it is first asked for, by whoever asks first; the others wait for it.
template <class T>
class Once {
 public:
  template <class Make>
  const base::Result<T>& get(Make make) {
    std::call_once(flag_, [&] { result_.emplace(make()); });
    return *result_;
  }

 private:
  std::once_flag flag_;
  std::optional<base::Result<T>> result_;
};

struct Slot {
  const Archive::Packed* packed = nullptr;  // null: only the directory has the service
  Once<std::shared_ptr<const Service>> service;
  Once<json::Value> rules;
};

struct Known {
  std::optional<json::Value> value;  // made in place: a value that is assigned to keeps its old memory
  std::string file;

  [[nodiscard]] Source source() const {
    static const json::Value none;
    return {value ? *value : none, file};
  }
};

base::Error in_archive(base::Error error) {
  error.detail = error.message;
  error.message = "The archive of service models does not hold what this program expects.";
  error.code = base::Code::kCorrupt;
  return error;
}

base::Result<json::Value> parse_packed(std::string_view text, const boost::json::storage_ptr& storage) {
  auto value = json::parse_stored(text, storage, base::limits::kModelDepthMax);
  if (!value) return base::fail(in_archive(std::move(value).error()));
  return value;
}

class PackedLibrary final : public Library {
 public:
  PackedLibrary(std::unique_ptr<Archive> archive, std::optional<Directory> directory)
      : archive_(std::move(archive)), directory_(std::move(directory)) {
    for (const Archive::Packed& packed : archive_->services()) {
      entries_.push_back({std::string(packed.name), std::string(packed.version), std::string(packed.service_id),
                          std::string(packed.full_name)});
    }
    if (directory_) add_directory();
    slots_ = std::vector<Slot>(entries_.size());
    auto packed = archive_->services().begin();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (packed == archive_->services().end() || packed->name != entries_[i].name) continue;
      slots_[i].packed = &*packed++;
    }
  }

  [[nodiscard]] const std::vector<Entry>& services() const override { return entries_; }

  base::Result<const Service*> service(std::string_view name) override {
    const std::size_t at = TRY(find(name));
    const auto& result = slots_[at].service.get([&] { return read(at); });
    if (!result) return base::fail(result.error());
    return result->get();
  }

  base::Result<const json::Value*> endpoint_rules(std::string_view name) override {
    const std::size_t at = TRY(find(name));
    const auto& result = slots_[at].rules.get([&] { return read_rules(at); });
    if (!result) return base::fail(result.error());
    return &*result;
  }

  base::Result<const json::Value*> partitions() override {
    const auto& result = partitions_.get([&] { return read_partitions(); });
    if (!result) return base::fail(result.error());
    return &*result;
  }

 private:
  void add_directory() {
    const std::size_t packed = entries_.size();
    for (const auto& [name, version] : directory_->services()) {
      const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(packed);
      const auto found =
          std::lower_bound(entries_.begin(), end, name, [](const Entry& e, std::string_view n) { return e.name < n; });
      if (found != end && found->name == name)
        found->version = version;
      else
        entries_.push_back({.name = name, .version = version, .service_id = {}, .full_name = {}});
    }
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  }

  [[nodiscard]] base::Result<std::size_t> find(std::string_view name) const {
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), name,
                                        [](const Entry& e, std::string_view n) { return e.name < n; });
    if (found != entries_.end() && found->name == name) return static_cast<std::size_t>(found - entries_.begin());
    std::vector<std::string_view> names;
    for (const Entry& entry : entries_) names.emplace_back(entry.name);
    return base::fail(base::Code::kNotFound,
                      fmt::format("There is no service \"{}\".{}", name, did_you_mean(name, names)));
  }

  base::Result<std::shared_ptr<const Service>> read(std::size_t at) {
    static constexpr std::array<std::string_view, 3> kKinds{"service-2", "paginators-1", "waiters-2"};
    const std::string& name = entries_[at].name;
    boost::json::monotonic_resource arena(kArenaFirstBytes);
    std::array<Known, 3> known;
    std::string packed;
    if (slots_[at].packed != nullptr) packed = TRY(archive_->service(*slots_[at].packed));
    std::string_view rest = packed;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
      const std::size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      std::optional<Directory::File> file;
      if (directory_) file = TRY(directory_->read(name, kKinds[i]));
      if (file) {
        known[i].value.emplace(std::move(file->value));
        known[i].file = std::move(file->path);
      } else if (!packed.empty()) {
        known[i].value.emplace(TRY(parse_packed(line, &arena)));
        known[i].file = kKinds[i];
      }
    }
    auto service = read_service(name, known[0].source(), known[1].source(), known[2].source());
    if (!service && !directory_) return base::fail(in_archive(std::move(service).error()));
    return service;
  }

  base::Result<json::Value> read_rules(std::size_t at) {
    if (directory_) {
      auto file = TRY(directory_->read(entries_[at].name, "endpoint-rule-set-1"));
      if (file) return std::move(file->value);
    }
    if (slots_[at].packed == nullptr) return json::Value();
    return parse_packed(TRY(archive_->rules(*slots_[at].packed)), {});
  }

  base::Result<json::Value> read_partitions() {
    if (directory_) {
      auto file = TRY(directory_->partitions());
      if (file) return std::move(file->value);
    }
    return parse_packed(TRY(archive_->partitions()), {});
  }

  const std::unique_ptr<Archive> archive_;
  const std::optional<Directory> directory_;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;  // one for each entry
  Once<json::Value> partitions_;
};

}  // namespace

base::Result<std::unique_ptr<Library>> Library::open(const std::string& directory) {
  auto archive = TRY(Archive::open(linked_archive()));
  std::optional<Directory> given;
  if (!directory.empty()) given = TRY(Directory::open(directory));
  return std::make_unique<PackedLibrary>(std::move(archive), std::move(given));
}

base::Result<const Operation*> find_operation(const Service& service, std::string_view name) {
  if (const Operation* found = service.operation(name)) return found;
  std::vector<std::string_view> names;
  for (const Operation& operation : service.operations) names.push_back(operation.name);
  return base::fail(base::Code::kNotFound, fmt::format("The service {} has no operation \"{}\".{}", service.name, name,
                                                       did_you_mean(name, names)));
}

}  // namespace aws_model
