// A tree of segments. A node has children by literal segment, sorted, and at most one child for any other segment,
// which is a parameter; its name belongs to the route, not to the node, so /a/{id} and /a/{uuid}/b go through one node.

#include "http/router.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/text.h"

namespace http {

struct Router::Route {
  const Endpoint* endpoint;
  std::vector<std::string_view> names;  // of the parameters, in the order of the path
};

struct Router::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<Route> routes;  // by method; none: no path ends here
  std::vector<std::string_view> allowed;

  [[nodiscard]] auto place(std::string_view text) {
    return std::lower_bound(literals.begin(), literals.end(), text,
                            [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  }
  Node& literal(std::string_view text) {
    auto at = place(text);
    if (at == literals.end() || at->first != text) at = literals.emplace(at, text, std::make_unique<Node>());
    return *at->second;
  }
};

// The segments of one path, and where the parameters of the way that is being tried are among them.
struct Router::Walk {
  std::array<std::string_view, kPathSegmentsMax> segments;
  std::size_t count = 0;
  std::array<std::size_t, kPathSegmentsMax> captured;
  std::size_t captured_count = 0;
  std::string_view base_path;

  bool split(std::string_view path) {
    count = 0;
    while (!path.empty()) {
      if (count == kPathSegmentsMax) return false;
      path.remove_prefix(1);  // '/'
      const std::size_t end = std::min(path.find('/'), path.size());
      segments[count++] = path.substr(0, end);
      path.remove_prefix(end);
    }
    return count > 0;
  }

  [[nodiscard]] static bool equals(std::string_view segment, std::string_view literal) {
    if (segment.find('%') == std::string_view::npos) return segment == literal;
    return base::percent_decode(segment) == literal;
  }

  const Node* go(const Node& node, std::size_t at) {
    if (at == count) return node.routes.empty() ? nullptr : &node;
    const std::string_view segment = segments[at];
    for (const auto& [literal, child] : node.literals) {
      if (!equals(segment, literal)) continue;
      if (const Node* found = go(*child, at + 1)) return found;
      break;
    }
    if (!node.parameter || segment.empty()) return nullptr;
    const std::size_t mark = captured_count;
    captured[captured_count++] = at;
    const Node* found = go(*node.parameter, at + 1);
    if (found == nullptr) captured_count = mark;
    return found;
  }
};

namespace {

PathParameter read_parameter(std::string_view name, std::string_view segment) {
  PathParameter parameter{name, std::string(segment)};
  if (segment.find('%') != std::string_view::npos) {
    std::optional<std::string> decoded = base::percent_decode(segment);
    parameter.sound = decoded.has_value();
    if (decoded) parameter.text = std::move(*decoded);
  }
  parameter.sound = parameter.sound && parameter.text.find('/') == std::string::npos &&
                    !base::has_control_character(parameter.text) && base::is_utf8(parameter.text);
  return parameter;
}

}  // namespace

Router::Router(std::vector<std::string> base_paths)
    : base_paths_(std::move(base_paths)), root_(std::make_unique<Node>()) {
  for (const std::string& base : base_paths_) {
    CHECK(base.empty() || (base.starts_with('/') && !base.ends_with('/')), "a base path is \"\" or like \"/a/b\"");
  }
  base_paths_.emplace_back();
  std::sort(base_paths_.begin(), base_paths_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  base_paths_.erase(std::unique(base_paths_.begin(), base_paths_.end()), base_paths_.end());
}

Router::~Router() = default;

void Router::add(Endpoint endpoint) {
  endpoints_.push_back(std::make_unique<Endpoint>(std::move(endpoint)));
  const Spec& spec = endpoints_.back()->spec;
  CHECK(spec.path.starts_with('/'), "a path begins with '/'");
  CHECK(spec.name.empty() || std::count_if(endpoints_.begin(), endpoints_.end(),
                                           [&](const auto& each) { return each->spec.name == spec.name; }) == 1,
        "an endpoint has a name of its own, the operationId");
  Walk walk;
  CHECK(walk.split(spec.path), "a path has at most kPathSegmentsMax segments");
  Route route{endpoints_.back().get(), {}};
  Node* node = root_.get();
  for (std::size_t i = 0; i < walk.count; ++i) {
    const std::string_view segment = walk.segments[i];
    if (!segment.starts_with('{')) {
      node = &node->literal(segment);
      continue;
    }
    CHECK(segment.size() > 2 && segment.ends_with('}'), "a parameter is a whole segment, {name}");
    const std::string_view name = segment.substr(1, segment.size() - 2);
    CHECK(std::count_if(spec.parameters.begin(), spec.parameters.end(),
                        [&](const Parameter& each) { return each.name == name; }) == 1,
          "each parameter of a path is described once");
    route.names.push_back(name);
    if (!node->parameter) node->parameter = std::make_unique<Node>();
    node = node->parameter.get();
  }
  CHECK(route.names.size() == spec.parameters.size(), "each parameter that is described is in the path");
  CHECK(std::none_of(node->routes.begin(), node->routes.end(),
                     [&](const Route& each) { return each.endpoint->spec.method == spec.method; }),
        "a method and path are taken once");
  node->routes.push_back(std::move(route));

  std::vector<std::string_view>& allowed = node->allowed;
  for (const std::string_view method :
       {spec.method, spec.method == "GET" ? std::string_view("HEAD") : spec.method, std::string_view("OPTIONS")}) {
    if (std::find(allowed.begin(), allowed.end(), method) == allowed.end()) allowed.push_back(method);
  }
  std::sort(allowed.begin(), allowed.end());
}

const Router::Node* Router::find_node(std::string_view path, Walk& walk) const {
  for (const std::string& base : base_paths_) {
    if (!path.starts_with(base)) continue;
    const std::string_view rest = path.substr(base.size());
    if (!rest.starts_with('/') || !walk.split(rest)) continue;
    walk.captured_count = 0;
    walk.base_path = base;
    if (const Node* node = walk.go(*root_, 0)) return node;
  }
  return nullptr;
}

const Router::Route* Router::route_of(const Node& node, std::string_view method) {
  const Route* get = nullptr;
  for (const Route& route : node.routes) {
    if (route.endpoint->spec.method == method) return &route;
    if (route.endpoint->spec.method == "GET") get = &route;
  }
  return method == "HEAD" ? get : nullptr;
}

Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  Walk walk;
  const Node* node = find_node(path, walk);
  if (node == nullptr) return match;
  match.base_path = walk.base_path;
  match.allowed = node->allowed;
  match.route = node->routes.front().endpoint->spec.path;
  const Route* route = route_of(*node, method);
  if (route == nullptr) return match;
  match.route = route->endpoint->spec.path;
  match.endpoint = route->endpoint;
  match.parameters.reserve(route->names.size());
  for (std::size_t i = 0; i < route->names.size(); ++i) {
    match.parameters.push_back(read_parameter(route->names[i], walk.segments[walk.captured[i]]));
  }
  return match;
}

const Endpoint* Router::find(std::string_view method, std::string_view path) const {
  Walk walk;
  const Node* node = find_node(path, walk);
  const Route* route = node != nullptr ? route_of(*node, method) : nullptr;
  return route != nullptr ? route->endpoint : nullptr;
}

}  // namespace http
