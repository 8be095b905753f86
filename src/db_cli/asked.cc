#include "db_cli/asked.h"

#include "json/decode.h"

namespace db_cli {

base::Result<Asked> read_event(std::string_view text) {
  Asked asked = TRY(json::decode<Asked>(text));
  asked.json = true;
  return asked;
}

}  // namespace db_cli
