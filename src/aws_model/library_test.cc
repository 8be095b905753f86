#include "aws_model/library.h"

#include <atomic>
#include <barrier>
#include <thread>

#include <gtest/gtest.h>

namespace aws_model {
namespace {

std::unique_ptr<Library> archive() {
  auto library = Library::open();
  EXPECT_TRUE(library) << (library ? "" : library.error().message);
  return *std::move(library);
}

TEST(Library, ListsServicesWithoutReadingThem) {
  const auto library = archive();
  ASSERT_GT(library->services().size(), 400U);
  const auto& entries = library->services();
  EXPECT_TRUE(std::is_sorted(entries.begin(), entries.end(), [](auto& a, auto& b) { return a.name < b.name; }));
  const auto ec2 = std::find_if(entries.begin(), entries.end(), [](auto& e) { return e.name == "ec2"; });
  ASSERT_NE(ec2, entries.end());
  EXPECT_EQ(ec2->version, "2016-11-15") << "the newest of many";
  EXPECT_EQ(ec2->service_id, "EC2");
  EXPECT_EQ(ec2->full_name, "Amazon Elastic Compute Cloud");
}

// Whether everything that can be reached from it is there; tests/compat compares it with where it comes from.
void expect_whole(const Service& service) {
  const auto expect_member = [&](const Member* member) {
    ASSERT_NE(member, nullptr) << service.name;
    ASSERT_NE(member->shape, nullptr) << service.name << " " << member->name;
    ASSERT_EQ(service.shape(member->shape->name), member->shape);
  };
  EXPECT_FALSE(service.operations.empty()) << service.name;
  EXPECT_FALSE(service.protocols.empty()) << service.name;
  EXPECT_FALSE(service.signing_name.empty()) << service.name;
  for (const Shape& shape : service.shapes) {
    for (const Member& member : shape.members) {
      expect_member(&member);
      EXPECT_EQ(shape.find(member.name), &member) << service.name << " " << shape.name << " " << member.name;
    }
    if (shape.type == Type::kList || shape.type == Type::kMap) expect_member(shape.element);
    if (shape.type == Type::kMap) expect_member(shape.key);
  }
  for (const Operation& operation : service.operations) {
    EXPECT_EQ(service.operation(operation.name), &operation);
    EXPECT_EQ(service.operation(command_name(operation.name)), &operation) << service.name << " " << operation.name;
    for (const Shape* error : operation.errors) EXPECT_TRUE(error->is_exception);
  }
  for (const Paginator& paginator : service.paginators) {
    const Operation* operation = service.operation(paginator.operation);
    ASSERT_NE(operation, nullptr);
    EXPECT_EQ(service.paginator(*operation), &paginator);
  }
  for (const Waiter& waiter : service.waiters) {
    EXPECT_NE(service.operation(waiter.operation), nullptr);
    EXPECT_EQ(service.waiter(command_name(waiter.name)), &waiter);
  }
}

TEST(Library, EveryServiceLoads) {
  const auto library = archive();
  std::size_t operations = 0;
  for (const Entry& entry : library->services()) {
    const auto service = library->service(entry.name);
    ASSERT_TRUE(service) << entry.name << ": " << service.error().message << " " << service.error().detail;
    EXPECT_EQ((*service)->name, entry.name);
    EXPECT_EQ((*service)->version, entry.version) << entry.name;
    EXPECT_EQ((*service)->service_id, entry.service_id);
    expect_whole(**service);
    operations += (*service)->operations.size();
    const auto rules = library->endpoint_rules(entry.name);
    ASSERT_TRUE(rules) << entry.name << ": " << rules.error().message;
    EXPECT_TRUE((*rules)->is_object() && (*rules)->as_object().contains("rules")) << entry.name;
  }
  EXPECT_GT(operations, 19'000U);
}

TEST(Library, KnownTraits) {
  const auto library = archive();
  const Service& s3 = **library->service("s3");
  EXPECT_EQ(s3.protocols.front(), Protocol::kRestXml);
  const Operation& get = *s3.operation("get-object");
  EXPECT_EQ(get.request_uri, "/{Bucket}/{Key+}");
  EXPECT_EQ(get.output->payload, get.output->find("Body"));
  EXPECT_TRUE(get.output->payload->streaming);
  EXPECT_EQ(get.checksum.request_validation_mode_member, "ChecksumMode");
  EXPECT_EQ(get.input->find("Bucket")->context_param, "Bucket");
  EXPECT_TRUE(s3.shape("Grantee")->find("Type")->xml_attribute);

  const Service& sqs = **library->service("sqs");
  EXPECT_TRUE(sqs.query_compatible);
  const Service& watch = **library->service("cloudwatch");
  EXPECT_EQ(std::vector(watch.protocols.begin(), watch.protocols.end()),
            (std::vector{Protocol::kJson, Protocol::kCbor, Protocol::kQuery}));
  const Service& sts = **library->service("sts");
  EXPECT_TRUE(sts.operation("AssumeRoleWithSAML")->no_auth);
  EXPECT_EQ(sts.operation("GetCallerIdentity")->result_wrapper, "GetCallerIdentityResult");
  const Service& dynamodb = **library->service("dynamodb");
  EXPECT_TRUE(dynamodb.operation("GetItem")->endpoint_discovery);
  EXPECT_EQ(dynamodb.paginator(*dynamodb.operation("Scan"))->result_keys.size(), 3U);
  EXPECT_EQ(dynamodb.waiter("table-exists")->attempts_max, 25);
  EXPECT_EQ((*library->service("secretsmanager"))->service_id, "Secrets Manager") << "this comes of the sdk-extras";
}

TEST(Library, ReadsAServiceOnce) {
  const auto library = archive();
  EXPECT_EQ(*library->service("sts"), *library->service("sts"));
  EXPECT_EQ(*library->endpoint_rules("sts"), *library->endpoint_rules("sts"));
  EXPECT_EQ(*library->partitions(), *library->partitions());
  EXPECT_GE((*library->partitions())->at("partitions").as_array().size(), 5U);
}

TEST(Library, ManyThreadsReadTheSameAndOthersAtOnce) {
  const auto library = archive();
  constexpr std::string_view kNames[] = {"sts", "sqs", "sns", "dynamodb", "s3"};
  constexpr int kThreads = 8;
  std::array<std::array<const Service*, std::size(kNames)>, kThreads> seen{};
  std::barrier start(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      for (std::size_t i = 0; i < std::size(kNames); ++i) {
        const std::size_t n = (i + static_cast<std::size_t>(t)) % std::size(kNames);
        const auto service = library->service(kNames[n]);
        const auto rules = library->endpoint_rules(kNames[n]);
        const auto partitions = library->partitions();
        if (service && rules && partitions) seen[static_cast<std::size_t>(t)][n] = *service;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& of_thread : seen) {
    EXPECT_EQ(of_thread, seen[0]);
    for (const Service* service : of_thread) EXPECT_NE(service, nullptr);
  }
}

TEST(Library, SaysWhichNamesAreMeant) {
  const auto library = archive();
  const auto message = [&](std::string_view name) {
    const auto service = library->service(name);
    EXPECT_EQ(service.error().code, base::Code::kNotFound);
    EXPECT_EQ(library->endpoint_rules(name).error().message, service.error().message);
    return service.error().message;
  };
  EXPECT_EQ(message("dynamobd"), "There is no service \"dynamobd\". Did you mean dynamodb?");
  EXPECT_EQ(message("S3"), "There is no service \"S3\". Did you mean s3?");
  EXPECT_EQ(message("secrets-manager"), "There is no service \"secrets-manager\". Did you mean secretsmanager?");
  EXPECT_EQ(message("xyzzyxyzzy"), "There is no service \"xyzzyxyzzy\".");
  EXPECT_EQ(message(""), "There is no service \"\".");
  EXPECT_EQ(message("../sts"), "There is no service \"../sts\".");

  const Service& dynamodb = **library->service("dynamodb");
  EXPECT_EQ(*find_operation(dynamodb, "get-item"), dynamodb.operation("GetItem"));
  const auto wrong = find_operation(dynamodb, "GetItm");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, base::Code::kNotFound);
  EXPECT_TRUE(
      wrong.error().message.starts_with("The service dynamodb has no operation \"GetItm\". Did you mean GetItem"))
      << wrong.error().message;
}

}  // namespace
}  // namespace aws_model
