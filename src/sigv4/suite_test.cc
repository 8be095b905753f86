// AWS's published examples (testdata/aws_signing_suite.vectors says where they are from): each request must give AWS's
// own canonical request and signature, in both forms.

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "sigv4/canonical.h"
#include "sigv4/sign.h"
#include "sigv4/verify.h"

namespace sigv4 {
namespace {

constexpr base::Time kNow{std::chrono::seconds(1'440'938'160)};  // 2015-08-30T12:36:00Z
constexpr Scope kScope{.region = "us-east-1", .service = "service"};

struct Case {
  std::string name, token;
  bool unnormalised = false, content_hash_header = false, token_unsigned = false;
  std::string request;
  std::string header_canonical, header_signature, query_canonical, query_signature;
};

std::vector<Case> read_suite() {
  std::ifstream file(SIGV4_TESTDATA "/aws_signing_suite.vectors");
  std::vector<Case> cases;
  std::string* text = nullptr;
  std::string* signature = nullptr;
  for (std::string line; std::getline(file, line);) {
    const std::string_view view = line;
    const auto rest = [&](std::string_view word) { return line.substr(word.size()); };
    if (view.starts_with('|')) {
      *text += line.substr(1) + '\n';
      continue;
    }
    if (text != nullptr) text->pop_back();  // the end of the last line
    text = nullptr;
    if (view.starts_with("case ")) cases.push_back({.name = rest("case ")});
    if (view.starts_with("token ")) cases.back().token = rest("token ");
    if (view == "unnormalised") cases.back().unnormalised = true;
    if (view == "content-hash-header") cases.back().content_hash_header = true;
    if (view == "token-unsigned") cases.back().token_unsigned = true;
    if (view == "request") text = &cases.back().request;
    if (view == "header") text = &cases.back().header_canonical, signature = &cases.back().header_signature;
    if (view == "query") text = &cases.back().query_canonical, signature = &cases.back().query_signature;
    if (view.starts_with("signature ")) *signature = rest("signature ");
  }
  return cases;
}

// A request as the suite writes it; a header goes on in lines that begin with a space.
struct Parsed {
  std::string method, path, query, body;
  std::vector<std::pair<std::string, std::string>> headers;

  explicit Parsed(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    const std::size_t space = line.find(' ');
    method = line.substr(0, space);
    const std::string target = line.substr(space + 1, line.rfind(' ') - space - 1);
    path = target.substr(0, target.find('?'));
    if (target.size() > path.size()) query = target.substr(path.size() + 1);
    while (std::getline(lines, line) && !line.empty()) {
      if (line.front() == ' ') {
        headers.back().second += '\n' + line;
      } else {
        headers.emplace_back(line.substr(0, line.find(':')), line.substr(line.find(':') + 1));
      }
    }
    std::getline(lines, body, '\0');
  }

  [[nodiscard]] std::vector<Field> fields() const {
    std::vector<Field> list;
    for (const auto& [name, value] : headers) list.push_back({name, value});
    return list;
  }
};

Signer signer_of(const Case& each) {
  return Signer({"AKIDEXAMPLE", base::Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), base::Secret(each.token)});
}

std::string canonical_of(const Request& request, bool s3, std::string_view payload) {
  internal::HeaderList headers;
  for (const Field& field : request.headers) headers.add(field.name, field.value);
  headers.sort();
  internal::QueryList query;
  query.add_query(request.query);
  query.sort();
  std::string text;
  internal::append_request(text, request, s3, query, headers, payload);
  return text;
}

struct SuiteRing final : KeyRing {
  std::string token;
  [[nodiscard]] std::optional<Found> find(std::string_view id) const override {
    if (id != "AKIDEXAMPLE") return std::nullopt;
    return Found{base::Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), base::Secret(token)};
  }
};

void check_header_form(const Case& each) {
  Parsed parsed(each.request);
  const std::string payload = payload_hash(parsed.body);
  if (each.content_hash_header) parsed.headers.emplace_back("x-amz-content-sha256", "");
  std::vector<Field> fields = parsed.fields();
  const auto added = signer_of(each).sign({parsed.method, parsed.path, parsed.query, fields},
                                          {kScope.region, kScope.service, false, each.token_unsigned}, payload, kNow);
  std::erase_if(parsed.headers, [&](const auto& header) {
    return header.first == "X-Amz-Date" || header.first == "x-amz-content-sha256";
  });
  for (const auto& [name, value] : added) {
    if (name != "Authorization" && !(each.token_unsigned && name == "X-Amz-Security-Token")) {
      parsed.headers.emplace_back(name, value);
    }
  }
  fields = parsed.fields();
  EXPECT_EQ(canonical_of({parsed.method, parsed.path, parsed.query, fields}, false, payload), each.header_canonical);
  const std::string& authorization = added.back().second;
  EXPECT_EQ(authorization.substr(authorization.rfind('=') + 1), each.header_signature);
  if (each.token_unsigned) return;

  fields.push_back({"Authorization", authorization});
  SuiteRing ring;
  ring.token = each.token;
  const auto verified = Verifier(ring, {.region = "us-east-1", .service = "service"})
                            .verify({parsed.method, parsed.path, parsed.query, fields}, payload, kNow);
  EXPECT_TRUE(verified) << verified.error().message;
}

void check_query_form(const Case& each) {
  const Parsed parsed(each.request);
  const std::vector<Field> fields = parsed.fields();
  const auto query = signer_of(each).presign({parsed.method, parsed.path, parsed.query, fields},
                                             {kScope.region, kScope.service, each.unnormalised, each.token_unsigned},
                                             payload_hash(parsed.body), kNow, std::chrono::hours(1));
  ASSERT_TRUE(query) << query.error().message;
  const std::size_t end = std::min(query->find("&X-Amz-Signature="), query->size());
  std::string is_signed = query->substr(0, end);
  if (each.token_unsigned) is_signed.resize(is_signed.find("&X-Amz-Security-Token="));
  EXPECT_EQ(canonical_of({parsed.method, parsed.path, is_signed, fields}, each.unnormalised, payload_hash(parsed.body)),
            each.query_canonical);
  EXPECT_EQ(query->substr(query->rfind('=') + 1), each.query_signature);
}

TEST(Suite, EveryExampleOfAws) {
  const std::vector<Case> cases = read_suite();
  ASSERT_EQ(cases.size(), 41);
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    ASSERT_FALSE(each.header_signature.empty());
    // Not to normalise is what S3 does, and S3's header form has a header more.
    if (!each.unnormalised) check_header_form(each);
    if (!each.query_signature.empty()) check_query_form(each);
  }
}

}  // namespace
}  // namespace sigv4
