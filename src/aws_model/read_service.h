// read_service of library.h, with the names of the files for what is wrong in them.

#pragma once

#include <memory>
#include <string_view>

#include "aws_model/model.h"
#include "base/result.h"
#include "json/value.h"

namespace aws_model {

struct Source {
  const json::Value& value;  // null: there is no such file
  std::string_view file;
};

base::Result<std::shared_ptr<const Service>> read_service(std::string_view name, const Source& model,
                                                          const Source& paginators, const Source& waiters);

}  // namespace aws_model
