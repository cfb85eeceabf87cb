// Invalid flags, and the errors for them.
#include "protocol/meta_flags.h"

#include <catch2/catch.hpp>

#include "tests/protocol/meta_cases.h"

using namespace larder::protocol;

namespace {

// mg, md and ms report the same errors, so this tests all of them.
Complaint complaint_about_flags(const std::string& flags, const std::string& key = "k") {
  const Complaint complaint = complaint_about("mg " + key + " " + flags);
  CAPTURE(flags);
  CHECK(complaint_about("md " + key + " " + flags) == complaint);
  CHECK(complaint_about_write(key, flags) == complaint);
  return complaint;
}

}  // namespace

TEST_CASE("a set of letters contains the letters that were added") {
  constexpr LetterSet set("Az");
  CHECK((set.has('A') && set.has('z')));
  CHECK_FALSE((set.has('B') || set.has('a') || set.has('_')));
  CHECK(LetterSet::is_in_range('['));
  CHECK_FALSE((LetterSet::is_in_range('@') || LetterSet::is_in_range('{')));
}

TEST_CASE("every flag of any command is known to every command") {
  const std::string known = "CDEFIJLMNOPRTbcfhklqstuvx";
  for (char letter = 'A'; letter <= 'z'; ++letter) {
    if (letter == 'M') continue;  // its token depends on the command
    const std::string flag = std::string(1, letter) + (std::isupper(letter) != 0 ? "1" : "");
    const bool is_known = known.find(letter) != std::string::npos;
    CAPTURE(flag);
    CHECK(complaint_about_flags(flag, "Zm9v") ==
          (is_known ? Complaint::None : Complaint::UnknownFlag));
  }
}

TEST_CASE("a flag may occur only once") {
  CHECK(complaint_about_flags("v v") == Complaint::DuplicateFlag);
  CHECK(complaint_about_flags("T1 q T1") == Complaint::DuplicateFlag);
  CHECK(complaint_about_flags("O1 O2") == Complaint::DuplicateFlag);
  CHECK(complaint_about_flags("T1 t v q") == Complaint::None);
}

TEST_CASE("a digit is not a flag") {
  CHECK(complaint_about_flags("1") == Complaint::UnknownFlag);
  CHECK(complaint_about_flags("v 0v") == Complaint::UnknownFlag);
}

TEST_CASE("a character that cannot be a flag makes the line invalid at any position") {
  for (const std::string bad : {"!", "@", "{", "\t", "\x7f", "\x80", "-1", "\r"}) {
    for (const std::string before : {"", "v ", "v v ", "1 ", "Tx ", "_ "}) {
      CAPTURE(bad, before);
      CHECK(complaint_about("mg k " + before + bad + " v") == Complaint::BadLineFormat);
      CHECK(complaint_about("ms k 10 " + before + bad + " v") == Complaint::BadLineFormat);
    }
  }
}

TEST_CASE("numeric tokens must be numbers up to their end") {
  for (const char* flag : {"T", "N", "R"}) {
    for (const char* token : {"", "x", "1x", "+1", "2147483648", "-2147483649", "--1"}) {
      CAPTURE(flag, token);
      CHECK(complaint_about_flags(std::string(flag) + token) == Complaint::BadFlagToken);
    }
    for (const char* token : {"0", "-", "-1", "2147483647", "-2147483648"}) {
      CAPTURE(flag, token);
      CHECK(complaint_about_flags(std::string(flag) + token) == Complaint::None);
    }
  }
  for (const char* flag : {"C", "E", "J", "D"}) {
    const Complaint expected = flag[0] == 'J'   ? Complaint::BadInitialValue
                               : flag[0] == 'D' ? Complaint::BadDeltaValue
                                                : Complaint::BadFlagToken;
    for (const char* token : {"", "-1", "x", "18446744073709551616"}) {
      CAPTURE(flag, token);
      CHECK(complaint_about_flags(std::string(flag) + token) == expected);
    }
    CHECK(complaint_about_flags(std::string(flag) + "18446744073709551615") == Complaint::None);
  }
  for (const char* token : {"", "-1", "x", "4294967296"}) {
    CAPTURE(token);
    CHECK(complaint_about_flags(std::string("F") + token) == Complaint::BadLineFormat);
  }
  CHECK(complaint_about_flags("F4294967295") == Complaint::None);
}

TEST_CASE("of several invalid tokens the last is reported") {
  CHECK(complaint_about_flags("Tx Jx") == Complaint::BadInitialValue);
  CHECK(complaint_about_flags("Jx Dx") == Complaint::BadDeltaValue);
  CHECK(complaint_about_flags("Dx Tx v") == Complaint::BadFlagToken);
  CHECK(complaint_about_flags("Dx Fx") == Complaint::BadDeltaValue);
  CHECK(complaint_about_flags("Tx b", "Zm9") == Complaint::BadKeyEncoding);
  CHECK(complaint_about_flags("b Tx", "Zm9") == Complaint::BadFlagToken);
}

TEST_CASE("an unknown or duplicate flag takes precedence over invalid tokens") {
  CHECK(complaint_about_flags("Tx v v") == Complaint::DuplicateFlag);
  CHECK(complaint_about_flags("Tx Q Jx") == Complaint::UnknownFlag);
  CHECK(complaint_about_flags("Q v v") == Complaint::UnknownFlag);
  CHECK(complaint_about_flags("v v Q") == Complaint::DuplicateFlag);
}

TEST_CASE("a line has at most twenty words") {
  // Seventeen flags; together with the verb, the key and a size there are twenty words.
  const std::string flags = "c f h k l q s t u v x C1 D1 E1 F1 I J1";
  CHECK(complaint_about_write("k", flags) == Complaint::None);
  CHECK(complaint_about_write("k", flags + " L") == Complaint::TooManyFlags);
  CHECK(complaint_about("mg k " + flags + " L") == Complaint::None);
  CHECK(complaint_about("mg k " + flags + " L N1") == Complaint::TooManyFlags);
  CHECK(complaint_about("mg k " + flags + " v v Q") == Complaint::TooManyFlags);
  CHECK(complaint_about("mg k " + flags + " v v !") == Complaint::BadLineFormat);
  CHECK(complaint_about("mg " + key_of_size(251) + " " + flags + " v v") ==
        Complaint::BadLineFormat);
  // Words after the twenty-third are ignored.
  CHECK(complaint_about("mg k " + flags + " v v v v !") == Complaint::TooManyFlags);
  CHECK(complaint_about("mg k " + flags + " v v v !") == Complaint::BadLineFormat);
}

TEST_CASE("an opaque token has at most 32 bytes with its letter") {
  const std::string longest(31, 'x');
  const TextCase parsed("mg k O" + longest + " q\r\n");
  CHECK(parsed.holds<MetaGet>());
  CHECK(parsed.request.style.opaque == "O" + longest);
  CHECK(complaint_about_flags("O" + longest + "x") == Complaint::OpaqueTooLong);
  CHECK(complaint_about("ma k O" + longest + "x") == Complaint::OpaqueTooLong);
  CHECK(complaint_about_flags("O" + longest + "x Tx") == Complaint::BadFlagToken);
  CHECK(complaint_about_write("k", "O" + longest + "x MX") == Complaint::BadWriteMode);
  CHECK(TextCase("mg k O\r\n").request.style.opaque == "O");
  CHECK(TextCase("mg k O!\xff\r\n").request.style.opaque == "O!\xff");
}

TEST_CASE("a base64 key must be valid base64") {
  CHECK(is_base64_key("Zm9v"));
  CHECK_FALSE(is_base64_key("Zm9"));
  for (const char* key : {"Zm9", "A===", "----"}) {
    CAPTURE(key);
    CHECK(complaint_about_flags("b", key) == Complaint::BadKeyEncoding);
    CHECK(complaint_about_flags("k", key) == Complaint::None);
  }
  CHECK(complaint_about_flags("b", key_of_size(248)) == Complaint::None);
  CHECK(complaint_about_flags("b", key_of_size(252)) == Complaint::BadLineFormat);
}
