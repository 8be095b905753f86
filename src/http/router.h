// From method and path to endpoint. Paths are matched segment by segment, percent-decoded; a literal segment wins over
// a parameter, and where the literal leads to no path, the parameter is tried. No segment of a parameter is empty, so a
// trailing slash makes another path. The same routes are served at the root and below each base path. Filled before the
// server starts, then read by any thread.
//
//   Limits     kPathSegmentsMax; a longer path is not known.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/endpoint.h"

namespace http {

inline constexpr std::size_t kPathSegmentsMax = 16;

struct Match {
  const Endpoint* endpoint = nullptr;     // nullptr: no such path, or the path does not know the method
  std::string_view route;                 // the template of the path; empty: there is no such path
  std::string_view base_path;             // of those that the router was made with
  std::vector<PathParameter> parameters;  // of the endpoint, not yet checked against their formats
  // Methods of the path, where it exists: for 405 and OPTIONS (HEAD where GET is, OPTIONS always).
  std::span<const std::string_view> allowed;
};

class Router {
 public:
  explicit Router(std::vector<std::string> base_paths = {});
  ~Router();
  // CHECKed: method and path are not taken, nor is the name (the operationId); parameters match the path.
  void add(Endpoint endpoint);
  [[nodiscard]] Match match(std::string_view method, std::string_view path) const;
  // As match, without the parameters: for a quick look.
  [[nodiscard]] const Endpoint* find(std::string_view method, std::string_view path) const;
  // The longest first; the root, "", last.
  [[nodiscard]] const std::vector<std::string>& base_paths() const { return base_paths_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Endpoint>>& endpoints() const { return endpoints_; }

 private:
  struct Node;
  struct Route;
  struct Walk;
  const Node* find_node(std::string_view path, Walk& walk) const;
  static const Route* route_of(const Node& node, std::string_view method);
  std::vector<std::string> base_paths_;  // the longest first, the root last
  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;  // stable addresses
};

}  // namespace http
