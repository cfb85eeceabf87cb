#!/usr/bin/env python3
"""What scripts/tidylib/classes.py takes for the members of a class."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scripts"))
from tidylib import classes  # noqa: E402  (its directory has just been named)

# A declaration in a class -> the functions and the data it adds.
MEMBERS = {
    "int a;": ("", "a"),
    "int a_ = 0, b_{1}, *c_;": ("", "a_ b_ c_"),
    "static constexpr size_t kSize = 3 * (1 << 4);": ("", "kSize"),
    "static constexpr uint64_t kAll = uint64_t{1} << 32; int b;": ("", "kAll b"),
    "alignas(64) std::atomic<bool> is_done_{false};": ("", "is_done_"),
    "char text[kSize + 1] = {};": ("", "text"),
    "uint32_t key : 24; uint32_t bits : 8;": ("", "key bits"),
    "std::map<std::string, std::vector<int>> map_;": ("", "map_"),
    "std::function<void(bool, int)> on_done;": ("", "on_done"),
    "void (*callback)(void*) = nullptr;": ("", "callback"),
    "int count_ GUARDED_BY(mutex_) = 0;": ("", "count_"),
    "mutable std::mutex mutex_;  // guards count_": ("", "mutex_"),
    "std::unique_ptr<Door[]> doors_;": ("", "doors_"),
    "const struct Door* door_;": ("", "door_"),
    "struct { int a; } pair_;": ("", "pair_"),
    "decltype(f()) all_;": ("", "all_"),
    "void f(); void f(int) const; void g();": ("f g", ""),
    "void f() { int a; if (a < 2) { g(); } }": ("f", ""),
    "[[nodiscard]] std::span<const int> f(int a = 0, int b = {}) const noexcept { return {}; }":
        ("f", ""),
    "auto f() const -> std::vector<int> { return v_; } int b;": ("f", "b"),
    "template <class T> requires(sizeof(T) > 1) T f(T a);": ("f", ""),
    "static int f(int); virtual int g() = 0;": ("f g", ""),
    "A(); explicit A(int a) : a_(a), b_{a} { f(); } A(const A&) = delete; ~A();": ("A ~A", ""),
    "A() : f_([] { return 1; }) {} int a_;": ("A", "a_"),
    "A& operator=(const A&) = delete; bool operator==(const A&) const = default;":
        ("operator= operator==", ""),
    "bool operator<(const A& other) const { return a < other.a; } int a;": ("operator<", "a"),
    "explicit operator bool() const; int operator()(int) const; int& operator[](int);":
        ("operatorbool operator() operator[]", ""),
    "void f() EXCLUDES(mutex_); void g() REQUIRES(mutex_) { h(); }": ("f g", ""),
    "public: void f(); private: int a;": ("f", "a"),
    "struct B; class C; enum class D : uint8_t { One, Two }; enum { kThree };": ("", ""),
    "struct B { int b; void g(); }; class C : public B { int c; };": ("", ""),
    "using E = int; typedef int F; using B::f;": ("", ""),
    "friend class G; friend void h(A&) { g(); } template <class T> friend struct H;": ("", ""),
    'static_assert(sizeof(int) == 4, "of this machine");': ("", ""),
    '// int a;\n/* int b; */\n#define C int c;\n': ("", ""),
}

# A text -> the classes it defines.
CLASSES = {
    "struct A;\nclass B { int b; };\nenum class C { One };": "B",
    "struct A final : public B<int>, private C { struct D { int d; }; union { int e; }; };":
        "A D (unnamed)",
    "template <class T> class A {};\nstruct HttpServer::Connection { int fd; };":
        "A HttpServer::Connection",
    "void f(struct A* a) { struct B { int b; }; class A* c; }": "B",
    "template <> struct std::hash<A> { size_t operator()(const A&) const; };": "std::hash",
    "struct alignas(64) A { int a; };\nclass [[nodiscard]] B { int b; };": "A B",
}


class Classes(unittest.TestCase):
    def test_members_are_counted_by_name(self):
        for text, (functions, data) in MEMBERS.items():
            with self.subTest(text):
                found = classes.classes_of("class A {\n" + text + "\n};\n")[0]
                self.assertEqual(found.functions, set(functions.split()))
                self.assertEqual(found.data, set(data.split()))

    def test_what_follows_a_declaration_is_still_seen(self):
        for text, (functions, data) in MEMBERS.items():
            with self.subTest(text):
                found = classes.classes_of("class A {\n" + text + "\nvoid last(); int z; };\n")[0]
                self.assertEqual(found.functions, set(functions.split()) | {"last"})
                self.assertEqual(found.data, set(data.split()) | {"z"})
                self.assertEqual(found.member_count(), len((functions + " " + data).split()) + 2)

    def test_every_class_of_a_file_is_found(self):
        for text, names in CLASSES.items():
            with self.subTest(text):
                self.assertEqual([each.name for each in classes.classes_of(text)], names.split())

    def test_a_class_has_its_line(self):
        found = classes.classes_of("// a\nnamespace b {\n\nclass C {\n};\n}\n")
        self.assertEqual([(each.name, each.line) for each in found], [("C", 4)])


if __name__ == "__main__":
    unittest.main()
