#include "catch.hpp"
#include "scratch.hpp"

#include <mfg/base/error.hpp>
#include <mfg/run/files.hpp>
#include <mfg/run/npy.hpp>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <locale>
#include <random>
#include <string>

namespace {

/// Runs NumPy statements in the directory; the first Python that has NumPy is taken.
bool run_numpy(const Scratch& scratch, const std::string& statements)
{
    mfg::write_file_atomically(scratch / "script.py", "import numpy as np\n" + statements);
    for (const std::string python : {"python3", "/usr/bin/python3"}) {
        if (std::system((python + " -c 'import numpy' 2>/dev/null").c_str()) != 0) continue;
        return std::system(("cd '" + scratch.path.string() + "' && " + python + " script.py").c_str()) == 0;
    }
    FAIL("this test needs NumPy; install python3-numpy");
    return false;
}

mfg::Matrix counting(std::size_t rows, std::size_t columns)
{
    mfg::Matrix m = mfg::make_matrix(rows, columns);
    for (std::size_t i = 0; i < m.size(); ++i) m.data()[i] = 0.1 * static_cast<mfg::Real>(i);
    return m;
}

std::string file_of(const std::string& header, std::size_t data_bytes)
{
    std::string bytes = "\x93NUMPY";
    bytes += {1, 0, static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
    return bytes + header + std::string(data_bytes, '\0');
}

}  // namespace

TEST_CASE("arrays come back as they were written", "[npy]")
{
    const Scratch scratch;
    mfg::Vector vector = mfg::make_vector(3, 1.0 / 3);
    vector(1) = std::numeric_limits<mfg::Real>::infinity();
    mfg::write_npy(scratch / "v.npy", vector);
    CHECK((mfg::read_npy<1>(scratch / "v.npy") == vector));

    const mfg::Matrix matrix = counting(4, 5);
    mfg::write_npy(scratch / "m.npy", matrix);
    CHECK((mfg::read_npy<2>(scratch / "m.npy") == matrix));

    mfg::Cube cube = mfg::Cube::from_shape({2, 3, 4});
    for (std::size_t i = 0; i < cube.size(); ++i) cube.data()[i] = std::sqrt(static_cast<mfg::Real>(i));
    mfg::write_npy(scratch / "c.npy", cube);
    CHECK((mfg::read_npy<3>(scratch / "c.npy") == cube));

    mfg::write_npy(scratch / "e.npy", mfg::make_matrix(0, 7));
    const mfg::Matrix empty = mfg::read_npy<2>(scratch / "e.npy");
    CHECK(empty.shape(0) == 0);
    CHECK(empty.shape(1) == 7);
}

TEST_CASE("a file does not depend on the locale of the program", "[npy]")
{
    struct Grouped : std::numpunct<char> {
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\3"; }
    };
    const Scratch scratch;
    const mfg::Vector long_one = mfg::make_vector(1234567, 0.5);
    mfg::write_npy(scratch / "plain.npy", long_one);
    const std::locale before = std::locale::global(std::locale(std::locale(), new Grouped));
    mfg::write_npy(scratch / "grouped.npy", long_one);
    CHECK((mfg::read_npy<1>(scratch / "grouped.npy") == long_one));
    std::locale::global(before);
    const std::string bytes = mfg::read_file(scratch / "plain.npy");
    CHECK(bytes == mfg::read_file(scratch / "grouped.npy"));
    // The data begin at a multiple of 64 bytes.
    CHECK((bytes.size() - 1234567 * sizeof(mfg::Real)) % 64 == 0);
}

TEST_CASE("NumPy reads what we write", "[npy]")
{
    const Scratch scratch;
    mfg::write_npy(scratch / "v.npy", mfg::make_vector(3, 0.1));
    mfg::write_npy(scratch / "m.npy", counting(4, 5));
    mfg::Cube cube = mfg::Cube::from_shape({2, 3, 4});
    for (std::size_t i = 0; i < cube.size(); ++i) cube.data()[i] = static_cast<mfg::Real>(i);
    mfg::write_npy(scratch / "c.npy", cube);
    CHECK(run_numpy(scratch,
                    "assert (np.load('v.npy') == np.full(3, 0.1)).all()\n"
                    "m = np.load('m.npy')\n"
                    "assert m.dtype == np.float64 and (m == 0.1 * np.arange(20).reshape(4, 5)).all()\n"
                    "assert (np.load('c.npy') == np.arange(24).reshape(2, 3, 4)).all()\n"));
}

TEST_CASE("we read what NumPy writes", "[npy]")
{
    const Scratch scratch;
    REQUIRE(run_numpy(scratch,
                      "m = np.arange(12.0).reshape(3, 4) / 4\n"
                      "np.save('c.npy', m)\n"
                      "np.save('fortran.npy', np.asfortranarray(m))\n"
                      "np.save('single.npy', m.astype(np.float32))\n"
                      "np.save('fortran_single.npy', np.asfortranarray(m.astype(np.float32)))\n"
                      "np.save('integer.npy', (4 * m).astype(np.int64))\n"
                      "np.lib.format.write_array(open('version2.npy', 'wb'), m, version=(2, 0))\n"
                      "np.lib.format.write_array(open('version3.npy', 'wb'), m, version=(3, 0))\n"
                      "np.save('cube.npy', np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))\n"
                      "np.save('vector.npy', np.arange(5))\n"
                      "np.save('empty.npy', np.zeros((0, 3)))\n"
                      "np.save('big_endian.npy', m.astype('>f8'))\n"
                      "np.save('complex.npy', m.astype(complex))\n"
                      "np.save('record.npy', np.zeros(3, dtype=[('x', 'f8')]))\n"
                      "np.save('scalar.npy', np.float64(1))\n"));

    mfg::Matrix expected = mfg::make_matrix(3, 4);
    for (std::size_t i = 0; i < 12; ++i) expected.data()[i] = static_cast<mfg::Real>(i) / 4;
    for (const char* name : {"c", "fortran", "single", "fortran_single", "version2", "version3"}) {
        INFO(name);
        CHECK((mfg::read_npy<2>(scratch / (std::string(name) + ".npy")) == expected));
    }
    CHECK((mfg::read_npy<2>(scratch / "integer.npy") == mfg::Matrix(4 * expected)));
    CHECK(mfg::read_npy<2>(scratch / "empty.npy").size() == 0);
    CHECK(mfg::read_npy<1>(scratch / "vector.npy")(4) == 4);
    const mfg::Cube cube = mfg::read_npy<3>(scratch / "cube.npy");
    CHECK(cube(1, 2, 3) == 23);
    CHECK(cube(0, 1, 0) == 4);

    CHECK_THROWS_WITH(mfg::read_npy<2>(scratch / "big_endian.npy"), ContainsSubstring("'>f8'"));
    CHECK_THROWS_WITH(mfg::read_npy<2>(scratch / "complex.npy"), ContainsSubstring("'<c16'"));
    CHECK_THROWS_AS(mfg::read_npy<1>(scratch / "record.npy"), mfg::Error);
    CHECK_THROWS_WITH(mfg::read_npy<1>(scratch / "scalar.npy"), ContainsSubstring("0 axes where 1 are needed"));
    CHECK_THROWS_WITH(mfg::read_npy<1>(scratch / "c.npy"), ContainsSubstring("2 axes where 1 are needed"));
    CHECK_THROWS_WITH(mfg::read_npy<2>(scratch / "cube.npy"), ContainsSubstring("3 axes where 2 are needed"));
}

TEST_CASE("a malformed file is one line that names it", "[npy]")
{
    const Scratch scratch;
    const std::string path = scratch / "bad.npy";
    const auto refused = [&](const std::string& bytes) {
        mfg::write_file_atomically(path, bytes);
        INFO(bytes);
        try {
            mfg::read_npy<2>(path);
            FAIL_CHECK("it was accepted");
        } catch (const mfg::Error& error) {
            CHECK_THAT(error.what(), ContainsSubstring("bad.npy"));
            CHECK(std::string(error.what()).find('\n') == std::string::npos);
        }
    };
    const auto header = [](const std::string& shape, const std::string& type = "<f8") {
        return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    };

    // This one is good, so that the others are refused for what is wrong with them.
    mfg::write_file_atomically(path, file_of(header("(2, 3)"), 48));
    CHECK(mfg::read_npy<2>(path).size() == 6);

    refused("");
    refused("x");
    refused("\x93NUMPX" + file_of(header("(2, 3)"), 48).substr(6));
    refused(file_of(header("(2, 3)"), 47));
    refused(file_of(header("(2, 3)"), 49));
    refused(file_of(header("(2, 3)"), 0));
    refused(file_of(header("(2, 3, 1)"), 48));
    refused(file_of(header("()"), 8));
    refused(file_of(header("(4294967296, 4294967296)"), 0));
    refused(file_of(header("(2305843009213693952, 8)"), 0));
    refused(file_of(header("(99999999999999999999999999, 1)"), 8));
    refused(file_of(header("(0, 18446744073709551615)"), 0));
    refused(file_of(header("(-1, 3)"), 0));
    refused(file_of(header("(2, x)"), 48));
    refused(file_of(header("(2, 3"), 48));
    refused(file_of(header("(2 3)"), 48));
    refused(file_of(header("(2, 3)", "|O"), 48));
    refused(file_of(header("(2, 3)", ""), 48));
    refused(file_of(header("(2, 3)", "<f"), 48));
    refused(file_of("", 48));
    refused(file_of("{}", 48));
    refused(file_of("{'descr': '<f8', 'shape': (2, 3), }", 48));
    refused(file_of("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (2, 3), }", 48));
    refused(file_of("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 48));
    refused(file_of(header("(2, 3)") + "more", 48));

    std::string bytes = file_of(header("(2, 3)"), 48);
    bytes[6] = 4;
    refused(bytes);
    bytes[6] = 1;
    bytes[8] = bytes[9] = '\xff';
    refused(bytes);
}

TEST_CASE("no file of any bytes does harm", "[npy]")
{
    const Scratch scratch;
    const std::string path = scratch / "fuzz.npy";
    const std::string good = file_of("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n", 48);
    for (std::size_t size = 0; size < good.size(); ++size) {
        mfg::write_file_atomically(path, good.substr(0, size));
        CHECK_THROWS_AS(mfg::read_npy<2>(path), mfg::Error);
    }
    std::mt19937 random(1);
    for (int trial = 0; trial < 300; ++trial) {
        std::string bytes = good;
        for (int change = 0; change < 3; ++change) bytes[random() % 80] = static_cast<char>(random());
        mfg::write_file_atomically(path, bytes);
        std::size_t size = 6;
        try {
            size = mfg::read_npy<2>(path).size();
        } catch (const mfg::Error&) {
        }
        CHECK(size == 6);
    }
}
