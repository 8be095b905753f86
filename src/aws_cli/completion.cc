#include "aws_cli/completion.h"

#include "aws_model/library.h"

namespace aws_cli {
namespace {

using Names = std::vector<std::string>;

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

Names words(aws_model::Library& library, const Names& places) {
  Names names;
  if (places.size() <= 1) {
    for (const aws_model::Entry& each : library.services()) names.push_back(each.name);
    return names;
  }
  const auto service = places.size() == 2 ? library.service(places[0]) : nullptr;
  if (!service || *service == nullptr) return names;
  const bool as_modelled = !places[1].empty() && is_capital(places[1].front());
  for (const aws_model::Operation& each : (*service)->operations)
    names.push_back(as_modelled ? std::string(each.name) : aws_model::command_name(each.name));
  return names;
}

// Of the operation, or where none stands there yet, of the service.
Names waiters(aws_model::Library& library, const Names& places) {
  Names names;
  const auto service = places.size() >= 2 ? library.service(places[0]) : nullptr;
  if (!service || *service == nullptr) return names;
  const aws_model::Operation* operation = (*service)->operation(places[1]);
  for (const aws_model::Waiter& each : (*service)->waiters) {
    if (operation == nullptr || each.operation == operation->name) names.emplace_back(each.name);
  }
  return names;
}

Names regions(aws_model::Library& library) {
  Names names;
  const auto document = library.partitions();
  const json::Object* object = document ? (*document)->if_object() : nullptr;
  const json::Value* partitions = object == nullptr ? nullptr : object->if_contains("partitions");
  if (partitions == nullptr || !partitions->is_array()) return names;
  for (const json::Value& partition : partitions->get_array()) {
    const json::Object* one = partition.if_object();
    const json::Value* list = one == nullptr ? nullptr : one->if_contains("regions");
    if (list == nullptr || !list->is_object()) continue;
    for (const auto& region : list->get_object()) names.emplace_back(region.key());
  }
  return names;
}

Names profiles(const aws_config::Environment& environment) {
  Names names;
  const auto config = aws_config::Config::load(environment);
  if (!config) return names;
  for (const auto& [name, section] : config->file().profiles) names.push_back(name);
  return names;
}

}  // namespace

bool completes(std::string_view kind) { return kind.starts_with("aws-"); }

Names complete(std::string_view kind, const Names& places, const aws_config::Environment& environment) {
  if (kind == "aws-profiles") return profiles(environment);
  const auto library = aws_model::Library::open();
  if (!library) return {};
  if (kind == "aws-words") return words(**library, places);
  if (kind == "aws-waiters") return waiters(**library, places);
  if (kind == "aws-regions") return regions(**library);
  return {};
}

}  // namespace aws_cli
