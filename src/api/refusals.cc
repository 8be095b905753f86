#include "api/refusals.h"

#include "json/encode.h"

namespace api {
namespace {

constexpr std::chrono::seconds kNoteWithin{5};

struct Details {
  static constexpr std::string_view kTypeName = "RefusalDetails";
  std::string method, path, reason;
  bool hidden = false;
  template <class V>
  static void describe(V& field) {
    field("method", &Details::method);
    field("path", &Details::path);
    field("reason", &Details::reason);
    field("hidden", &Details::hidden);
  }
};

std::string_view type_of(std::string_view route) {
  if (route.starts_with("/compute-nodes/")) return "compute-node";
  if (route.starts_with("/accounts/")) return "account";
  return route.starts_with("/operations/") ? "operation" : "request";
}

}  // namespace

std::function<void(const http::Refusal&)> note_refusals(const audit::Trail& trail, base::Logger& log) {
  return [&trail, &log](const http::Refusal& refusal) {
    const Details details{std::string(refusal.method), std::string(refusal.route), std::string(refusal.reason),
                          refusal.is_hidden};
    const base::Result<void> noted = trail.note({refusal.user_id, refusal.request_id},
                                                {audit::kRefused, type_of(refusal.route), refusal.target_id, {}},
                                                json::encode(details), base::Deadline::after(kNoteWithin));
    if (!noted) log.error("a refused request could not be noted in the audit trail", noted.error());
  };
}

}  // namespace api
