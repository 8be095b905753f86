// A directory of models in botocore's layout, as somebody gave it: nothing in it is trusted. It is listed once; files
// are read when they are asked for.
//
//   Threads   any; a Directory never changes once it is open.
//   Errors    kNotFound (there is no such directory), kInvalid (a file that is no JSON, too large, cut off, or cannot
//   be
//             read: which, and where in it).

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace aws_model {

class Directory {
 public:
  struct File {
    std::string path;
    json::Value value;
  };

  static base::Result<Directory> open(const std::string& path);

  // Name and newest version of each service that has a service-2, sorted by name.
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& services() const { return services_; }
  // The newest version's file of this kind ("paginators-1"), with its sdk-extras laid over; none where there is none.
  [[nodiscard]] base::Result<std::optional<File>> read(std::string_view service, std::string_view kind) const;
  [[nodiscard]] base::Result<std::optional<File>> partitions() const;

 private:
  std::string path_;
  std::map<std::string, std::vector<std::string>, std::less<>> versions_;  // of each folder, the newest first
  std::map<std::string, std::string, std::less<>> services_;
};

}  // namespace aws_model
