#include "base/crc.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace base {
namespace {

TEST(Crc, HasTheCatalogueValues) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc64_nvme("123456789"), 0xAE8B14860A799888U);
  EXPECT_EQ(crc32(""), 0U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, appendix B.4
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc64_nvme(std::string(4096, '\0')), 0x6482D367EB22B64EU);  // NVM Express, "64b CRC Test Cases"
}

TEST(Crc, GoesOnFromAnyCut) {
  EXPECT_TRUE(rc::check("two pieces are one", [](const std::string& left, const std::string& right) {
    RC_ASSERT(crc32(right, crc32(left)) == crc32(left + right));
    RC_ASSERT(crc32c(right, crc32c(left)) == crc32c(left + right));
    RC_ASSERT(crc64_nvme(right, crc64_nvme(left)) == crc64_nvme(left + right));
  }));
}

}  // namespace
}  // namespace base
