// Services, operations and shapes as text for people: what `stewardry aws` lists, and what --help says. Made of the
// models alone, which carry no prose. A structure is written out where it comes first, and named where it comes again,
// so that recursion ends and a page stays as long as the model. Pure; any thread.

#pragma once

#include <string>
#include <vector>

#include "aws_model/library.h"
#include "aws_model/model.h"

namespace aws_cli {

std::string services_text(const std::vector<aws_model::Entry>& services);
std::string operations_text(const aws_model::Service& service);  // a line each: "get-item  GetItem"
std::string service_help(const aws_model::Service& service);
std::string operation_help(const aws_model::Service& service, const aws_model::Operation& operation);

}  // namespace aws_cli
