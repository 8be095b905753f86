// What a plan needs of a second call: a URL presigned for another region, and the address of a service's cell.
//
// Source: botocore 1.44.8, handlers.py (inject_presigned_url_ec2 and _rds) and discovery.py; Amazon Timestream
// Developer Guide, "The endpoint discovery pattern".

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "aws/failures.h"
#include "aws/state.h"
#include "base/text.h"

namespace aws {

namespace {

using Kind = Failure::Kind;

constexpr std::chrono::seconds kCrossRegionUrlHolds{3600};
constexpr std::int64_t kCellHoldsMax_min = 24 * 60;

// A member of a form, as "Name=value"; empty: it has none of this name.
std::string form_member(std::string_view form, std::string_view name) {
  const std::string wanted = fmt::format("{}=", name);
  for (std::size_t at = 0; at < form.size();) {
    const std::size_t end = std::min(form.find('&', at), form.size());
    const std::string_view one = form.substr(at, end - at);
    if (one.starts_with(wanted)) return std::string(one);
    at = end + 1;
  }
  return {};
}

void remove_form_member(std::string& form, std::string_view name) {
  const std::string member = form_member(form, name);
  if (member.empty()) return;
  const std::size_t at = form.starts_with(member) ? 0 : form.find("&" + member);
  form.erase(at, member.size() + 1);
}

bool is_authority(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':';
  });
}

}  // namespace

void move_form_into_query(Plan& plan) {
  if (plan.book.service.protocols.empty()) return;
  const aws_model::Protocol protocol = plan.book.service.protocols.front();
  if (protocol != aws_model::Protocol::kQuery && protocol != aws_model::Protocol::kEc2) return;
  plan.request.method = "GET";
  plan.request.query = std::exchange(plan.request.body, {});
  net::Headers kept;
  for (const net::Header& header : plan.request.headers.all()) {
    if (!base::equal_ignoring_case(header.name, "Content-Type")) kept.add(header.name, header.value);
  }
  plan.request.headers = std::move(kept);
  plan.payload_hash = sigv4::kEmptyPayloadHash;
}

Result<void> ClientState::add_cross_region_url(const Call& call, Plan& plan, Purpose purpose) {
  const std::string_view member = plan.notes.cross_region_url;
  const json::Value* source = plan.input.if_contains("SourceRegion");
  if (plan.custom.presigned || source == nullptr || !source->is_string()) return {};
  std::string& body = plan.request.body;
  const bool is_ec2 = plan.book.service.name == "ec2";
  if (!is_ec2) remove_form_member(body, "SourceRegion");
  if (plan.input.if_contains(member) == nullptr) {
    const std::string here = fmt::format("DestinationRegion={}", base::percent_encode(plan.auth.signing_region));
    Call elsewhere = call;
    elsewhere.input = plan.input;
    elsewhere.region = std::string(json::view(source->get_string()));
    std::unique_ptr<Plan> other = TRY(planner().plan(elsewhere, Purpose::kPresign));
    if (!is_ec2) remove_form_member(other->request.body, "SourceRegion");
    remove_form_member(other->request.body, "DestinationRegion");
    other->request.body += "&" + here;
    move_form_into_query(*other);
    const Signing signed_by = TRY(signing(call.deadline));
    const std::string url = TRY(presigned_url(*other, *signed_by.signer, now(plan.book), kCrossRegionUrlHolds));
    // The URL is a secret as long as it holds.
    const std::string shown = purpose == Purpose::kShow ? std::string(kMask) : base::percent_encode(url);
    body += fmt::format("&{}={}", member, shown);
    if (is_ec2) {
      remove_form_member(body, "DestinationRegion");
      body += "&" + here;
    }
  }
  plan.payload_hash = sigv4::payload_hash(body);
  return {};
}

std::optional<Cell> cell_in(const json::Value& output) {
  const json::Object* answer = output.if_object();
  const json::Value* endpoints = answer == nullptr ? nullptr : answer->if_contains("Endpoints");
  const json::Array* list = endpoints == nullptr ? nullptr : endpoints->if_array();
  const json::Object* first = list == nullptr || list->empty() ? nullptr : list->front().if_object();
  const json::Value* address = first == nullptr ? nullptr : first->if_contains("Address");
  if (address == nullptr || !address->is_string() || !is_authority(json::view(address->get_string())))
    return std::nullopt;
  Cell cell;
  cell.address = json::view(address->get_string());
  const json::Value* minutes = first->if_contains("CachePeriodInMinutes");
  if (minutes != nullptr && minutes->is_int64())
    cell.holds = std::chrono::minutes(std::clamp<std::int64_t>(minutes->get_int64(), 1, kCellHoldsMax_min));
  return cell;
}

// Timestream's cells: DescribeEndpoints says where the caller's is, and for how long.
Result<void> ClientState::move_to_cell(const Call& call, Plan& plan) {
  std::string address = plan.book.cell_of(plan.region, surroundings.clock.now());
  if (address.empty()) {
    const auto describes =
        std::ranges::find_if(plan.book.service.operations, &aws_model::Operation::endpoint_operation);
    if (describes == plan.book.service.operations.end()) return {};
    Call asked;
    asked.service = call.service;
    asked.operation = describes->name;
    asked.region = plan.region;
    asked.deadline = call.deadline;
    asked.cancelled = call.cancelled;
    const Answer answer = TRY(this->call(asked));
    std::optional<Cell> cell = cell_in(answer.output);
    if (!cell) {
      return refuse(Kind::kTransport, "EndpointDiscovery",
                    fmt::format("{} did not say where its operations are.", plan.book.service.name));
    }
    address = std::move(cell->address);
    plan.book.remember_cell(plan.region, address, surroundings.clock.now() + cell->holds);
  }
  plan.in_cell = true;
  plan.origin = fmt::format("{}://{}", plan.tls ? "https" : "http", address);
  plan.request.headers.set("Host", address);
  return {};
}

}  // namespace aws
