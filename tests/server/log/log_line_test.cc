// Log lines in text and JSON format.
#include "server/log/log_line.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace larder::server {
namespace {

constexpr int64_t kTime = 1'772'357'400'000'250;  // 2026-03-01, half past nine

LogLine line_of(LogFormat format) {
  return LogLine(format, kTime, LogLevel::Warning, "slow_request", "Slow request.");
}

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes.substr(0, 128) + bytes.substr(128, LogLine::kTextSizeMax - 128);
}

TEST_CASE("a line in text format") {
  LogLine line = line_of(LogFormat::Text);
  line.text("command", "get");
  line.text("key", "a \"b\"\n\xff");
  line.text("empty", "");
  line.milliseconds("ms", 12'034'567);
  line.number("requests", 3);
  line.flag("tls", false);
  CHECK(line.finish() ==
        "2026-03-01T09:30:00.000250Z warning slow_request: Slow request. command=get "
        "key=\"a \\\"b\\\"\\u000a\\u00ff\" empty=\"\" ms=12.034 requests=3 tls=false\n");
}

TEST_CASE("a line in JSON format") {
  LogLine line = line_of(LogFormat::Json);
  line.text("key", "k");
  line.milliseconds("ms", 1'500'000);
  line.flag("tls", true);
  CHECK(line.finish() ==
        "{\"time\":\"2026-03-01T09:30:00.000250Z\",\"level\":\"warning\",\"event\":"
        "\"slow_request\",\"message\":\"Slow request.\",\"key\":\"k\",\"ms\":1.500,"
        "\"tls\":true}\n");
}

TEST_CASE("every byte can be recovered from JSON") {
  const std::string bytes = all_bytes();
  LogLine line = line_of(LogFormat::Json);
  line.text("key", bytes);
  const std::string text(line.finish());
  for (const char byte : text.substr(0, text.size() - 1)) REQUIRE((byte >= ' ' && byte < 127));
  const std::string key = nlohmann::json::parse(text)["key"];
  std::string expected;  // each byte as the code point of its number, in UTF-8
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (code >= 0x80) expected += static_cast<char>(0xc0 | (code >> 6));
    expected += code >= 0x80 ? static_cast<char>(0x80 | (code & 0x3f)) : byte;
  }
  CHECK(key == expected);
}

TEST_CASE("a long text is truncated and marked") {
  LogLine line = line_of(LogFormat::Json);
  line.text("whole", std::string(LogLine::kTextSizeMax, 'w'));
  line.text("cut", std::string(LogLine::kTextSizeMax + 1, 'c'));
  const auto json = nlohmann::json::parse(line.finish());
  CHECK(json["whole"] == std::string(LogLine::kTextSizeMax, 'w'));
  CHECK(json["cut"] == std::string(LogLine::kTextSizeMax, 'c') + "...");
}

TEST_CASE("fields that do not fit are omitted, and the line stays well-formed") {
  const std::string escaped(LogLine::kTextSizeMax, '\x01');
  for (const LogFormat format : {LogFormat::Json, LogFormat::Text}) {
    LogLine line = line_of(format);
    for (int i = 0; i < 10; ++i) line.text("field" + std::to_string(i), escaped);
    line.number("last", 7);
    const std::string text(line.finish());
    CHECK(text.size() <= LogLine::kSizeMax);
    CHECK(text.back() == '\n');
    CHECK(text.find("field1") != std::string::npos);
    CHECK(text.find("field9") == std::string::npos);
    CHECK(text.find("last") != std::string::npos);
    if (format == LogFormat::Json) CHECK(nlohmann::json::parse(text)["last"] == 7);
  }
}

}  // namespace
}  // namespace larder::server
