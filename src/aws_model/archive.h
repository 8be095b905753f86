// The archive that tools/pack-models makes. Each service can be read without any other.
//
//   archive    := "STWMODL1"  index_bytes:u64le  index  body
//   index      := a zstd frame of lines, whose fields are divided by tabs
//   source     NAME                                             what was packed: the wheel's file name
//   dictionary service|rules  OFFSET SIZE                       a zstd dictionary, as it is
//   partitions OFFSET SIZE                                      botocore's partitions.json
//   service    NAME VERSION SERVICE_ID FULL_NAME  OFFSET SIZE  OFFSET SIZE
//
// OFFSETs count from where the body begins. A service's first frame, made with the dictionary "service", is three lines
// of JSON: service-2, paginators-1 and waiters-2 ("null" where there is none), without prose and with the sdk-extras
// laid over. Its second, and that of the partitions, made with the dictionary "rules", is one line: the endpoint rule
// set ("null" where there is none). Every frame has its checksum. A changed form is a new magic.
//
//   Threads   any; an Archive never changes once it is open.
//   Owner     the bytes are the caller's, and outlive the archive.
//   Errors    kCorrupt (which part).

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aws_model {

// The archive that is linked into this program.
std::string_view linked_archive();

class Archive {
 public:
  struct Frame {
    std::uint64_t offset = 0, size = 0;
  };
  struct Packed {
    std::string_view name, version, service_id, full_name;
    Frame service, rules;
  };

  static base::Result<std::unique_ptr<Archive>> open(std::string_view bytes);
  ~Archive();

  [[nodiscard]] std::string_view source() const { return source_; }
  [[nodiscard]] const std::vector<Packed>& services() const { return services_; }  // sorted by name
  [[nodiscard]] base::Result<std::string> service(const Packed& packed) const;
  [[nodiscard]] base::Result<std::string> rules(const Packed& packed) const;
  [[nodiscard]] base::Result<std::string> partitions() const;

 private:
  struct Dictionary;
  Archive();
  base::Result<void> read_index(std::string_view lines);
  base::Result<void> read_line(const std::vector<std::string_view>& fields);
  [[nodiscard]] base::Result<std::string> unpack(const Dictionary& dictionary, Frame frame,
                                                 std::string_view what) const;

  std::string index_;  // the names are views of it
  std::string_view body_, source_;
  std::vector<Packed> services_;
  Frame partitions_;
  std::unique_ptr<Dictionary> service_dictionary_, rules_dictionary_;
};

}  // namespace aws_model
