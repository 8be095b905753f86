// How long an answer of ec2 DescribeInstances with 1,000 instances takes from bytes to value, and its request from
// value to bytes. bench/aws_xml.py runs it beside botocore, which does the same work on the same bytes.
//
//   build/release/bench/bench_aws_xml [file to write the answer to]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws_model/library.h"
#include "aws_wire/wire.h"
#include "aws_wire/xml.h"
#include "base/check.h"
#include "json/parse.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kInstances = 1000;
constexpr int kRounds = 15;

std::string instance(int number) {
  return fmt::format(
      R"(                <item>
                    <instanceId>i-{0:017x}</instanceId>
                    <imageId>ami-{0:017x}</imageId>
                    <instanceState><code>16</code><name>running</name></instanceState>
                    <privateDnsName>ip-10-0-{1}-{2}.eu-west-1.compute.internal</privateDnsName>
                    <dnsName/>
                    <reason/>
                    <keyName>operators</keyName>
                    <amiLaunchIndex>0</amiLaunchIndex>
                    <productCodes/>
                    <instanceType>m6i.large</instanceType>
                    <launchTime>2026-11-24T05:47:44.000Z</launchTime>
                    <placement>
                        <availabilityZone>eu-west-1b</availabilityZone>
                        <groupName/>
                        <tenancy>default</tenancy>
                    </placement>
                    <monitoring><state>disabled</state></monitoring>
                    <subnetId>subnet-{0:017x}</subnetId>
                    <vpcId>vpc-0123456789abcdef0</vpcId>
                    <privateIpAddress>10.0.{1}.{2}</privateIpAddress>
                    <sourceDestCheck>true</sourceDestCheck>
                    <groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>nodes</groupName></item></groupSet>
                    <architecture>x86_64</architecture>
                    <rootDeviceType>ebs</rootDeviceType>
                    <rootDeviceName>/dev/xvda</rootDeviceName>
                    <blockDeviceMapping>
                        <item>
                            <deviceName>/dev/xvda</deviceName>
                            <ebs>
                                <volumeId>vol-{0:017x}</volumeId>
                                <status>attached</status>
                                <attachTime>2026-11-24T05:47:45.000Z</attachTime>
                                <deleteOnTermination>true</deleteOnTermination>
                            </ebs>
                        </item>
                    </blockDeviceMapping>
                    <virtualizationType>hvm</virtualizationType>
                    <clientToken>fleet-{0}</clientToken>
                    <tagSet>
                        <item><key>Name</key><value>node {0} &amp; co</value></item>
                        <item><key>workspace</key><value>N:organization:{0:032x}</value></item>
                    </tagSet>
                    <hypervisor>xen</hypervisor>
                    <ebsOptimized>true</ebsOptimized>
                    <cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions>
                    <enaSupport>true</enaSupport>
                    <metadataOptions><state>applied</state><httpTokens>required</httpTokens></metadataOptions>
                </item>
)",
      number, number / 250, number % 250);
}

std::string answer() {
  std::string body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n"
      "    <requestId>8f7724cf-496f-496e-8fe3-example</requestId>\n    <reservationSet>\n";
  for (int i = 0; i < kInstances; ++i) {
    body += fmt::format("        <item>\n            <reservationId>r-{:017x}</reservationId>\n", i);
    body += "            <ownerId>123456789012</ownerId>\n            <groupSet/>\n            <instancesSet>\n";
    body += instance(i) + "            </instancesSet>\n        </item>\n";
  }
  return body + "    </reservationSet>\n</DescribeInstancesResponse>\n";
}

// The best and the median of some rounds, in milliseconds.
template <class Work>
void report(const char* what, Work work) {
  std::vector<double> times;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = Clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%-28s best %8.3f ms   median %8.3f ms\n", what, times.front(), times[times.size() / 2]);
}

int run(const char* answer_path) {
  const auto library = aws_model::Library::open();
  CHECK(library.has_value(), "the archive is whole");
  const base::Result<const aws_model::Service*> ec2 = (*library)->service("ec2");
  CHECK(ec2.has_value(), "ec2 is there");
  const aws_model::Service& service = **ec2;
  const aws_model::Operation* const describe = service.operation("DescribeInstances");
  const aws_model::Operation* const create = service.operation("RunInstances");
  CHECK(describe != nullptr && create != nullptr, "the model is that of ec2");

  const aws_wire::Reply reply{.status = 200, .body = answer()};
  if (answer_path != nullptr) std::ofstream(answer_path, std::ios::binary) << reply.body;
  std::printf("%d instances, %zu bytes\n", kInstances, reply.body.size());
  report("XML alone", [&] { CHECK(aws_wire::xml::Document::parse(reply.body).has_value(), "XML"); });
  report("decode", [&] {
    const base::Result<json::Value> value = aws_wire::decode(service, *describe, reply);
    CHECK(value->at("Reservations").as_array().size() == kInstances, "all of it");
  });
  const json::Value input = json::parse(R"({"ImageId":"ami-1","MinCount":1,"MaxCount":1,"InstanceType":"m6i.large",
      "SecurityGroupIds":["sg-1","sg-2"],"TagSpecifications":[{"ResourceType":"instance","Tags":[{"Key":"Name",
      "Value":"a b"},{"Key":"x","Value":"y"}]}],"BlockDeviceMappings":[{"DeviceName":"/dev/xvda","Ebs":{"VolumeSize":
      20,"Encrypted":true}}]})")
                                .value();
  report("encode RunInstances x 1000", [&] {
    for (int i = 0; i < 1000; ++i) CHECK(aws_wire::encode(service, *create, input).has_value(), "a request");
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return run(argc > 1 ? argv[1] : nullptr); }
