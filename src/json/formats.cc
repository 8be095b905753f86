#include "json/formats.h"

#include <algorithm>

#include "base/ids.h"

namespace json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_aws_account_id(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), is_digit);
}
bool is_iam_role_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_letter(c) || std::string_view("+=,.@_-").find(c) != std::string_view::npos;
  });
}

}  // namespace

#define STEWARDRY_HEX "[0-9a-fA-F]"
#define STEWARDRY_UUID \
  STEWARDRY_HEX "{8}-" STEWARDRY_HEX "{4}-" STEWARDRY_HEX "{4}-" STEWARDRY_HEX "{4}-" STEWARDRY_HEX "{12}"

const Format kUuidFormat{"uuid", "^" STEWARDRY_UUID "$",
                         [](std::string_view text) { return base::parse_uuid(text).has_value(); },
                         "a UUID, such as 6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10"};
const Format kUserIdFormat{"user-id", "^N:user:" STEWARDRY_UUID "$",
                           [](std::string_view text) { return base::parse_id(base::IdKind::kUser, text).has_value(); },
                           "a user id, N:user:<uuid>"};
const Format kWorkspaceIdFormat{
    "workspace-id", "^N:organization:" STEWARDRY_UUID "$",
    [](std::string_view text) { return base::parse_id(base::IdKind::kWorkspace, text).has_value(); },
    "a workspace id, N:organization:<uuid>"};
const Format kTeamIdFormat{"team-id", "^N:team:" STEWARDRY_UUID "$",
                           [](std::string_view text) { return base::parse_id(base::IdKind::kTeam, text).has_value(); },
                           "a team id, N:team:<uuid>"};
const Format kAwsAccountIdFormat{"aws-account-id", "^[0-9]{12}$", is_aws_account_id,
                                 "the 12 digits of an AWS account id"};
const Format kIamRoleNameFormat{"iam-role-name", "^[A-Za-z0-9+=,.@_-]{1,64}$", is_iam_role_name,
                                "the name of an IAM role: 1 to 64 of A-Z a-z 0-9 + = , . @ _ - (not its ARN)"};

}  // namespace json
