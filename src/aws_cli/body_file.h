// Bodies in files: one that is sent (--body), and one that arrives (--output-body).
//
// What arrives is written to a nameless file of the same folder, and gets its name when all of it is there: a call that
// fails, is cut off or killed leaves under that name what was there before. Where the file system has no nameless
// files, a name of our own is used meanwhile, and removed on failure. What is no regular file (a pipe, /dev/null) is
// written to as it is. A symbolic link stays one; an existing file's mode is kept.
//
//   Threads   one.
//   Errors    kInvalid (no such file or folder, not allowed), kUnavailable (the disk is full; a file that changed while
//             it was sent).

#pragma once

#include <memory>
#include <string>

#include "base/entropy.h"
#include "base/result.h"
#include "net/http_client.h"

namespace aws_cli {

base::Result<std::unique_ptr<net::BodySource>> open_source(const std::string& name);

class OutputFile final : public net::BodySink {
 public:
  static base::Result<std::unique_ptr<OutputFile>> create(const std::string& name, base::Entropy& entropy);
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  base::Result<void> write(std::string_view bytes) override;
  // All has arrived: the file gets its name.
  base::Result<void> keep();

 private:
  OutputFile() = default;
  void open_in_place();
  void open_beside(std::string temporary);
  [[nodiscard]] std::string not_written() const;  // and why, of errno

  std::string target_, temporary_;
  int descriptor_ = -1;
  bool in_place_ = false;
};

}  // namespace aws_cli
