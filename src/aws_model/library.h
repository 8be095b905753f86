// Where service models come from: a directory in botocore's layout (service/version/service-2.json or .json.gz, with
// paginators-1, waiters-2 and endpoint-rule-set-1 beside it; the newest version of a service is taken), and the archive
// that is packed into the program. What the directory has comes first, file by file.
//
// A service costs nothing until it is asked for; then it is read once and kept for as long as the library lives, as is
// the error where it could not be read. Several services may be read at once.
//
// For each kind of file the directory's newest version that has it is taken, and the archive's file where there is
// none; paginators and waiters of operations that the model does not have are left out.
//
//   Threads   any.
//   Errors    kNotFound (no such service, operation or directory; the message names those that are meant), kInvalid (a
//             file of the directory is no model: which, and where in it), kCorrupt (the archive is damaged).
//   Limits    limits::kModelFileBytesMax, limits::kModelDepthMax.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws_model/model.h"
#include "base/result.h"
#include "json/value.h"

namespace aws_model {

// `service_id` and `full_name` are the archive's; empty for a service that only the directory has: service() knows
// them.
struct Entry {
  std::string name, version, service_id, full_name;
};

class Library {
 public:
  // `directory` empty: the archive alone.
  static base::Result<std::unique_ptr<Library>> open(const std::string& directory = {});
  virtual ~Library() = default;

  [[nodiscard]] virtual const std::vector<Entry>& services() const = 0;  // sorted by name
  // The pointers live as long as the library.
  virtual base::Result<const Service*> service(std::string_view name) = 0;
  // The endpoint rule set as botocore has it, null where the service has none; and the partitions of AWS, the same for
  // every service.
  virtual base::Result<const json::Value*> endpoint_rules(std::string_view service) = 0;
  virtual base::Result<const json::Value*> partitions() = 0;
};

// The operation of this name, in either form. Errors: kNotFound, with those that are meant.
base::Result<const Operation*> find_operation(const Service& service, std::string_view name);

// One service out of JSON values, as the library makes them; for tests of codecs. Null: the service has none.
base::Result<std::shared_ptr<const Service>> read_service(std::string_view name, const json::Value& model,
                                                          const json::Value& paginators, const json::Value& waiters);

}  // namespace aws_model
