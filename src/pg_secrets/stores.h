// Where generated passwords go: pg_run::SecretStore over files, Secrets Manager and Systems Manager parameters, chosen
// by the word before the colon of the place ("file:PATH", "secretsmanager:NAME", "ssm:NAME").
// docs/operate/databases.md.
//
//   file            PATH, and while something is pending PATH.pending; both JSON, mode 600, each replaced as a whole.
//   secretsmanager  one secret; the stages AWSCURRENT and AWSPENDING. One that is not there is made.
//   ssm             the parameter NAME, and NAME.pending while something is pending; both SecureString.
//
//   Threads   one.
//   Errors    kInvalid (no such kind of place, a document that is none), kForbidden (a file that others may read),
//             kUnavailable (disk, AWS). No message has anything of a document.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "json/value.h"
#include "pg_run/run.h"

namespace pg_secrets {

// One call of AWS: service and operation as botocore names them. The answer, or nothing where the thing is not there.
using CallAws = std::function<base::Result<std::optional<json::Value>>(
    const std::string& service, const std::string& operation, json::Object input)>;

enum class Stage { kCurrent, kPending };

// What one kind of place does with documents.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual base::Result<std::optional<json::Object>> read(const std::string& name, Stage stage) = 0;
  virtual base::Result<void> write_pending(const std::string& name, const json::Object& document) = 0;
  // `document` is current from now on; `is_pending`: it is what is pending, too, and nothing is pending then.
  virtual base::Result<void> publish(const std::string& name, const json::Object& document, bool is_pending) = 0;
  // What is still pending after a part of it was published.
  virtual base::Result<void> drop_pending(const std::string& name) = 0;
};

std::unique_ptr<Backend> files();
std::unique_ptr<Backend> secrets_manager(CallAws call);
std::unique_ptr<Backend> parameters(CallAws call);

class Stores final : public pg_run::SecretStore {
 public:
  explicit Stores(CallAws call);

  base::Result<std::optional<pg_run::Held>> current(const pg_run::Slot& slot) override;
  base::Result<std::optional<pg_run::Held>> pending(const pg_run::Slot& slot) override;
  base::Result<void> put_pending(const pg_run::Slot& slot, const pg_run::Held& held) override;
  base::Result<void> publish(const pg_run::Slot& slot, const pg_run::Held& held) override;

 private:
  struct Place {
    Backend& backend;
    std::string name;
  };
  base::Result<Place> place_of(const std::string& place);
  base::Result<std::optional<pg_run::Held>> read(const pg_run::Slot& slot, Stage stage);

  std::map<std::string, std::unique_ptr<Backend>, std::less<>> backends_;
  // What this run made pending, by place: a document's other pending entries are left over from runs that were killed.
  std::map<std::string, json::Object, std::less<>> pending_;
};

}  // namespace pg_secrets
