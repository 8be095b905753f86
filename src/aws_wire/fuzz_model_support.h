// The service that the fuzz targets of this folder decode for: a recursive structure with a member of every type, lists
// and maps of both kinds, a union and a document. Read once.

#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "aws_model/library.h"
#include "base/check.h"
#include "json/parse.h"

namespace aws_wire {

inline std::shared_ptr<const aws_model::Service> fuzz_service(std::string_view protocol) {
  std::string text = R"({
    "metadata": {"apiVersion": "1", "endpointPrefix": "x", "serviceId": "X", "protocol": "PROTOCOL",
                 "jsonVersion": "1.1", "targetPrefix": "X"},
    "operations": {"Do": {"name": "Do", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "All"},
                          "output": {"shape": "All"}, "errors": [{"shape": "Broken"}]}},
    "shapes": {
      "All": {"type": "structure", "members": {
        "String": {"shape": "String"}, "Boolean": {"shape": "Boolean"}, "Integer": {"shape": "Integer"},
        "Long": {"shape": "Long"}, "Float": {"shape": "Float"}, "Double": {"shape": "Double"}, "Blob": {"shape": "Blob"},
        "Time": {"shape": "Time"}, "List": {"shape": "List"}, "Sparse": {"shape": "Sparse"}, "Map": {"shape": "Map"},
        "Union": {"shape": "Union"}, "Document": {"shape": "Document"}, "All": {"shape": "All"}DOCUMENTS}},
      "Broken": {"type": "structure", "exception": true, "members": {"Message": {"shape": "String"},
        "Secret": {"shape": "Secret"}, "All": {"shape": "All"}}},
      "List": {"type": "list", "member": {"shape": "All"}},
      "Sparse": {"type": "list", "sparse": true, "member": {"shape": "Time"}},
      "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Double"}},
      "Union": {"type": "structure", "union": true, "members": {"A": {"shape": "String"}, "B": {"shape": "All"}}},
      "Document": {"type": "structure", "document": true, "members": {}},
      "Secret": {"type": "string", "sensitive": true},
      "String": {"type": "string"}, "Boolean": {"type": "boolean"}, "Integer": {"type": "integer"},
      "Long": {"type": "long"}, "Float": {"type": "float"}, "Double": {"type": "double"}, "Blob": {"type": "blob"},
      "Time": {"type": "timestamp"}}})";
  const auto put = [&](std::string_view from, std::string_view to) { text.replace(text.find(from), from.size(), to); };
  put("PROTOCOL", protocol);
  put("DOCUMENTS", protocol == "rest-json" ? R"(,
        "Header": {"shape": "String", "location": "header", "locationName": "x-header"},
        "Times": {"shape": "Sparse", "location": "header", "locationName": "x-times"},
        "Json": {"shape": "String", "jsonvalue": true, "location": "header", "locationName": "x-json"})"
                                           : "");
  auto model = json::parse(text);
  CHECK(model.has_value(), "the fuzz target's model is JSON");
  auto service = aws_model::read_service("x", *model, {}, {});
  CHECK(service.has_value(), "the fuzz target's model is one");
  return *service;
}

}  // namespace aws_wire
