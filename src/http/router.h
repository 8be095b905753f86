// From method and path to endpoint. Paths are matched segment by segment, percent-decoded; a literal segment wins over
// a parameter. The same routes are served below each base path. Filled before the server starts, then read by any
// thread.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/endpoint.h"

namespace http {

struct Match {
  const Endpoint* endpoint = nullptr;  // nullptr: no such path, or the path does not know the method
  std::string_view base_path;          // of those that the router was made with
  std::vector<std::pair<std::string_view, std::string>> parameters;  // name, decoded text (not yet checked)
  std::vector<std::string_view>
      allowed;  // methods of the path, where it exists: for 405, OPTIONS (HEAD where GET is, OPTIONS always)
};

class Router {
 public:
  explicit Router(std::vector<std::string> base_paths);
  ~Router();
  void add(Endpoint endpoint);  // CHECKed: the method and path are not taken, parameters match the path
  // A second path to the same endpoint ("/platform-accounts/{type}"), shown in the document as its own.
  [[nodiscard]] Match match(std::string_view method, std::string_view path) const;
  [[nodiscard]] const std::vector<std::unique_ptr<Endpoint>>& endpoints() const { return endpoints_; }

 private:
  struct Node;
  std::vector<std::string> base_paths_;
  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;  // stable addresses
};

}  // namespace http
