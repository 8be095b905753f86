#include "audit/import_notes.h"

#include "audit/diff.h"
#include "json/encode.h"

namespace audit {

std::string import_begun(std::string_view document) {
  json::Object details{{"stage", "begun"}};
  for (const auto& member : digest_of(document)) details[member.key()] = member.value();
  return json::encode(details);
}

std::string import_done(std::string_view report) {
  std::string details = R"({"stage":"done","report":)";
  details.append(report).push_back('}');
  return details;
}

std::string import_failed(const base::Error& error) {
  return json::encode(json::Object{{"stage", "failed"}, {"reason", error.message}});
}

}  // namespace audit
