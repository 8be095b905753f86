#include "tests/hardening/stage.h"

namespace hardening {
namespace {

const char* const kNode = "/compute-nodes/{n}";
const char* const kShare = "/compute-nodes/{n}/permissions";

}  // namespace

const std::vector<Mutation>& mutations() {
  static const std::vector<Mutation> kAll = {
      // the account
      {"register again", "ada", "POST", "/accounts", R"({"accountId":"{number}","accountType":"aws","roleName":"R"})",
       "lab"},
      {"change account", "ada", "PATCH", "/accounts/{lab}", R"({"name":"changed"})", "lab"},
      {"pause account", "ada", "PATCH", "/accounts/{lab}", R"({"status":"Paused"})", "lab"},
      {"delete account", "ada", "DELETE", "/accounts/{lab}", "", "lab", false},
      {"force-delete account", "ada", "DELETE", "/accounts/{lab}?force=true", "", "lab", false},
      {"make private in acme", "ada", "PUT", "/accounts/{lab}/workspaces/{acme}", R"({"isPublic":false})", "lab"},
      {"disable in acme", "ada", "DELETE", "/accounts/{lab}/workspaces/{acme}", "", "lab", false},
      {"disable in beta", "ada", "DELETE", "/accounts/{lab}/workspaces/{beta}", "", "lab", false},
      {"create in acme as ben", "ben", "POST", "/compute-nodes",
       R"({"accountId":"{lab}","name":"bens","organizationId":"{acme}"})", "lab"},
      {"create in beta", "ada", "POST", "/compute-nodes",
       R"({"accountId":"{lab}","name":"betas","organizationId":"{beta}"})", "lab"},
      {"create", "ada", "POST", "/compute-nodes", R"({"accountId":"{lab}","name":"loose"})", "lab"},
      // an account with nothing on it
      {"enable bare in beta", "ada", "POST", "/accounts/{bare}/workspaces?organization_id={beta}",
       R"({"isPublic":true})", "bare"},
      {"enable bare in acme", "ada", "POST", "/accounts/{bare}/workspaces?organization_id={acme}", "", "bare"},
      {"make bare public", "ada", "PUT", "/accounts/{bare}/workspaces/{acme}", R"({"isPublic":true})", "bare"},
      {"disable bare", "ada", "DELETE", "/accounts/{bare}/workspaces/{acme}", "", "bare", false},
      {"pause bare", "ada", "PATCH", "/accounts/{bare}", R"({"status":"Paused"})", "bare"},
      {"delete bare", "ada", "DELETE", "/accounts/{bare}", "", "bare", false},
      {"force-delete bare", "ada", "DELETE", "/accounts/{bare}?force=true", "", "bare", false},
      {"register bare again", "ada", "POST", "/accounts",
       R"({"accountId":"{bare-number}","accountType":"aws","roleName":"R"})", "bare"},
      {"create on bare", "ada", "POST", "/compute-nodes",
       R"({"accountId":"{bare}","name":"first","organizationId":"{acme}"})", "bare"},
      {"create on bare as ben", "ben", "POST", "/compute-nodes",
       R"({"accountId":"{bare}","name":"bens","organizationId":"{acme}"})", "bare"},
      // a node that works
      {"rename n", "ada", "PATCH", kNode, R"({"name":"renamed"})", "n"},
      {"pause n", "ada", "PATCH", kNode, R"({"status":"Paused"})", "n"},
      {"delete n", "ada", "DELETE", kNode, "", "n"},
      {"grant n to dee", "ada", "POST", "/compute-nodes/{n}/permissions/users", R"({"userId":"{dee}"})", "n"},
      {"grant n to team ops", "ada", "POST", "/compute-nodes/{n}/permissions/teams", R"({"teamId":"{ops}"})", "n"},
      {"revoke cy's", "ada", "DELETE", "/compute-nodes/{n}/permissions/users/{cy}", "", "n"},
      {"revoke the team's", "ada", "DELETE", "/compute-nodes/{n}/permissions/teams/{gpu}", "", "n"},
      {"make n private", "ada", "PUT", kShare, R"({"accessScope":"private"})", "n"},
      {"open n to acme", "ada", "PUT", kShare, R"({"accessScope":"workspace"})", "n"},
      {"keep n shared", "ada", "PUT", kShare, R"({"accessScope":"shared"})", "n"},
      {"detach n", "ada", "DELETE", "/compute-nodes/{n}/organization", "", "n"},
      {"hand n to ben", "ada", "PUT", "/compute-nodes/{n}/owner", R"({"userId":"{ben}"})", "n"},
      {"hand n to cy as op", "op", "PUT", "/compute-nodes/{n}/owner", R"({"userId":"{cy}"})", "n"},
      {"rename n as ben", "ben", "PATCH", kNode, R"({"name":"bens"})", "n"},
      {"open n to acme as ben", "ben", "PUT", kShare, R"({"accessScope":"workspace"})", "n"},
      // a node of no workspace
      {"rename l", "ada", "PATCH", "/compute-nodes/{l}", R"({"name":"renamed"})", "l"},
      {"attach l to acme", "ada", "POST", "/compute-nodes/{l}/organization?organization_id={acme}", "", "l"},
      {"attach l to beta", "ada", "POST", "/compute-nodes/{l}/organization?organization_id={beta}", "", "l"},
      {"share l", "ada", "POST", "/compute-nodes/{l}/permissions/users", R"({"userId":"{cy}"})", "l"},
      {"delete l", "ada", "DELETE", "/compute-nodes/{l}", "", "l"},
      {"hand l to ben", "ada", "PUT", "/compute-nodes/{l}/owner", R"({"userId":"{ben}"})", "l"},
      // one that is being made
      {"complete p", "op", "POST", "/operations/{p.operation}/complete", "", "p", false},
      {"fail p", "op", "POST", "/operations/{p.operation}/fail", R"({"reason":"no"})", "p"},
      {"cancel p", "ada", "POST", "/operations/{p.operation}/cancel", "", "p"},
      {"delete p", "ada", "DELETE", "/compute-nodes/{p}", "", "p"},
      {"rename p", "ada", "PATCH", "/compute-nodes/{p}", R"({"name":"renamed"})", "p"},
      {"detach p", "ada", "DELETE", "/compute-nodes/{p}/organization", "", "p"},
      {"hand p to ben", "ada", "PUT", "/compute-nodes/{p}/owner", R"({"userId":"{ben}"})", "p"},
      // one whose making failed
      {"retry f", "ada", "POST", "/compute-nodes/{f}/retry", "", "f"},
      {"delete f", "ada", "DELETE", "/compute-nodes/{f}", "", "f"},
      {"detach f", "ada", "DELETE", "/compute-nodes/{f}/organization", "", "f"},
      {"hand f to ben", "ada", "PUT", "/compute-nodes/{f}/owner", R"({"userId":"{ben}"})", "f"},
      // one that is being deleted
      {"complete d", "op", "POST", "/operations/{d.operation}/complete", "", "d", false},
      {"fail d", "op", "POST", "/operations/{d.operation}/fail", R"({"reason":"no"})", "d"},
      {"cancel d", "ada", "POST", "/operations/{d.operation}/cancel", "", "d"},
      {"delete d again", "ada", "DELETE", "/compute-nodes/{d}", "", "d", true, true},
      {"make d private", "ada", "PUT", "/compute-nodes/{d}/permissions", R"({"accessScope":"private"})", "d"},
      {"detach d", "ada", "DELETE", "/compute-nodes/{d}/organization", "", "d"},
      {"hand d to ben", "ada", "PUT", "/compute-nodes/{d}/owner", R"({"userId":"{ben}"})", "d"},
      // people
      {"ada leaves acme", "ada", "", "", "", "directory"},
      {"ben administers no more", "ben", "", "", "", "directory"},
      {"cy leaves acme", "cy", "", "", "", "directory"},
  };
  return kAll;
}

}  // namespace hardening
