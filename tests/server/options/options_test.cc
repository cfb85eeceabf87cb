#include "server/options/options.h"

#include <catch2/catch.hpp>
#include <cctype>
#include <fstream>
#include <iterator>

#include "server/options/options_table.h"
#include "tests/server/options/command_lines.h"

namespace larder::server {
namespace {

struct Taken {
  const char* text;
  bool (*holds)(const Options& options);
};
using O = const Options&;

TEST_CASE("an empty command line gives the documented defaults") {
  const CommandLine line = accepted("");
  CHECK(line.action == Action::Serve);
  CHECK(line.warnings.empty());
  CHECK(line.given.empty());
  CHECK(line.options.tcp_port == 11211);
  CHECK(line.options.worker_count == 3);  // one per core
  CHECK(line.options.memory_bytes_max == 64u << 20);
  CHECK(line.options.item_bytes_max == 1u << 20);
  CHECK(line.options.connection_count_max == 1024);
  CHECK(line.options.listen_addresses ==
        std::vector<ListenAddress>{{"", 11211, WireProtocol::Auto}});
}

TEST_CASE("every short option is accepted") {
  const Taken rows[] = {
      {"-p 5", [](O o) { return o.tcp_port == 5; }},
      {"--port=5", [](O o) { return o.tcp_port == 5; }},
      {"--po 5", [](O o) { return o.tcp_port == 5; }},
      {"-p -1", [](O o) { return o.tcp_port == -1; }},
      {"-U 0", [](O o) { return o.udp_port == 0 && o.tcp_port == 11211; }},
      {"-s /a/b", [](O o) { return o.unix_socket_path == "/a/b"; }},
      {"-a 0777", [](O o) { return o.unix_socket_mode == 0777; }},
      {"-A", [](O o) { return o.has_shutdown_command; }},
      {"-d", [](O o) { return o.runs_as_daemon; }},
      {"-r", [](O o) { return o.writes_core_dump; }},
      {"-u nobody", [](O o) { return o.user == "nobody"; }},
      {"-m 100", [](O o) { return o.memory_bytes_max == 100u << 20; }},
      {"-m64m", [](O o) { return o.memory_bytes_max == 64u << 20; }},
      {"-m 4098", [](O o) { return o.memory_bytes_max == uint64_t{4098} << 20; }},
      {"-M", [](O o) { return !o.evicts; }},
      {"-c 7", [](O o) { return o.connection_count_max == 7; }},
      {"-k", [](O o) { return o.locks_memory; }},
      {"-L", [](O o) { return o.uses_large_pages; }},
      {"-v", [](O o) { return o.verbosity == 1; }},
      {"-vvv", [](O o) { return o.verbosity == 3; }},
      {"--verbose --verbose=5", [](O o) { return o.verbosity == 2; }},
      {"-P /a.pid", [](O o) { return o.pid_file == "/a.pid"; }},
      {"-f 1.5", [](O o) { return o.slab_growth_factor == 1.5; }},
      {"-n 60", [](O o) { return o.slab_chunk_bytes_min == 60; }},
      {"-D -", [](O o) { return o.prefix_delimiter == '-' && o.counts_prefixes; }},
      {"-t 2", [](O o) { return o.worker_count == 2; }},
      {"-R 1", [](O o) { return o.requests_per_turn_max == 1; }},
      {"-C", [](O o) { return !o.uses_cas; }},
      {"-b 8675", [](O o) { return o.listen_backlog == 8675; }},
      {"-B auto", [](O o) { return o.protocol == WireProtocol::Auto; }},
      {"-B ascii", [](O o) { return o.protocol == WireProtocol::Ascii; }},
      {"-F", [](O o) { return !o.has_flush_all; }},
      {"--http 5",
       [](O o) {
         return o.http_address == ListenAddress{"127.0.0.1", 5};
       }},
      {"--http=a:5 -vm65",
       [](O o) {
         return o.http_address == ListenAddress{"a", 5};
       }},
      {"-l a", [](O o) { return !o.http_address; }},
      {"-v", [](O o) { return o.log_level == LogLevel::Info && o.log_file.empty(); }},
      {"-vv", [](O o) { return o.log_level == LogLevel::Debug; }},
      {"-vv --log-level error", [](O o) { return o.log_level == LogLevel::Error; }},
      {"--log-level=off -vvv", [](O o) { return o.log_level == LogLevel::Off; }},
      {"--log-format json", [](O o) { return o.log_format == LogFormat::Json; }},
      {"--log-format json --log-format text", [](O o) { return o.log_format == LogFormat::Text; }},
      {"--log-file a.log --slow-ms 250",
       [](O o) { return o.log_file == "a.log" && o.slow_milliseconds == 250; }},
      {"-X", [](O o) { return !o.has_dumps; }},
      {"-W", [](O o) { return !o.has_watch; }},
      {"-vv -m65 -o modern,hashpower=20",
       [](O o) {
         return o.verbosity == 2 && o.memory_bytes_max == 65u << 20 && o.hash_power_initial == 20;
       }},
      {"-Avm65", [](O o) { return o.has_shutdown_command && o.memory_bytes_max == 65u << 20; }},
  };
  for (const Taken& row : rows) {
    CAPTURE(row.text);
    CHECK(row.holds(options_of(row.text)));
  }
}

TEST_CASE("every key of -o is accepted") {
  const Taken rows[] = {
      {"no_maxconns_fast", [](O o) { return !o.refuses_excess_connections; }},
      {"no_maxconns_fast,maxconns_fast", [](O o) { return o.refuses_excess_connections; }},
      {"hashpower=12", [](O o) { return o.hash_power_initial == 12; }},
      {"hashpower=32", [](O o) { return o.hash_power_initial == 32; }},
      {"no_latency", [](O o) { return !o.measures_latency; }},
      {"no_latency,latency", [](O o) { return o.measures_latency; }},
      {"hot_keys", [](O o) { return o.counts_hot_keys && !o.estimates_curve; }},
      {"hot_keys,no_hot_keys", [](O o) { return !o.counts_hot_keys; }},
      {"miss_ratio_curve", [](O o) { return o.estimates_curve && !o.counts_hot_keys; }},
      {"miss_ratio_curve,no_miss_ratio_curve", [](O o) { return !o.estimates_curve; }},
      {"no_hashexpand", [](O o) { return !o.expands_hash; }},
      {"no_large_pages", [](O o) { return o.avoids_large_pages; }},
      {"hash_algorithm=jenkins", [](O o) { return o.hash_algorithm == "jenkins"; }},
      {"hash_algorithm=murmur3", [](O o) { return o.hash_algorithm == "murmur3"; }},
      {"hash_algorithm=xxh3", [](O o) { return o.hash_algorithm == "xxh3"; }},
      {"no_slab_reassign", [](O o) { return !o.reassigns_slabs; }},
      {"no_slab_reassign,slab_reassign", [](O o) { return o.reassigns_slabs; }},
      {"slab_automove=2", [](O o) { return o.slab_automove == 2; }},
      {"slab_automove=0,slab_automove", [](O o) { return o.slab_automove == 1; }},
      {"no_slab_automove", [](O o) { return o.slab_automove == 0; }},
      {"slab_automove_ratio=0.5", [](O o) { return o.slab_automove_ratio == 0.5; }},
      {"slab_automove_window=3", [](O o) { return o.slab_automove_window == 3; }},
      {"slab_automove_freeratio=0.1", [](O o) { return o.slab_automove_freeratio == 0.1; }},
      {"slab_sizes=100-200-300",
       [](O o) {
         return o.slab_sizes == std::vector<uint32_t>{100, 200, 300};
       }},
      {"slab_chunk_max=16", [](O o) { return o.slab_chunk_bytes_max == 16 * 1024; }},
      {"no_chunked_items", [](O o) { return o.slab_chunk_bytes_max == 1024 * 1024; }},
      {"no_lru_crawler", [](O o) { return !o.has_lru_crawler; }},
      {"no_lru_crawler,lru_crawler", [](O o) { return o.has_lru_crawler; }},
      {"lru_crawler_sleep=0", [](O o) { return o.lru_crawler_sleep_us == 0; }},
      {"lru_crawler_tocrawl=9", [](O o) { return o.lru_crawler_tocrawl == 9; }},
      {"no_lru_maintainer", [](O o) { return !o.has_lru_maintainer; }},
      {"no_lru_maintainer,lru_maintainer", [](O o) { return o.has_lru_maintainer; }},
      {"hot_lru_pct=10", [](O o) { return o.hot_lru_percent == 10; }},
      {"warm_lru_pct=60", [](O o) { return o.warm_lru_percent == 60; }},
      {"hot_max_factor=0.1", [](O o) { return o.hot_max_factor == 0.1; }},
      {"warm_max_factor=3", [](O o) { return o.warm_max_factor == 3; }},
      {"temporary_ttl=5", [](O o) { return o.has_temporary_lru && o.temporary_ttl_seconds == 5; }},
      {"tail_repair_time=10", [](O o) { return o.tail_repair_seconds == 10; }},
      {"idle_timeout=0", [](O o) { return o.idle_timeout_seconds == 0; }},
      {"idle_timeout=3", [](O o) { return o.idle_timeout_seconds == 3; }},
      {"watcher_logbuf_size=8", [](O o) { return o.watcher_log_bytes_max == 8 * 1024; }},
      {"worker_logbuf_size=9", [](O o) { return o.worker_log_bytes_max == 9 * 1024; }},
      {"read_buf_mem_limit=1", [](O o) { return o.read_buffer_bytes_max == 1 << 20; }},
      {"track_sizes", [](O o) { return o.tracks_sizes; }},
      {"modern", [](O o) { return o.slab_automove == 1 && o.refuses_excess_connections; }},
      {"no_modern",
       [](O o) {
         return o.slab_automove == 0 && !o.refuses_excess_connections && !o.has_lru_crawler &&
                !o.has_lru_maintainer && !o.reassigns_slabs && o.hash_algorithm == "jenkins" &&
                o.slab_chunk_bytes_max == 1 << 20;
       }},
      {"slab_chunk_max=4,no_modern", [](O o) { return o.slab_chunk_bytes_max == 4096; }},
      {"no_modern,lru_crawler", [](O o) { return o.has_lru_crawler; }},
      {"inline_ascii_resp,no_inline_ascii_resp", [](O) { return true; }},
      {"relaxed_privileges", [](O o) { return o.relaxes_privileges; }},
      {"no_drop_privileges", [](O) { return true; }},
      {"modern,", [](O) { return true; }},
  };
  for (const Taken& row : rows) {
    CAPTURE(row.text);
    CHECK(row.holds(options_of(std::string("-o ") + row.text)));
  }
}

TEST_CASE("-o may be repeated") {
  const CommandLine line =
      accepted("-o slab_reassign,no_slab_automove -m 8 -o hashpower=20 -o relaxed_privileges");
  CHECK(line.options.slab_automove == 0);
  CHECK(line.options.hash_power_initial == 20);
  CHECK(line.options.relaxes_privileges);
}

// `word` with no letter, digit or underscore next to it.
bool has_word(const std::string& text, std::string_view word) {
  const auto is_inner = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if (!is_inner(text[at - 1]) && !is_inner(text[at + word.size()])) return true;
  }
  return false;
}

// A new row of the tables needs a test case.
TEST_CASE("every row of the option tables is covered by one of these files") {
  const std::string path = __FILE__;
  std::string text;
  for (const char* name : {"options_test.cc", "options_cluster_test.cc", "options_keep_test.cc",
                           "options_number_test.cc", "extended_options_test.cc"}) {
    std::ifstream file(path.substr(0, path.rfind('/') + 1) + name);
    REQUIRE(file);
    text.append(std::istreambuf_iterator<char>(file), {});
  }
  for (const OptionRow& row : option_rows()) {
    const std::string name =
        has_letter(row) ? std::string(1, row.letter) : std::string("-") + row.long_name;
    CAPTURE(name);
    CHECK(text.find("\"-" + name) != std::string::npos);
  }
  for (const ExtendedRow& row : extended_rows()) {
    CAPTURE(row.key);
    CHECK(has_word(text, row.key));
  }
}

TEST_CASE("values that memcached refuses are refused with its messages and status") {
  const Refused rows[] = {
      {"-c 0", 1, "Maximum connections must be greater than 0"},
      {"-c -1", 1, "Maximum connections must be greater than 0"},
      {"-t 0", 1, "Number of threads must be greater than 0"},
      {"-R 0", 1, "Number of requests per event must be greater than 0"},
      {"-f 1.0", 1, "Factor must be greater than 1"},
      {"-n 0", 1, "Chunk size must be greater than 0"},
      {"-p 65536", 64, "ERROR: Invalid port number 65536."},
      {"-I 1000", 64, "Item max size cannot be less than 1024 bytes."},
      {"-I -1m", 64, "Item max size cannot be less than 1024 bytes."},
      {"-I 256m", 64, "Cannot set item size limit higher than 1/2 of memory max."},
      {"-m 0", 64, "Cannot set item size limit higher than 1/2 of memory max."},
      {"-m 4096 -I 1025m", 64, "Cannot set item size limit higher than a gigabyte."},
      {"-I 1024", 64,
       "slab_chunk_max (bytes: 524288) cannot be larger than -I (item_size_max 1024)"},
      {"-I 1000000", 64,
       "-I (item_size_max: 1000000) must be evenly divisible by slab_chunk_max (bytes: 524288)"},
      {"-m 64 -I 3m -o slab_chunk_max=3", 64,
       "slab_chunk_max (bytes: 3072) must divide evenly into 1048576 (slab_page_size)"},
      {"-o hashpower=11", 1, "Initial hashtable multiplier of 11 is too low"},
      {"-o hashpower=33", 1, "Initial hashtable multiplier of 33 is too high"},
      {"-o hash_algorithm=md5", 1, "Unknown hash_algorithm option (jenkins, murmur3, xxh3)"},
      {"-o slab_automove=3", 1, "slab_automove must be between 0 and 2"},
      {"-o slab_automove=-1", 1, "slab_automove must be between 0 and 2"},
      {"-o slab_automove_ratio=0", 1, "slab_automove_ratio must be > 0 and <= 1"},
      {"-o slab_automove_ratio=1.1", 1, "slab_automove_ratio must be > 0 and <= 1"},
      {"-o slab_automove_window=2", 1, "slab_automove_window must be > 2 and <= 1800"},
      {"-o slab_automove_window=1801", 1, "slab_automove_window must be > 2 and <= 1800"},
      {"-o tail_repair_time=9", 1, "Cannot set tail_repair_time to less than 10 seconds"},
      {"-o lru_crawler_sleep=1000001", 1, "LRU crawler sleep must be between 0 and 1 second"},
      {"-o lru_crawler_sleep=-1", 1, "LRU crawler sleep must be between 0 and 1 second"},
      {"-o lru_crawler_tocrawl=-1", 1, "lru_crawler_tocrawl takes a numeric 32bit value"},
      {"-o hot_lru_pct=0", 1, "hot_lru_pct must be >= 1 and < 80"},
      {"-o warm_lru_pct=80", 1, "warm_lru_pct must be >= 1 and < 80"},
      {"-o hot_max_factor=0", 1, "hot_max_factor must be > 0"},
      {"-o warm_max_factor=-1", 1, "warm_max_factor must be > 0"},
      {"-o hot_lru_pct=60", 64, "hot_lru_pct + warm_lru_pct cannot be more than 80% combined"},
      {"-o temporary_ttl=61,no_lru_maintainer", 64,
       "temporary_ttl requires lru_maintainer to be enabled"},
      {"-o slab_chunk_max=0", 1, "slab_chunk_max must be > 0"},
      {"-o slab_chunk_max=1025", 1, "slab_chunk_max must be specified in kilobytes."},
      {"-o slab_chunk_max=4x", 1, "could not parse argument to slab_chunk_max"},
      {"-o watcher_logbuf_size=4194304", 1, "could not parse argument to watcher_logbuf_size"},
      {"-o worker_logbuf_size=-1", 1, "could not parse argument to worker_logbuf_size"},
      {"-o read_buf_mem_limit=4096", 1, "could not parse argument to read_buf_mem_limit"},
      {"-o slab_sizes=10-100", 64, "slab size 10 is out of valid range"},
      {"-o slab_sizes=100-x", 64, "slab size x is out of valid range"},
      {"-o slab_sizes=100-600000", 64, "slab size 600000 is out of valid range"},
      {"-o slab_sizes=200-100", 64,
       "slab size 100 cannot be lower than or equal to a previous class size"},
      {"-o slab_sizes=100-108", 64,
       "slab size 108 must be at least 8 bytes larger than previous class"},
      {"-o hashpower", 1, "Missing hashpower argument"},
      {"-o slab_sizes", 1, "Missing slab_sizes argument"},
      {"-o a,b=c", 1, "Illegal suboption \"a\""},
      {"-o modern,b=c", 1, "Illegal suboption \"b\""},
      {"-o modern,,lru_crawler", 1, "Illegal suboption \"\""},
      {"-B http", 64,
       "Invalid value for binding protocol: http -- should be one of auto, binary, or ascii"},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
}

TEST_CASE("-U alone also sets the TCP port, and each can be enabled without the other") {
  const auto ports = [](const std::string& line) {
    const Options options = options_of(line);
    std::vector<int> found;
    for (const auto& address : options.listen_addresses) found.push_back(address.port);
    found.push_back(-2);
    for (const auto& address : options.udp_addresses) found.push_back(address.port);
    return found;
  };
  CHECK(ports("") == std::vector<int>{11211, -2});
  CHECK(ports("-U 11222") == std::vector<int>{11222, -2, 11222});
  CHECK(ports("-U -1") == std::vector<int>{0, -2, 0});
  CHECK(ports("-U 0") == std::vector<int>{11211, -2});
  CHECK(ports("-p 0 -U 11222") == std::vector<int>{-2, 11222});
  CHECK(ports("-p 11232 -U 11233") == std::vector<int>{11232, -2, 11233});
  CHECK(ports("-s /path -U 0") == std::vector<int>{-2});
  CHECK(ports("-U 5 -l 127.0.0.1,127.0.0.2:7") == std::vector<int>{5, 7, -2, 5, 7});
}

TEST_CASE("each login method requires its protocol") {
  const Refused rows[] = {
      {"-S -B ascii", 64, "ERROR: You cannot allow the ASCII protocol while using SASL."},
      {"-S -B auto", 64, "ERROR: You cannot allow the ASCII protocol while using SASL."},
      {"-Y /file -B binary", 64,
       "ERROR: You cannot allow the BINARY protocol while using ascii authentication tokens."},
      {"-S -U 11211", 64, "ERROR: Cannot enable UDP while using binary SASL authentication."},
      {"-Y /file -U 11211", 64,
       "Cannot use UDP with ascii authentication enabled (-U 0 to disable)"},
      {"-Y /file -l 127.0.0.1,proto[binary]:127.0.0.1:5", 64,
       "ERROR: You cannot allow the BINARY protocol while using ascii authentication tokens: "
       "-l proto[binary]:127.0.0.1:5"},
      {"-Y /file -l proto[binary]:[::1]:5", 64,
       "ERROR: You cannot allow the BINARY protocol while using ascii authentication tokens: "
       "-l proto[binary]:[::1]:5"},
      {"-S -l proto[ascii]:*,127.0.0.1:5", 64,
       "ERROR: You cannot allow the ASCII protocol while using SASL: -l proto[ascii]:*:11211"},
      {"-S -p -1 -l proto[ascii]:localhost", 64,
       "ERROR: You cannot allow the ASCII protocol while using SASL: -l proto[ascii]:localhost"},
      {"-Y /file -S", 64, "ERROR: -S and -Y use different protocols and cannot be combined."},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
  CHECK(options_of("-S").protocol == WireProtocol::Binary);
  CHECK(options_of("-S -B binary").uses_sasl);
  CHECK(options_of("-Y /file").protocol == WireProtocol::Ascii);
  CHECK(options_of("-Y /file").auth_file == "/file");
}

TEST_CASE("the TLS options are the same as memcached's") {
  const Options none = options_of("");
  CHECK_FALSE(none.uses_tls);
  CHECK(none.tls_min_version == 2);
  CHECK(none.tls_key_format == 1);
  CHECK(none.tls_write_bytes_max == 16384);
  const Options all = options_of(
      "-Z -o ssl_chain_cert=/a,ssl_key=/b,ssl_ca_cert=/c -o ssl_ciphers=HIGH,ssl_verify_mode=3 "
      "-o ssl_keyformat=2,ssl_wbuf_size=64,ssl_session_cache,ssl_kernel_tls,ssl_min_version=0");
  CHECK(all.uses_tls);
  CHECK(all.tls_chain_file == "/a");
  CHECK(all.tls_key_file == "/b");
  CHECK(all.tls_ca_file == "/c");
  CHECK(all.tls_ciphers == "HIGH");
  CHECK(all.tls_verify_mode == 3);
  CHECK(all.tls_key_format == 2);
  CHECK(all.tls_write_bytes_max == 65536);
  CHECK(all.has_tls_session_cache);
  CHECK(all.uses_kernel_tls);
  CHECK(all.tls_min_version == 0);
  CHECK(options_of("--enable-ssl").uses_tls);
  CHECK(options_of("-Z -s /socket -U 5").uses_tls);
}

TEST_CASE("inconsistent TLS options are refused with memcached's messages") {
  const Refused rows[] = {
      {"-Z -p 0", 64, "ERROR: You cannot enable SSL without a TCP port."},
      {"-o ssl_chain_cert", 1, "Missing ssl_chain_cert argument"},
      {"-o ssl_key", 1, "Missing ssl_key argument"},
      {"-o ssl_ca_cert", 1, "Missing ssl_ca_cert argument"},
      {"-o ssl_ciphers", 1, "Missing ssl_ciphers argument"},
      {"-o ssl_verify_mode", 1, "Missing ssl_verify_mode argument"},
      {"-o ssl_verify_mode=", 1, "could not parse argument to ssl_verify_mode"},
      {"-o ssl_verify_mode=2x", 1, "could not parse argument to ssl_verify_mode"},
      {"-o ssl_verify_mode=4", 1, "Invalid ssl_verify_mode. Use help to see valid options."},
      {"-o ssl_verify_mode=-1", 1, "Invalid ssl_verify_mode. Use help to see valid options."},
      {"-o ssl_keyformat", 1, "Missing ssl_keyformat argument"},
      {"-o ssl_keyformat=PEM", 1, "could not parse argument to ssl_keyformat"},
      {"-o ssl_wbuf_size", 1, "Missing ssl_wbuf_size argument"},
      {"-o ssl_wbuf_size=x", 1, "could not parse argument to ssl_wbuf_size"},
      {"-o ssl_wbuf_size=0", 1, "could not parse argument to ssl_wbuf_size"},
      {"-o ssl_wbuf_size=4194304", 1, "could not parse argument to ssl_wbuf_size"},
      {"-o ssl_min_version", 1, "Missing ssl_min_version argument"},
      {"-o ssl_min_version=x", 1, "could not parse argument to ssl_min_version"},
      {"-o ssl_min_version=4", 1, "Invalid ssl_min_version. Use help to see valid options."},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
}

TEST_CASE("options unknown to getopt are refused with status 1") {
  const Refused rows[] = {
      {"-q", 1, "larder: unknown option -q"},
      {"-vq", 1, "larder: unknown option -q"},
      {"--foo", 1, "larder: unknown or ambiguous option \"--foo\""},
      {"--enable", 1, "larder: unknown or ambiguous option \"--enable\""},
      {"--version=3", 1, "larder: option \"--version=3\" takes no argument"},
      {"-p", 1, "larder: option -p needs an argument"},
      {"--port", 1, "larder: option -p needs an argument"},
      {"--http", 1, "larder: option --http needs an argument"},
      {"--http=x", 1, "larder: --http needs [<host>:]<port>, not \"x\""},
      {"--http 0", 1, "larder: --http needs [<host>:]<port>, not \"0\""},
      {"--log-level loud", 1,
       "larder: --log-level is debug, info, warning, error or off, not \"loud\""},
      {"--log-format xml", 1, "larder: --log-format is text or json, not \"xml\""},
      {"--log-file=", 1, "larder: --log-file needs a path"},
      {"--slow-ms -1", 1, "larder: --slow-ms takes 0 to 2147483647 milliseconds, not -1"},
      {"--slow-ms 5 -o no_latency", 64, "larder: --slow-ms cannot be had with -o no_latency"},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
}

TEST_CASE("arguments that are not options are ignored with a warning") {
  const CommandLine line = accepted("-d logfile -m 65");
  CHECK(line.options.memory_bytes_max == 65u << 20);
  CHECK(line.warnings ==
        std::vector<std::string>{"larder: \"logfile\" is no option and is ignored"});
}

TEST_CASE("leading spaces of an argument are ignored") {
  const auto parsed = parse({"-l", " 127.0.0.1", "-o", " hashpower=20", "-m", " 65"});
  const auto* line = std::get_if<CommandLine>(&parsed);
  REQUIRE(line != nullptr);
  CHECK(line->options.interfaces == "127.0.0.1");
  CHECK(line->options.hash_power_initial == 20);
  CHECK(line->options.memory_bytes_max == 65u << 20);
}

TEST_CASE("root must specify the user to switch to") {
  const ProcessFacts root{true, 1};
  const auto without = parse({}, root);
  const auto* error = std::get_if<UsageError>(&without);
  REQUIRE(error != nullptr);
  CHECK(error->exit_status == 64);
  CHECK(error->line == "must add '-u root' to start as root");
  CHECK(std::holds_alternative<UsageError>(parse({"-u", ""}, root)));
  CHECK(std::holds_alternative<CommandLine>(parse({"-u", "root"}, root)));
  CHECK(std::holds_alternative<CommandLine>(parse({"-h"}, root)));
}

TEST_CASE("an empty delimiter and an empty address are refused") {
  for (const std::string letter : {"-D", "-l", "-s"}) {
    CAPTURE(letter);
    CHECK(std::holds_alternative<UsageError>(parse({letter, ""})));
  }
}

TEST_CASE("a Unix socket replaces the network addresses unless both are requested") {
  CHECK(options_of("-s /a").listen_addresses.empty());
  CHECK(options_of("-s /a -p 0").listen_addresses.empty());
  const ListenAddress everywhere{"", 11311, WireProtocol::Auto};
  CHECK(options_of("-s /a -p 11311").listen_addresses == std::vector{everywhere});
  CHECK(options_of("--port=11311 --unix-socket=/a").listen_addresses == std::vector{everywhere});
  const ListenAddress here{"127.0.0.1", 11211, WireProtocol::Auto};
  CHECK(options_of("-l 127.0.0.1 -s /a").listen_addresses == std::vector{here});
}

TEST_CASE("a Unix socket path that is too long for the system is refused") {
  const std::string longest = "/" + std::string(106, 'x');
  CHECK(options_of("-s " + longest).unix_socket_path == longest);
  CHECK_NOTHROW(refused("-s " + longest + "x"));
}

TEST_CASE("a parse is independent of an earlier one that stopped within an argument") {
  CHECK(accepted("-Vvvv").action == Action::ShowVersion);
  CHECK(options_of("-A -m 65").verbosity == 0);
  CHECK(options_of("-A -m 65").has_shutdown_command);
}

TEST_CASE("the first of help, version and license takes precedence") {
  CHECK(accepted("-h").action == Action::ShowHelp);
  CHECK(accepted("--help -N 1").action == Action::ShowHelp);
  CHECK(accepted("-V -h").action == Action::ShowVersion);
  CHECK(accepted("-i").action == Action::ShowLicense);
  CHECK_NOTHROW(refused("-e /file -h"));
}

TEST_CASE("more than 64 threads and an obsolete option give a warning") {
  CHECK(accepted("-t 64").warnings.empty());
  CHECK(accepted("-t 65").warnings.size() == 1);
  CHECK(accepted("-o resp_obj_mem_limit=3").warnings.front().find("DEPRECATED") == 0);
}

TEST_CASE("required client certificates without a certificate authority give a warning") {
  const auto is_warned = [](const std::string& more) {
    return accepted("-Z -o ssl_chain_cert=/c" + more).warnings.size() == 1;
  };
  CHECK(is_warned(",ssl_verify_mode=2"));
  CHECK(is_warned(",ssl_verify_mode=3"));
  CHECK(is_warned(" -l btls:a,mtls:b"));
  CHECK_FALSE(is_warned(""));
  CHECK_FALSE(is_warned(",ssl_verify_mode=1"));
  CHECK_FALSE(is_warned(",ssl_verify_mode=2 -l btls:a,notls:b"));
  CHECK_FALSE(is_warned(",ssl_verify_mode=2,ssl_ca_cert=/a -l mtls:a"));
}

}  // namespace
}  // namespace larder::server
