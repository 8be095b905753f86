#include "aws/plan.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "aws/failures.h"
#include "aws_endpoint/endpoint.h"
#include "base/ids.h"
#include "base/text.h"

namespace aws {

namespace {

using Kind = Failure::Kind;

// One call on its way to a plan; the steps in their order.
class Planning {
 public:
  Planning(const Planner& planner, const Call& call, Purpose purpose, std::unique_ptr<Plan> plan)
      : planner_(planner), call_(call), purpose_(purpose), plan_(std::move(plan)) {}

  Result<std::unique_ptr<Plan>> run(const std::string& region_found);

 private:
  Result<void> take_input();
  Result<void> check_input();
  Result<void> choose_region(const std::string& region_found);
  Result<aws_endpoint::BuiltIns> built_ins();
  Result<std::shared_ptr<const aws_endpoint::Endpoint>> find_endpoint();
  Result<void> encode();
  Result<void> address(const aws_endpoint::Endpoint& endpoint);
  [[nodiscard]] std::string endpoint_url() const { return call_.endpoint_url.value_or(settings().endpoint_url); }
  [[nodiscard]] const aws_config::Settings& settings() const { return plan_->book.settings; }

  const Planner& planner_;
  const Call& call_;
  Purpose purpose_;
  std::unique_ptr<Plan> plan_;
};

Result<void> Planning::take_input() {
  if (call_.input.is_object()) {
    plan_->input = call_.input.get_object();
  } else if (!call_.input.is_null()) {
    return tl::unexpected(failure_of(Problems{{"", "must be an object"}}));
  }
  return {};
}

Result<void> Planning::check_input() {
  Problems problems;
  for (const Rule* rule : plan_->notes.rules) {
    if (rule->input != nullptr) rule->input(plan_->custom, plan_->input, problems);
  }
  const std::string_view mode = plan_->operation.checksum.request_validation_mode_member;
  if (!mode.empty() && purpose_ != Purpose::kPresign && settings().response_checksum_validation == "when_supported" &&
      plan_->input.if_contains(mode) == nullptr)
    plan_->input[mode] = "ENABLED";
  json::Value filled = aws_wire::with_tokens(plan_->operation, std::move(plan_->input),
                                             [this] { return base::new_uuid(planner_.surroundings.entropy); });
  plan_->input = std::move(filled.get_object());
  aws_wire::CheckOptions options;
  options.unknown_enumeration_allowed = call_.unknown_enumeration_allowed;
  options.body_given = call_.body != nullptr;
  Problems found = aws_wire::check(plan_->operation, plan_->input, options);
  problems.insert(problems.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  if (!problems.empty()) return tl::unexpected(failure_of(std::move(problems)));
  return {};
}

Result<void> Planning::choose_region(const std::string& region_found) {
  const aws_model::Service& service = plan_->book.service;
  if (service.name == "s3") {
    const json::Value* bucket = plan_->input.if_contains("Bucket");
    if (bucket != nullptr && bucket->is_string() && !json::view(bucket->get_string()).starts_with("arn:"))
      plan_->bucket = json::view(bucket->get_string());
  }
  plan_->region = call_.region.value_or(settings().region);
  if (!region_found.empty()) {
    plan_->region = region_found;
  } else if (!plan_->bucket.empty()) {
    if (std::string known = plan_->book.region_of(plan_->bucket); !known.empty()) plan_->region = std::move(known);
  }
  if (!plan_->region.empty()) return {};
  // Services that are one for the whole world, but for STS, whose global endpoint is of the past.
  if (!service.global_endpoint.empty() && service.name != "sts") {
    plan_->region = "aws-global";
    return {};
  }
  return refuse(Kind::kConfiguration, "NoRegion",
                "No region is given: set AWS_REGION, or region in the profile, or name one with the call.");
}

Result<aws_endpoint::BuiltIns> Planning::built_ins() {
  const aws_config::Settings& from = settings();
  aws_endpoint::BuiltIns made;
  made.region = plan_->region;
  made.endpoint_url = plan_->custom.url.empty() ? endpoint_url() : plan_->custom.url;
  made.account_id_endpoint_mode = from.account_id_endpoint_mode;
  made.fips = from.fips;
  made.dual_stack = from.dual_stack;
  made.s3_accelerate = from.s3_use_accelerate;
  made.s3_arn_region = from.s3_use_arn_region;
  made.s3_disable_multi_region = from.s3_disable_multi_region;
  made.s3_path_style = from.s3_addressing_style == "path";
  made.s3_virtual_style = from.s3_addressing_style == "virtual";
  made.s3_no_express_session = from.s3_no_express_session;
  plan_->endpoint_given = !made.endpoint_url.empty();
  made.s3_global_endpoint = !from.s3_us_east_1_regional && plan_->region == "us-east-1";
  made.sts_global_endpoint = from.sts_regional_endpoints == "legacy";
  const bool asks_account = plan_->book.rules->knows("AccountId") && from.account_id_endpoint_mode != "disabled";
  if (asks_account && call_.sign && planner_.credentials != nullptr && made.endpoint_url.empty()) {
    const std::shared_ptr<const Credentials> credentials = TRY(planner_.credentials->get(call_.deadline));
    made.account_id = credentials->account_id;
  }
  return made;
}

Result<std::shared_ptr<const aws_endpoint::Endpoint>> Planning::find_endpoint() {
  aws_endpoint::BuiltIns asked = TRY(built_ins());
  for (const Rule* rule : plan_->notes.rules) {
    if (rule->endpoint != nullptr) rule->endpoint(plan_->custom, plan_->input, asked);
  }
  const aws_endpoint::Parameters parameters = TRY(
      lift(aws_endpoint::parameters_of(plan_->book.service, plan_->operation, plan_->input, asked, *plan_->book.rules),
           Kind::kInput, "EndpointResolution"));
  return plan_->book.endpoint(parameters);
}

Result<void> Planning::encode() {
  const aws_model::Shape* shape = plan_->operation.input;
  const bool mask = purpose_ == Purpose::kShow && shape != nullptr;
  const json::Value input = mask ? masked(*shape, plan_->input) : json::Value(plan_->input);
  plan_->request =
      TRY(lift(aws_wire::encode(plan_->book.service, plan_->operation, input), Kind::kInput, "CannotBeEncoded"));
  plan_->custom.body = call_.body;
  if (call_.body != nullptr) {
    plan_->request.body_streams = true;
    plan_->request.body.clear();
    plan_->source = call_.body;
  }
  for (const Rule* rule : plan_->notes.rules) {
    if (rule->request != nullptr) TRY(rule->request(plan_->custom, plan_->input, plan_->request));
  }
  return {};
}

bool is_address_or_local(std::string_view host) {
  return host == "localhost" || host.starts_with('[') ||
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string_view without_default_port(std::string_view authority, bool tls) {
  const std::string_view port = tls ? ":443" : ":80";
  return authority.ends_with(port) && !authority.starts_with('[') ? authority.substr(0, authority.size() - port.size())
                                                                  : authority;
}

// Where the endpoint's URL and the operation's path meet.
Result<void> Planning::address(const aws_endpoint::Endpoint& endpoint) {
  const std::string_view url = endpoint.url;
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos)
    return refuse(Kind::kConfiguration, "EndpointResolution", "The endpoint is not a URL: " + endpoint.url);
  plan_->tls = base::equal_ignoring_case(url.substr(0, colon), "https");
  const std::size_t slash = std::min(url.find('/', colon + 3), url.size());
  std::string_view authority = url.substr(colon + 3, slash - colon - 3);
  std::string_view base_path = url.substr(slash);
  while (base_path.ends_with('/')) base_path.remove_suffix(1);
  authority = without_default_port(authority, plan_->tls);
  const std::string_view host = authority.substr(0, authority.find(':'));
  // A prefix of an address is no name.
  std::string whole = is_address_or_local(host) ? std::string() : plan_->request.host_prefix;
  whole += authority;
  plan_->origin = fmt::format("{}://{}", url.substr(0, colon), whole);
  std::string& path = plan_->request.path;
  path.insert(0, base_path);
  if (!path.starts_with('/')) path.insert(0, "/");
  net::Headers headers;
  headers.add("Host", whole);
  for (const auto& [name, value] : endpoint.headers) headers.add(name, value);
  for (const net::Header& header : plan_->request.headers.all()) {
    // The length is the HTTP client's business, even where the model has a member for it.
    if (!base::equal_ignoring_case(header.name, "Content-Length")) headers.add(header.name, header.value);
  }
  plan_->request.headers = std::move(headers);
  std::string_view bare = whole;
  int port = plan_->tls ? 443 : 80;
  const std::size_t port_at = bare.rfind(':');
  if (port_at != std::string_view::npos && bare.find(']', port_at) == std::string_view::npos) {
    std::from_chars(bare.data() + port_at + 1, bare.data() + bare.size(), port);
    bare = bare.substr(0, port_at);
  }
  plan_->proxy = aws_config::proxy_for(planner_.config.environment(), plan_->tls ? "https" : "http", bare, port);
  return {};
}

Result<std::unique_ptr<Plan>> Planning::run(const std::string& region_found) {
  plan_->custom.presigned = purpose_ == Purpose::kPresign;
  plan_->endpoint_url = call_.endpoint_url;
  TRY(take_input());
  TRY(check_input());
  TRY(choose_region(region_found));
  TRY(encode());
  const std::shared_ptr<const aws_endpoint::Endpoint> endpoint = TRY(find_endpoint());
  plan_->auth = TRY(choose_auth(*plan_, *endpoint, call_, planner_.config));
  TRY(address(*endpoint));
  TRY(prepare_body(*plan_, purpose_));
  return std::move(plan_);
}

}  // namespace

std::string Plan::url() const {
  return request.query.empty() ? fmt::format("{}{}", origin, request.path)
                               : fmt::format("{}{}?{}", origin, request.path, request.query);
}

Result<std::unique_ptr<Plan>> Planner::plan(const Call& call, Purpose purpose, const std::string& region_found) const {
  Book* book = TRY(shelf.book(call.service));
  const aws_model::Operation* operation =
      TRY(lift(aws_model::find_operation(book->service, call.operation), Kind::kInput, "UnknownOperation"));
  auto plan = std::make_unique<Plan>(*book, *operation, book->notes(*operation), config.environment());
  return Planning(*this, call, purpose, std::move(plan)).run(region_found);
}

json::Value masked(const aws_model::Shape& shape, const json::Value& value) {
  if (shape.sensitive && !value.is_structured() && !value.is_null())
    return shape.type == aws_model::Type::kBlob ? json::Value("Kioq") : json::Value(kMask);  // base64 of the mask
  if (const json::Object* object = value.if_object()) {
    json::Object made;
    for (const auto& [name, item] : *object) {
      const aws_model::Member* member =
          shape.type == aws_model::Type::kMap ? shape.element : shape.find(std::string_view(name.data(), name.size()));
      made[name] = member != nullptr ? masked(*member->shape, item) : item;
    }
    return made;
  }
  if (const json::Array* array = value.if_array(); array != nullptr && shape.element != nullptr) {
    json::Array made;
    for (const json::Value& item : *array) made.push_back(masked(*shape.element->shape, item));
    return made;
  }
  return value;
}

}  // namespace aws
