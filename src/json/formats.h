// The forms of text that the API and the stored items share: node ids, UUIDs, AWS account ids, role names.

#pragma once

#include "json/describe.h"

namespace json {

extern const Format kUuidFormat;
extern const Format kUserIdFormat;
extern const Format kWorkspaceIdFormat;
extern const Format kTeamIdFormat;
extern const Format kAwsAccountIdFormat;  // AWS Account Management Reference Guide: 12 digits
extern const Format
    kIamRoleNameFormat;  // IAM User Guide, "IAM and AWS STS quotas": 1 to 64 of A-Z a-z 0-9 + = , . @ _ -

}  // namespace json
