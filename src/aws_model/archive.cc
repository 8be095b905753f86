#include "aws_model/archive.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <zstd.h>

#include "base/limits.h"

namespace aws_model {

namespace {

constexpr std::string_view kMagic = "STWMODL1";
constexpr std::size_t kHeadBytes = 16;

base::Error damaged(std::string_view what, std::string_view why) {
  return {base::Code::kCorrupt, fmt::format("The archive of service models is damaged: {}.", what), std::string(why)};
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

bool read_number(std::string_view text, std::uint64_t& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

struct Decompressor {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  Decompressor() = default;
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ~Decompressor() { ZSTD_freeDCtx(context); }
};

// `dictionary` may be null.
base::Result<std::string> decompress(std::string_view frame, const ZSTD_DDict* dictionary, std::string_view what) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > base::limits::kModelFileBytesMax)
    return base::fail(damaged(what, "no frame of a known size"));
  const Decompressor decompressor;
  std::string text(size, '\0');
  const std::size_t done = ZSTD_decompress_usingDDict(decompressor.context, text.data(), text.size(), frame.data(),
                                                      frame.size(), dictionary);
  if (ZSTD_isError(done) != 0U) return base::fail(damaged(what, ZSTD_getErrorName(done)));
  if (done != size) return base::fail(damaged(what, "shorter than it says"));
  return text;
}

}  // namespace

struct Archive::Dictionary {
  explicit Dictionary(std::string_view bytes) : prepared(ZSTD_createDDict(bytes.data(), bytes.size())) {}
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  ~Dictionary() { ZSTD_freeDDict(prepared); }

  ZSTD_DDict* prepared;
};

Archive::Archive() = default;
Archive::~Archive() = default;

base::Result<std::unique_ptr<Archive>> Archive::open(std::string_view bytes) {
  if (bytes.size() < kHeadBytes || !bytes.starts_with(kMagic)) return base::fail(damaged("its head", "no magic"));
  std::uint64_t index_bytes = 0;
  for (std::size_t i = 8; i-- > 0;)
    index_bytes = index_bytes << 8 | static_cast<unsigned char>(bytes[kMagic.size() + i]);
  bytes.remove_prefix(kHeadBytes);
  if (index_bytes > bytes.size()) return base::fail(damaged("its head", "the index is longer than the archive"));

  std::unique_ptr<Archive> archive(new Archive());
  archive->body_ = bytes.substr(index_bytes);
  archive->index_ = TRY(decompress(bytes.substr(0, index_bytes), nullptr, "its index"));
  TRY(archive->read_index(archive->index_));
  return archive;
}

base::Result<void> Archive::read_index(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    TRY(read_line(split(lines.substr(0, end))));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  const bool sorted = std::is_sorted(services_.begin(), services_.end(),
                                     [](const Packed& a, const Packed& b) { return a.name < b.name; });
  if (service_dictionary_ == nullptr || rules_dictionary_ == nullptr || partitions_.size == 0 || !sorted)
    return base::fail(damaged("its index", "incomplete or out of order"));
  return {};
}

base::Result<void> Archive::read_line(const std::vector<std::string_view>& fields) {
  const auto frame = [&](std::size_t at, Frame& into) {
    return at + 1 < fields.size() && read_number(fields[at], into.offset) && read_number(fields[at + 1], into.size) &&
           into.offset <= body_.size() && into.size <= body_.size() - into.offset;
  };
  bool fine = false;
  if (fields[0] == "service" && fields.size() == 9) {
    Packed packed{.name = fields[1], .version = fields[2], .service_id = fields[3], .full_name = fields[4]};
    fine = frame(5, packed.service) && frame(7, packed.rules);
    services_.push_back(packed);
  } else if (fields[0] == "dictionary" && fields.size() == 4) {
    Frame place;
    fine = frame(2, place);
    if (fine) {
      auto dictionary = std::make_unique<Dictionary>(body_.substr(place.offset, place.size));
      fine = dictionary->prepared != nullptr;
      (fields[1] == "service" ? service_dictionary_ : rules_dictionary_) = std::move(dictionary);
    }
  } else if (fields[0] == "partitions") {
    fine = frame(1, partitions_);
  } else if (fields[0] == "source" && fields.size() == 2) {
    source_ = fields[1];
    fine = true;
  }
  if (!fine) return base::fail(damaged("its index", "a line that is not understood"));
  return {};
}

base::Result<std::string> Archive::unpack(const Dictionary& dictionary, Frame frame, std::string_view what) const {
  return decompress(body_.substr(frame.offset, frame.size), dictionary.prepared, what);
}

base::Result<std::string> Archive::service(const Packed& packed) const {
  return unpack(*service_dictionary_, packed.service, packed.name);
}

base::Result<std::string> Archive::rules(const Packed& packed) const {
  return unpack(*rules_dictionary_, packed.rules, fmt::format("the endpoint rules of {}", packed.name));
}

base::Result<std::string> Archive::partitions() const {
  return unpack(*rules_dictionary_, partitions_, "the partitions");
}

}  // namespace aws_model
