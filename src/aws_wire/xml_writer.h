// XML requests: elements, attributes and text, escaped so that what arrives is what was given (line ends and control
// characters by number: a parser would turn a carriage return into a line feed). Pure; not shared between threads.
//
// Source: XML 1.0 sections 2.4 and 2.11; Smithy 2.0, "XML binding traits".

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "aws_model/model.h"

namespace aws_wire::xml {

class Writer {
 public:
  // The tag stays open for attributes until text, a child or the end comes.
  void begin(std::string_view name);
  void namespace_of(const aws_model::XmlNamespace& xml_namespace);  // empty: none
  void attribute(std::string_view name, std::string_view value);
  void text(std::string_view value);
  void end(std::string_view name);

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void close_tag();

  std::string out_;
  bool tag_open_ = false;
};

}  // namespace aws_wire::xml
