#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "aws_endpoint/endpoint.h"
#include "aws_endpoint/region_pattern.h"
#include "json/pointer.h"

namespace aws_endpoint {
namespace {

tl::unexpected<base::Error> refuse(const json::Path& at, std::string_view what) {
  return base::fail_field(base::Code::kInvalid, at.text(), fmt::format("The partitions, at {}: {}.", at.text(), what));
}

base::Result<const json::Value*> member(const json::Value& value, std::string_view name, const json::Path& at) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return refuse(at, "it must be an object");
  const json::Value* found = object->if_contains(boost::json::string_view(name.data(), name.size()));
  if (found == nullptr) return refuse(at, fmt::format("{} is missing", name));
  return found;
}

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

class PartitionList final : public Partitions {
 public:
  base::Result<void> read(const json::Value& document) {
    const json::Path root;
    const json::Path at = root.at("partitions");
    const json::Array* list = TRY(member(document, "partitions", root))->if_array();
    if (list == nullptr || list->empty()) return refuse(at, "it must be a list with at least one partition");
    partitions_.reserve(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) TRY(read_one((*list)[i], at.at(i)));
    // The listed ones may not point into the vector before it is complete.
    for (std::size_t i = 0; i < list->size(); ++i) {
      for (const auto& region : (*list)[i].get_object().at("regions").get_object())
        listed_.emplace(std::string(region.key()), &partitions_[i].outputs);
    }
    return {};
  }

  [[nodiscard]] const json::Object& of(std::string_view region) const override {
    if (const auto found = listed_.find(region); found != listed_.end()) return *found->second;
    for (const Partition& partition : partitions_) {
      if (partition.pattern.matches(region)) return partition.outputs;
    }
    return partitions_.front().outputs;
  }

  [[nodiscard]] std::vector<std::string> regions() const override {
    std::vector<std::string> names;
    names.reserve(listed_.size());
    for (const auto& [name, outputs] : listed_) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  struct Partition {
    json::Object outputs;
    RegionPattern pattern;
  };

  base::Result<void> read_one(const json::Value& value, const json::Path& at) {
    const json::Value& id = *TRY(member(value, "id", at));
    if (!id.is_string()) return refuse(at.at("id"), "it must be a text");
    const json::Value& pattern = *TRY(member(value, "regionRegex", at));
    if (!pattern.is_string()) return refuse(at.at("regionRegex"), "it must be a text");
    if (!TRY(member(value, "regions", at))->is_object()) return refuse(at.at("regions"), "it must be an object");

    const json::Path inside = at.at("outputs");
    const json::Value& outputs = *TRY(member(value, "outputs", at));
    for (const std::string_view name : {"dnsSuffix", "dualStackDnsSuffix", "implicitGlobalRegion"}) {
      if (!TRY(member(outputs, name, inside))->is_string()) return refuse(inside.at(name), "it must be a text");
    }
    for (const std::string_view name : {"supportsFIPS", "supportsDualStack"}) {
      if (!TRY(member(outputs, name, inside))->is_bool()) return refuse(inside.at(name), "it must be true or false");
    }
    base::Result<RegionPattern> compiled = RegionPattern::compile(json::view(pattern.get_string()));
    if (!compiled) return refuse(at.at("regionRegex"), compiled.error().message);
    json::Object named = outputs.get_object();
    named["name"] = id;
    partitions_.push_back({std::move(named), std::move(*compiled)});
    return {};
  }

  std::vector<Partition> partitions_;
  std::unordered_map<std::string, const json::Object*, Hash, std::equal_to<>> listed_;
};

}  // namespace

base::Result<std::shared_ptr<const Partitions>> Partitions::make(const json::Value& document) {
  auto list = std::make_shared<PartitionList>();
  TRY(list->read(document));
  return std::shared_ptr<const Partitions>(std::move(list));
}

}  // namespace aws_endpoint
