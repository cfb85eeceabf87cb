// Lines of lru_crawler metadump and mgdump.
#include "base/base64.h"
#include "protocol/decimal.h"
#include "protocol/encode.h"
#include "protocol/limits.h"
#include "protocol/uri_encoding.h"
#include "protocol/write_text.h"

namespace larder::protocol {
namespace {

// The field names, spaces and numbers of a metadump line.
constexpr size_t kFrameSizeMax = 64 + 7 * kDecimal64SizeMax;
static_assert(3 * kKeySizeMax + kFrameSizeMax <= kDumpLineSizeMax);

char* write_number(char* out, std::string_view name, uint64_t number) {
  return write_decimal(write_text(out, name), number);
}

}  // namespace

void encode_metadump(const DumpedItem& item, ReplyBuffer& out) {
  char* end = write_uri_encoded(write_text(out.prepare(kDumpLineSizeMax), "key="), item.key);
  end = item.expires_at == 0 ? write_text(end, " exp=-1")
                             : write_number(end, " exp=", item.expires_at);
  end = write_number(end, " la=", item.accessed_at);
  end = write_number(end, " cas=", item.cas);
  end = write_text(end, item.was_fetched ? " fetch=yes" : " fetch=no");
  end = write_number(end, " cls=", item.class_id);
  end = write_number(end, " size=", item.size);
  end = write_number(end, " flags=", item.client_flags);
  out.commit(write_text(end, " \n"));
}

void encode_mgdump(std::string_view key, bool key_is_binary, ReplyBuffer& out) {
  char* end = write_text(out.prepare(kDumpLineSizeMax), "mg ");
  if (key_is_binary || !is_plain_key(key)) {
    end = write_text(base::encode_base64(key, end), " b");
  } else {
    end = write_text(end, key);
  }
  out.commit(write_text(end, "\r\n"));
}

}  // namespace larder::protocol
