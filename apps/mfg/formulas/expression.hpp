#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// What a formula stands for: a number, a list of numbers (the first entries of a vector, of which the others are 0),
/// one number for each agent, one for each agent and coordinate, or a law.
enum class Shape { number, list, scalar, vector, law };

/// A name that may occur in a formula, and what stands for it in C++.
struct Symbol {
    Shape shape;
    std::string code;
};
using Symbols = std::map<std::string, Symbol>;

/// A formula in C++, with the functions `all` and `first` that a generated source has.
struct Expression {
    Shape shape;
    std::string code;
    std::set<std::string> names;  ///< the symbols that occur in it
    /// The Gaussians that a law is made of, each as mean and variances.
    std::vector<std::pair<std::string, std::string>> gaussians;
};

/// The names of functions in formulas.
std::vector<std::string> formula_functions();

/// Translates a formula: names, numbers, `+ - * / ^`, functions, entries such as `x[0]` and `x[0:2]`, lists such as
/// `[1, 0]`. Throws an Error for anything else, for unknown names, and for shapes that do not fit.
Expression translate(const std::string& formula, const Symbols& symbols);
