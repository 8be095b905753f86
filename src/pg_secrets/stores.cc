#include "pg_secrets/stores.h"

#include <fmt/format.h>

#include "pg_secrets/document.h"

namespace pg_secrets {

Stores::Stores(CallAws call) {
  backends_.emplace("file", files());
  backends_.emplace("secretsmanager", secrets_manager(call));
  backends_.emplace("ssm", parameters(call));
}

base::Result<Stores::Place> Stores::place_of(const std::string& place) {
  const std::size_t colon = place.find(':');
  const auto found = colon == std::string::npos ? backends_.end() : backends_.find(place.substr(0, colon));
  if (found == backends_.end() || colon + 1 == place.size())
    return base::fail(base::Code::kInvalid,
                      fmt::format("{} is no place for a password: file:PATH, secretsmanager:NAME or ssm:NAME.", place));
  return Place{*found->second, place.substr(colon + 1)};
}

base::Result<std::optional<pg_run::Held>> Stores::read(const pg_run::Slot& slot, Stage stage) {
  const Place place = TRY(place_of(slot.place));
  const std::optional<json::Object> document = TRY(place.backend.read(place.name, stage));
  return document ? held_in(*document, slot) : std::nullopt;
}

base::Result<std::optional<pg_run::Held>> Stores::current(const pg_run::Slot& slot) {
  return read(slot, Stage::kCurrent);
}
base::Result<std::optional<pg_run::Held>> Stores::pending(const pg_run::Slot& slot) {
  return read(slot, Stage::kPending);
}

base::Result<void> Stores::put_pending(const pg_run::Slot& slot, const pg_run::Held& held) {
  const Place place = TRY(place_of(slot.place));
  const auto found = pending_.find(slot.place);
  json::Object base = found != pending_.end()
                          ? found->second
                          : TRY(place.backend.read(place.name, Stage::kCurrent)).value_or(json::Object());
  json::Object document = with(std::move(base), slot, held);
  TRY(place.backend.write_pending(place.name, document));
  pending_.insert_or_assign(slot.place, std::move(document));
  return {};
}

base::Result<void> Stores::publish(const pg_run::Slot& slot, const pg_run::Held& held) {
  const Place place = TRY(place_of(slot.place));
  const std::optional<json::Object> current = TRY(place.backend.read(place.name, Stage::kCurrent));
  const std::optional<json::Object> pending = TRY(place.backend.read(place.name, Stage::kPending));
  const json::Object wanted = with(current.value_or(json::Object()), slot, held);
  if (current && *current == wanted) {  // a run was killed between the two steps of its publishing
    if (pending && *pending == wanted) TRY(place.backend.drop_pending(place.name));
    return {};
  }
  return place.backend.publish(place.name, wanted, pending && *pending == wanted);
}

}  // namespace pg_secrets
