// The commands with keys.
#include <catch2/catch.hpp>

#include "tests/protocol/text_cases.h"

using namespace larder::protocol;

using Keys = std::vector<std::string>;

TEST_CASE("get accepts one key or several, in order and repeated") {
  CHECK(TextCase("get a\r\n").keys() == Keys{"a"});
  CHECK(TextCase("get a b a\r\n").keys() == Keys{"a", "b", "a"});
  CHECK(TextCase("get   a   b  \r\n").keys() == Keys{"a", "b"});
}

TEST_CASE("get does not support noreply") {
  const TextCase parsed("get a noreply\r\n");
  CHECK(parsed.keys() == Keys{"a", "noreply"});
  CHECK_FALSE(parsed.request.style.silent);
}

TEST_CASE("a get of one key has no further keys") {
  CHECK(TextCase("get a\r\n").get<Get>().more_keys.empty());
  CHECK(TextCase("get a    \r\n").get<Get>().more_keys.empty());
}

TEST_CASE("get, gets, gat and gats differ in what they request") {
  const TextCase get("get a\r\n");
  CHECK_FALSE(get.get<Get>().with_cas);
  CHECK_FALSE(get.get<Get>().touches);
  const TextCase gets("gets a\r\n");
  CHECK(gets.get<Get>().with_cas);
  CHECK_FALSE(gets.get<Get>().touches);
  const TextCase gat("gat 10 a\r\n");
  CHECK_FALSE(gat.get<Get>().with_cas);
  CHECK(gat.get<Get>().touches);
  CHECK(gat.get<Get>().exptime == 10);
  const TextCase gats("gats  -7  a b\r\n");
  CHECK(gats.get<Get>().with_cas);
  CHECK(gats.get<Get>().touches);
  CHECK(gats.get<Get>().exptime == -7);
  CHECK(gats.keys() == Keys{"a", "b"});
}

TEST_CASE("an invalid exptime of gat is reported before its keys are checked") {
  CHECK(TextCase("gat x a\r\n").complains(Complaint::BadExptime));
  CHECK(TextCase("gat 2147483648 a\r\n").complains(Complaint::BadExptime));
  CHECK(TextCase("gat +1 a\r\n").complains(Complaint::BadExptime));
  CHECK(TextCase("gats x " + key_of_size(251) + "\r\n").complains(Complaint::BadExptime));
  CHECK(TextCase("gat x a noreply\r\n").complains(Complaint::BadExptime));
}

TEST_CASE("a key has at most 250 bytes") {
  for (const std::string before : {"get ", "gets ", "gat 0 "}) {
    CAPTURE(before);
    CHECK(TextCase(before + key_of_size(250) + "\r\n").keys() == Keys{key_of_size(250)});
    CHECK(TextCase(before + key_of_size(251) + "\r\n").complains(Complaint::BadLineFormat));
  }
  for (const std::string after : {" 1\r\n", " 1 noreply\r\n"}) {
    for (const std::string verb : {"incr ", "decr ", "touch ", "delete "}) {
      CAPTURE(verb, after);
      CHECK(TextCase(verb + key_of_size(250) + after).is(Verdict::Complete));
      CHECK(TextCase(verb + key_of_size(251) + after).is(Verdict::Malformed));
    }
  }
}

TEST_CASE("one key that is too long makes a get invalid at any position") {
  const std::string long_key = key_of_size(251);
  for (const std::string& keys :
       {long_key + " a", "a " + long_key, "a " + long_key + " b", "a b " + long_key + " noreply"}) {
    CAPTURE(keys);
    CHECK(TextCase("get " + keys + "\r\n").complains(Complaint::BadLineFormat));
    CHECK(TextCase("gat 0 " + keys + "\r\n").complains(Complaint::BadLineFormat));
  }
}

TEST_CASE("a get may name any number of keys") {
  std::string line = "get";
  Keys expected;
  for (int i = 0; i < 20'000; ++i) {
    expected.push_back("key:" + std::to_string(i * 7919));
    line += " " + expected.back();
  }
  CHECK(TextCase(line + "\r\n").keys() == expected);
}

TEST_CASE("keys of every size are separated correctly") {
  for (size_t size = 1; size <= 40; ++size) {
    const std::string key = key_of_size(size);
    CAPTURE(size);
    REQUIRE(TextCase("get " + key + "\n").keys() == Keys{key});
    REQUIRE(TextCase("get " + key + " a  " + key + "\r\n").keys() == Keys{key, "a", key});
    REQUIRE(TextCase("set " + key + " 1 2 3\r\n").get<Write>().key == key);
    REQUIRE(TextCase("cas " + key + " 1 2 3 4\r\n").get<Write>().key == key);
    REQUIRE(TextCase("delete " + key + "\r\n").get<Remove>().key == key);
  }
}

TEST_CASE("each command that writes has its mode") {
  const auto mode_of = [](const std::string& line) { return TextCase(line).get<Write>().mode; };
  CHECK(mode_of("set a 0 0 1\r\n") == WriteMode::Set);
  CHECK(mode_of("add a 0 0 1\r\n") == WriteMode::Add);
  CHECK(mode_of("replace a 0 0 1\r\n") == WriteMode::Replace);
  CHECK(mode_of("append a 0 0 1\r\n") == WriteMode::Append);
  CHECK(mode_of("prepend a 0 0 1\r\n") == WriteMode::Prepend);
  CHECK(mode_of("cas a 0 0 1 1\r\n") == WriteMode::Cas);
}

TEST_CASE("a write has all its numbers") {
  // The second and third forms do not take the fast path; their meaning must be the same.
  for (const char* line : {"set key 1 2 3\r\n", "set  key 1 2 3\r\n", "set key +1 +2 3 ignored\r\n",
                           "set key 1 2 3 noreply ignored\r\n"}) {
    CAPTURE(line);
    const TextCase parsed(line);
    const Write& write = parsed.get<Write>();
    CHECK(write.key == "key");
    CHECK(write.flags == 1);
    CHECK(write.exptime == 2);
    CHECK(write.value_size == 3);
    CHECK_FALSE(parsed.request.style.silent);
  }
}

TEST_CASE("cas has its CAS id") {
  const TextCase parsed("cas key 1 2 3 18446744073709551615\r\n");
  CHECK(parsed.get<Write>().cas == 18446744073709551615u);
  CHECK(parsed.get<Write>().value_size == 3);
}

TEST_CASE("the large numbers of a write are truncated to 32 bits") {
  const TextCase parsed("set key 4294967297 4294967296 3\r\n");
  CHECK(parsed.get<Write>().flags == 1);
  CHECK(parsed.get<Write>().exptime == 0);
  CHECK(TextCase("set key 4294967295 -1 3\r\n").get<Write>().flags == 4294967295u);
  CHECK(TextCase("set key 0 -1 3\r\n").get<Write>().exptime == -1);
  CHECK(TextCase("set key 0 9999999999 3\r\n").get<Write>().exptime == 1410065407);
}

TEST_CASE("a value size is below two gigabytes") {
  CHECK(TextCase("set a 0 0 0\r\n").get<Write>().value_size == 0);
  CHECK(TextCase("set a 0 0 2147483645\r\n").get<Write>().value_size == kValueSizeMax);
  CHECK(TextCase("set a 0 0 000000100\r\n").get<Write>().value_size == 100);
  CHECK(TextCase("set a 0 0 -0\r\n").get<Write>().value_size == 0);
}

TEST_CASE("after an invalid value size no value is skipped and the error is always sent") {
  for (const std::string size : {"-1", "x", "1x", "+1", "2147483646", "2147483647", "4294967295",
                                 "4294967296", "18446744073709551616", "000000000001", "1.0"}) {
    for (const std::string& line :
         {"set a 0 0 " + size, "cas a 0 0 " + size + " 1", "append a 0 0 " + size}) {
      CAPTURE(line);
      CHECK(TextCase(line + "\r\n").complains(Complaint::BadLineFormat));
      CHECK(TextCase(line + " noreply\r\n").complains(Complaint::BadLineFormat));
    }
  }
}

TEST_CASE("after other errors of a write its value is skipped") {
  const std::string long_key = key_of_size(251);
  const std::vector<std::string> lines{"set " + long_key + " 0 0 6",
                                       "set a -1 0 6",
                                       "set a x 0 6",
                                       "set a 1x 0 6",
                                       "set a 18446744073709551616 0 6",
                                       "set a 0 x 6",
                                       "set a 0 99999999999999999999 6",
                                       "add a x 0 6",
                                       "replace a 0 x 6",
                                       "append " + long_key + " 0 0 6",
                                       "cas a x 0 6 1",
                                       "cas a 0 0 6 -1",
                                       "cas a 0 0 6 x",
                                       "cas " + long_key + " 0 0 6 1"};
  for (const std::string& line : lines) {
    for (const bool silent : {false, true}) {
      CAPTURE(line, silent);
      const TextCase parsed(line + (silent ? " noreply\r\n" : "\r\n"));
      CHECK(parsed.is(Verdict::Malformed));
      CHECK(parsed.parsed.complaint == Complaint::BadLineFormat);
      CHECK(parsed.parsed.value_bytes_to_skip == 8);
      CHECK(parsed.parsed.silent == silent);
      CHECK(parsed.parsed.consumed == parsed.input.bytes().size());
    }
  }
}

TEST_CASE("after a cas without a CAS id its value is skipped") {
  const TextCase missing("cas a 0 0 6 \r\n");
  CHECK(missing.is(Verdict::Malformed));
  CHECK(missing.parsed.value_bytes_to_skip == 8);
  CHECK_FALSE(missing.parsed.silent);
  const TextCase silent("cas a 0 0 6 noreply\r\n");
  CHECK(silent.is(Verdict::Malformed));
  CHECK(silent.parsed.value_bytes_to_skip == 8);
  CHECK(silent.parsed.silent);
}

TEST_CASE("the size of the largest skipped value does not overflow") {
  const TextCase parsed("set a x 0 2147483645\r\n");
  CHECK(parsed.is(Verdict::Malformed));
  CHECK(parsed.parsed.value_bytes_to_skip == 2147483647);
}

TEST_CASE("noreply counts only as the last word") {
  for (const std::string line :
       {"set a 0 0 1", "add a 0 0 1", "replace a 0 0 1", "append a 0 0 1", "prepend a 0 0 1",
        "cas a 0 0 1 1", "incr a 1", "decr a 1", "touch a 1", "delete a"}) {
    const auto silent = [&](const char* end) {
      const TextCase parsed(line + end);
      REQUIRE(parsed.is(Verdict::Complete));
      return parsed.request.style.silent;
    };
    CAPTURE(line);
    CHECK_FALSE(silent("\r\n"));
    CHECK(silent(" noreply\r\n"));
    CHECK(silent(" noreply\n"));
    CHECK(silent("  noreply  \r\n"));
    CHECK(silent(" x noreply\r\n"));
    CHECK_FALSE(silent(" noreply x\r\n"));
    CHECK_FALSE(silent(" NOREPLY\r\n"));
    CHECK_FALSE(silent(" noreplyx\r\n"));
    CHECK_FALSE(silent(" norepl\r\n"));
  }
}

TEST_CASE("words after the twenty-third are ignored") {
  std::string line = "delete a";
  for (size_t words = 2; words < kWordsMax - 1; ++words) line += " x";
  CHECK(TextCase(line + " noreply\r\n").request.style.silent);
  CHECK(TextCase(line + " noreply x\r\n").request.style.silent);
  CHECK_FALSE(TextCase(line + " x noreply\r\n").request.style.silent);
}

TEST_CASE("a silent request does not silence the next one") {
  Request request;
  REQUIRE(parse_text("delete a noreply\r\n", 0, &request).verdict == Verdict::Complete);
  REQUIRE(request.style.silent);
  for (const std::string line :
       {"get a\r\n", "set a 0 0 1\r\n", "add a 0 0 1\r\n", "delete a\r\n", "touch a 1\r\n",
        "incr a 1\r\n", "version\r\n", "stats\r\n", "flush_all\r\n", "verbosity 1\r\n",
        "gat 0 a\r\n", "quit\r\n", "cas a 0 0 1 1\r\n", "shutdown\r\n", "cache_memlimit 64\r\n"}) {
    CAPTURE(line);
    request.style.silent = true;
    REQUIRE(parse_text(line, 0, &request).verdict == Verdict::Complete);
    CHECK_FALSE(request.style.silent);
  }
}

TEST_CASE("delete ignores the words after the key") {
  for (const char* line :
       {"delete k\r\n", "delete k 0\r\n", "delete k 10\r\n", "delete k x y\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).get<Remove>().key == "k");
  }
}

TEST_CASE("delete noreply has the key noreply and is silent") {
  const TextCase parsed("delete noreply\r\n");
  CHECK(parsed.get<Remove>().key == "noreply");
  CHECK(parsed.request.style.silent);
}

TEST_CASE("touch accepts a signed exptime") {
  CHECK(TextCase("touch k 10\r\n").get<Touch>().key == "k");
  CHECK(TextCase("touch k 10\r\n").get<Touch>().exptime == 10);
  CHECK(TextCase("touch k -10\r\n").get<Touch>().exptime == -10);
  for (const char* exptime : {"x", "+1", "2147483648", "1x", "99999999999999999999"}) {
    CAPTURE(exptime);
    CHECK(TextCase("touch k " + std::string(exptime) + "\r\n").complains(Complaint::BadExptime));
  }
  CHECK(TextCase("touch k noreply\r\n").complains_silently(Complaint::BadExptime));
}

TEST_CASE("incr and decr accept an unsigned delta") {
  const TextCase incr("incr k 18446744073709551615\r\n");
  CHECK(incr.get<Arithmetic>().key == "k");
  CHECK(incr.get<Arithmetic>().delta == 18446744073709551615u);
  CHECK_FALSE(incr.get<Arithmetic>().decrements);
  CHECK(TextCase("decr k 1\r\n").get<Arithmetic>().decrements);
  for (const char* delta : {"x", "-1", "+1", "1x", "18446744073709551616"}) {
    CAPTURE(delta);
    CHECK(TextCase("incr k " + std::string(delta) + "\r\n").complains(Complaint::BadDelta));
    CHECK(TextCase("decr k " + std::string(delta) + "\r\n").complains(Complaint::BadDelta));
  }
  CHECK(TextCase("incr k noreply\r\n").complains_silently(Complaint::BadDelta));
}

TEST_CASE("a key that is too long takes precedence over an invalid number") {
  const std::string key = key_of_size(251);
  CHECK(TextCase("incr " + key + " x\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("touch " + key + " x\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("delete " + key + "\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("delete " + key + " noreply\r\n").complains_silently(Complaint::BadLineFormat));
}
