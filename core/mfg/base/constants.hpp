#pragma once
#include <mfg/base/array.hpp>

/// Mathematical constants, rounded to the nearest number.
namespace mfg {

constexpr Real pi = 3.1415926535897932384626433832795;
constexpr Real two_pi = 2 * pi;
constexpr Real sqrt_two = 1.4142135623730950488016887242097;
constexpr Real sqrt_pi = 1.7724538509055160272981674833411;
constexpr Real sqrt_two_pi = 2.5066282746310005024157652848110;
constexpr Real log_two_pi = 1.8378770664093454835606594728112;

}  // namespace mfg
