// The meta commands: verbs, keys, and the effect of flags on each.
#include <catch2/catch.hpp>

#include "tests/protocol/meta_cases.h"

using namespace larder::protocol;

TEST_CASE("mg without flags requests nothing") {
  const TextCase parsed("mg key\r\n");
  const auto& get = parsed.get<MetaGet>();
  CHECK(get.key == "key");
  CHECK_FALSE(get.wants_value);
  CHECK(get.is_access);
  CHECK_FALSE((get.creates || get.touches || get.recaches || get.known_cas || get.new_cas));
  const ReplyStyle& style = parsed.request.style;
  CHECK(style.dialect == Dialect::Meta);
  CHECK_FALSE((style.quiet || style.silent || style.key_is_base64));
  CHECK(asked_in(style).empty());
  CHECK(style.opaque.empty());
}

TEST_CASE("mg accepts every flag") {
  const TextCase parsed("mg Zm9v b u v q c f h l s k E9 N-2 R3 T4 C5 Oabc t\r\n");
  const auto& get = parsed.get<MetaGet>();
  CHECK(get.key == "Zm9v");
  CHECK(get.wants_value);
  CHECK_FALSE(get.is_access);
  CHECK((get.creates && get.touches && get.recaches));
  CHECK(get.new_cas == 9u);
  CHECK(get.creation_exptime == -2);
  CHECK(get.recache_exptime == 3);
  CHECK(get.exptime == 4);
  CHECK(get.known_cas == 5u);
  const ReplyStyle& style = parsed.request.style;
  CHECK((style.quiet && style.key_is_base64));
  CHECK_FALSE(style.silent);
  CHECK(style.opaque == "Oabc");
  CHECK(asked_in(style) == "cfhlskNRTOt");
}

TEST_CASE("a token of zero differs from a missing one") {
  const auto get = TextCase("mg k C0 E0 T0 N0 R0\r\n").get<MetaGet>();
  CHECK((get.known_cas == 0u && get.new_cas == 0u));
  CHECK((get.touches && get.creates && get.recaches));
  const auto remove = TextCase("md k C0 E0 T0\r\n").get<MetaRemove>();
  CHECK((remove.cas == 0u && remove.new_cas == 0u && remove.exptime == 0));
  CHECK(TextCase("ma k E0\r\n").get<MetaArithmetic>().new_cas == 0u);
}

TEST_CASE("ms without flags is a set") {
  const TextCase parsed("ms key 5\r\n");
  const auto& write = parsed.get<Write>();
  CHECK(write.key == "key");
  CHECK(write.value_size == 5);
  CHECK(write.mode == WriteMode::Set);
  CHECK((write.flags == 0 && write.exptime == 0 && write.cas == 0 && write.new_cas == 0));
  CHECK_FALSE((write.creates || write.may_be_stale));
  CHECK(parsed.request.style.dialect == Dialect::Meta);
}

TEST_CASE("ms accepts every flag") {
  const TextCase parsed("ms Zm9v 0 b c k q s Oab C7 E8 F9 I MR N10 T11\r\n");
  const auto& write = parsed.get<Write>();
  CHECK(write.key == "Zm9v");
  CHECK(write.value_size == 0);
  CHECK(write.mode == WriteMode::Cas);
  CHECK(write.may_be_stale);
  CHECK_FALSE(write.creates);
  CHECK((write.cas == 7 && write.new_cas == 8 && write.flags == 9 && write.exptime == 11));
  const ReplyStyle& style = parsed.request.style;
  CHECK((style.quiet && style.key_is_base64));
  CHECK(style.opaque == "Oab");
  CHECK(asked_in(style) == "cksO");
}

TEST_CASE("ms has five modes, named by their first letter") {
  const auto mode_of = [](const std::string& flags) {
    return TextCase("ms k 1 " + flags + "\r\n").get<Write>().mode;
  };
  CHECK(mode_of("MS") == WriteMode::Set);
  CHECK(mode_of("ME") == WriteMode::Add);
  CHECK(mode_of("MA") == WriteMode::Append);
  CHECK(mode_of("MP") == WriteMode::Prepend);
  CHECK(mode_of("MR") == WriteMode::Replace);
  CHECK(mode_of("MReplace") == WriteMode::Replace);
  for (const char* flags : {"M", "Ms", "Me", "MX", "M1"}) {
    CAPTURE(flags);
    CHECK(complaint_about_write("k", flags) == Complaint::BadWriteMode);
  }
}

TEST_CASE("a CAS id turns a set or a replace into a cas") {
  const auto write_of = [](const std::string& flags) {
    return TextCase("ms k 1 " + flags + "\r\n").get<Write>();
  };
  for (const char* flags : {"C5", "MS C5", "C5 MR", "C0"}) {
    CAPTURE(flags);
    CHECK(write_of(flags).mode == WriteMode::Cas);
  }
  CHECK(write_of("ME C5").mode == WriteMode::Add);
  CHECK(write_of("MA C5").mode == WriteMode::Append);
  CHECK(write_of("MA C5").cas == 5);
  CHECK(write_of("C5 I").may_be_stale);
  CHECK_FALSE(write_of("I").may_be_stale);
  CHECK_FALSE(write_of("MA C5 I").may_be_stale);
}

TEST_CASE("an item created by an append has the exptime of the N flag") {
  const auto write_of = [](const std::string& flags) {
    return TextCase("ms k 1 " + flags + "\r\n").get<Write>();
  };
  CHECK(write_of("MA N30 T60").creates);
  CHECK(write_of("MA N30 T60").exptime == 30);
  CHECK(write_of("MP N30").creates);
  CHECK_FALSE(write_of("MA T60").creates);
  CHECK_FALSE(write_of("N30 T60").creates);
  CHECK(write_of("N30 T60").exptime == 60);
}

TEST_CASE("after an ms without a valid size the value is parsed as commands") {
  for (const char* words :
       {"k", "k x", "k -1", "k 2147483646", "k 99999999999", "k +5", "k 5 !", "k 5 v \x80"}) {
    CAPTURE(words);
    CHECK(complaint_about("ms " + std::string(words)) == Complaint::BadLineFormat);
  }
  CHECK(TextCase("ms k 2147483645\r\n").get<Write>().value_size == kValueSizeMax);
}

TEST_CASE("md without flags removes the item") {
  const TextCase parsed("md key\r\n");
  const auto& remove = parsed.get<MetaRemove>();
  CHECK(remove.key == "key");
  CHECK_FALSE(
      (remove.invalidates || remove.empties || remove.exptime || remove.cas || remove.new_cas));
}

TEST_CASE("md accepts every flag") {
  const TextCase parsed("md Zm9v q k b I x C1 E2 F3 T4 Oz\r\n");
  const auto& remove = parsed.get<MetaRemove>();
  CHECK((remove.invalidates && remove.empties));
  CHECK((remove.cas == 1u && remove.new_cas == 2u && remove.flags == 3 && remove.exptime == 4));
  CHECK((parsed.request.style.quiet && parsed.request.style.key_is_base64));
  CHECK(asked_in(parsed.request.style) == "kO");
}

TEST_CASE("ma without flags adds one") {
  const TextCase parsed("ma key\r\n");
  const auto& arithmetic = parsed.get<MetaArithmetic>();
  CHECK(arithmetic.key == "key");
  CHECK((arithmetic.delta == 1 && arithmetic.initial == 0 && arithmetic.cas == 0));
  CHECK_FALSE((arithmetic.decrements || arithmetic.wants_value || arithmetic.creates ||
               arithmetic.touches || arithmetic.new_cas));
}

TEST_CASE("ma accepts every flag") {
  const TextCase parsed("ma Zm9v b MD v N1 T2 t D3 J4 C5 E6 c k q Oz\r\n");
  const auto& arithmetic = parsed.get<MetaArithmetic>();
  CHECK((arithmetic.decrements && arithmetic.wants_value));
  CHECK((arithmetic.creates && arithmetic.touches));
  CHECK((arithmetic.creation_exptime == 1 && arithmetic.exptime == 2));
  CHECK((arithmetic.delta == 3 && arithmetic.initial == 4));
  CHECK((arithmetic.cas == 5 && arithmetic.new_cas == 6u));
  CHECK(asked_in(parsed.request.style) == "NTtckO");
}

TEST_CASE("the first letter of ma's mode selects increment or decrement") {
  const auto decrements = [](const std::string& flags) {
    return TextCase("ma k " + flags + "\r\n").get<MetaArithmetic>().decrements;
  };
  CHECK_FALSE(decrements("MI"));
  CHECK_FALSE(decrements("M+"));
  CHECK_FALSE(decrements("MIncr"));
  CHECK(decrements("MD"));
  CHECK(decrements("M-"));
  for (const char* flags : {"M", "Mi", "Md", "MS"}) {
    CAPTURE(flags);
    CHECK(complaint_about("ma k " + std::string(flags)) == Complaint::BadArithmeticMode);
  }
}

TEST_CASE("ma reports every invalid flag with the same error") {
  for (const char* flags : {"v v", "X", "1", "Tx", "Dx", "Jx", "Fx", "MX v v"}) {
    CAPTURE(flags);
    CHECK(complaint_about("ma k " + std::string(flags)) == Complaint::UnknownOrDuplicateFlag);
  }
  CHECK(complaint_about("ma Zm9 b") == Complaint::UnknownOrDuplicateFlag);
  CHECK(complaint_about("ma " + key_of_size(251)) == Complaint::UnknownOrDuplicateFlag);
  CHECK(complaint_about("ma k !") == Complaint::BadLineFormat);
}

TEST_CASE("me accepts a key and an optional b flag") {
  CHECK(TextCase("me key\r\n").get<MetaDebug>().key == "key");
  CHECK_FALSE(TextCase("me Zm9v\r\n").request.style.key_is_base64);
  CHECK(TextCase("me Zm9v b\r\n").request.style.key_is_base64);
  CHECK(TextCase("me Zm9v b and more\r\n").request.style.key_is_base64);
  CHECK_FALSE(TextCase("me Zm9v and b\r\n").request.style.key_is_base64);
  CHECK_FALSE(TextCase("me Zm9v binary\r\n").request.style.key_is_base64);
  CHECK(TextCase("me k Q Q 1 T\r\n").holds<MetaDebug>());
  CHECK(complaint_about("me") == Complaint::BadLineFormat);
  CHECK(complaint_about("me Zm9 b") == Complaint::BadLineFormat);
  CHECK(complaint_about("me k !") == Complaint::BadLineFormat);
  CHECK(complaint_about("me " + key_of_size(251)) == Complaint::BadLineFormat);
}

TEST_CASE("mn ignores the rest of the line") {
  CHECK(TextCase("mn\r\n").holds<Noop>());
  CHECK(TextCase("mn a ! noreply\r\n").holds<Noop>());
  CHECK_FALSE(TextCase("mn noreply\r\n").request.style.silent);
}

TEST_CASE("a meta key has 1 to 250 bytes") {
  for (const std::string verb : {"mg ", "md ", "me "}) {
    CAPTURE(verb);
    CHECK(complaint_about(verb + key_of_size(250)) == Complaint::None);
    CHECK(complaint_about(verb + key_of_size(251)) == Complaint::BadLineFormat);
    CHECK(complaint_about(verb) == Complaint::BadLineFormat);
    CHECK(complaint_about(verb + "   ") == Complaint::BadLineFormat);
  }
  CHECK(complaint_about("ma  ") == Complaint::BadLineFormat);
  CHECK(complaint_about_write(key_of_size(250), "") == Complaint::None);
  CHECK(complaint_about_write(key_of_size(251), "") == Complaint::BadLineFormat);
}

TEST_CASE("consecutive spaces separate words like one") {
  const TextCase parsed("mg   k    v   O1   \r\n");
  CHECK(parsed.get<MetaGet>().key == "k");
  CHECK(parsed.get<MetaGet>().wants_value);
  CHECK(parsed.request.style.opaque == "O1");
  CHECK(TextCase("ms  k   3   T1 \n").get<Write>().exptime == 1);
}

TEST_CASE("an unknown two-letter command is refused as unknown") {
  for (const char* line : {"mx k", "m", "mG k", "mgs k", "mgk", "m k", " mg k", "m  k", "meta"}) {
    CAPTURE(line);
    const TextCase parsed(std::string(line) + "\r\n");
    const bool is_short = parsed.input.bytes().size() < kLineSizeMin;
    CHECK(parsed.complains(is_short ? Complaint::BadLineFormat : Complaint::UnknownCommand));
  }
  CHECK(TextCase("mx k noreply\r\n").complains_silently(Complaint::UnknownCommand));
}

TEST_CASE("a meta command is complete only with its line end") {
  for (const std::string line :
       {"mg key v t s f c h l u k Oabc q N30 R30 T30 E5 C6\r\n", "ms key 10 T30 MA N20 F5 I C7\r\n",
        "md key I x T30 q k O1 C5 E6 F7\r\n", "ma key N0 J13 D4 T60 t v c MD E5 C6\r\n",
        "me key b\r\n", "mn\r\n", "mg Zm9v b k\n"}) {
    CAPTURE(line);
    for (size_t size = 0; size < line.size(); ++size) {
      CAPTURE(size);
      CHECK(TextCase(line.substr(0, size)).is(Verdict::NeedMore));
    }
    CHECK_FALSE(TextCase(line).is(Verdict::NeedMore));
  }
}
