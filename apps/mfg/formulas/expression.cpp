#include "formulas/expression.hpp"

#include "text.hpp"

#include <mfg/base/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <string_view>

namespace {

/// How strongly a piece of code holds together: what is weaker than its place demands is put into parentheses.
enum Binding { sum_, product_, sign_, whole_ };

struct Term {
    Shape shape;
    std::string code;
    Binding binding = whole_;
    std::vector<std::pair<std::string, std::string>> gaussians = {};
};

bool is_jet(const Term& term)
{
    return term.shape == Shape::scalar || term.shape == Shape::vector;
}

const char* name_of(Shape shape)
{
    switch (shape) {
        case Shape::number:
            return "a number";
        case Shape::list:
            return "a list";
        case Shape::scalar:
            return "one number for each agent";
        case Shape::vector:
            return "a vector";
        case Shape::law:
            return "a law";
    }
    return "";
}

std::string held(const Term& term, Binding least)
{
    return term.binding < least ? "(" + term.code + ")" : term.code;
}

mfg::Error misfit(const std::string& what, const Term& a, const Term& b)
{
    return mfg::Error(fmt::format("'{}' cannot take {} with {}", what, name_of(a.shape), name_of(b.shape)));
}

/// A vector of C++ for a number or a list.
std::string constants(const Term& term)
{
    return term.shape == Shape::number ? "all(" + term.code + ")" : term.code;
}

Term added(const Term& a, const Term& b, char sign)
{
    const bool minus = sign == '-';
    const auto join = [&](const Term& left, const Term& right) {
        return held(left, sum_) + (minus ? " - " : " + ") + held(right, minus ? product_ : sum_);
    };
    if (a.shape == Shape::list && b.shape == Shape::vector)
        return minus ? Term{Shape::vector, "-(" + held(b, sum_) + " - " + a.code + ")", sign_} : added(b, a, sign);
    const bool fits = a.shape == b.shape || (a.shape == Shape::number && is_jet(b)) ||
                      (b.shape == Shape::number && is_jet(a)) || (a.shape == Shape::vector && b.shape == Shape::list);
    if (!fits || a.shape == Shape::list || a.shape == Shape::law) throw misfit(std::string(1, sign), a, b);
    return {is_jet(a) ? a.shape : b.shape, join(a, b), sum_};
}

Term multiplied(const Term& a, const Term& b)
{
    if (b.shape == Shape::list && a.shape == Shape::vector) return multiplied(b, a);
    const bool of_list = a.shape == Shape::list && b.shape == Shape::vector;
    const auto fits = [](const Term& term) { return is_jet(term) || term.shape == Shape::number; };
    if (!of_list && !(fits(a) && fits(b))) throw misfit("*", a, b);
    return {std::max(a.shape, b.shape), held(a, product_) + " * " + held(b, sign_), product_};
}

Term divided(const Term& a, const Term& b)
{
    const bool fits = (is_jet(a) || a.shape == Shape::number) && (b.shape == Shape::number || is_jet(b)) &&
                      !(a.shape == Shape::scalar && b.shape == Shape::vector);
    if (!fits) throw misfit("/", a, b);
    return {std::max(a.shape, b.shape), held(a, product_) + " / " + held(b, whole_), product_};
}

Term power(const Term& base, const Term& exponent)
{
    if (exponent.shape != Shape::number)
        throw mfg::Error(fmt::format("the exponent of a power is {}; it must be a number", name_of(exponent.shape)));
    if (base.shape == Shape::number) return {Shape::number, fmt::format("std::pow({}, {})", base.code, exponent.code)};
    if (!is_jet(base)) throw misfit("^", base, exponent);
    if (exponent.code == "2.0") return {base.shape, "square(" + base.code + ")"};
    return {base.shape, fmt::format("pow({}, {})", base.code, exponent.code)};
}

Term negated(const Term& a)
{
    if (!is_jet(a) && a.shape != Shape::number)
        throw mfg::Error(fmt::format("'-' cannot stand before {}", name_of(a.shape)));
    return {a.shape, "-" + held(a, whole_), sign_};
}

using Terms = std::vector<Term>;

/// A function of each entry.
Term of_each(const std::string& name, const Term& a)
{
    if (is_jet(a)) return {a.shape, fmt::format("{}({})", name, a.code)};
    if (a.shape != Shape::number)
        throw mfg::Error(fmt::format("'{}' takes a number or a vector, not {}", name, name_of(a.shape)));
    if (name == "square") return power(a, {Shape::number, "2.0"});
    if (name == "log_cosh") return {Shape::number, fmt::format("std::log(std::cosh({}))", a.code)};
    return {Shape::number, fmt::format("std::{}({})", name, a.code)};
}

/// A function of a vector that has one number.
Term of_vector(const std::string& name, const Term& a)
{
    if (a.shape != Shape::vector) throw mfg::Error(fmt::format("'{}' takes a vector, not {}", name, name_of(a.shape)));
    return {Shape::scalar, fmt::format("{}({})", name, a.code)};
}

Term dot_product(const Term& a, const Term& b)
{
    if (a.shape == Shape::vector && b.shape == Shape::vector)
        return {Shape::scalar, fmt::format("dot({}, {})", a.code, b.code)};
    if (a.shape != Shape::list && b.shape != Shape::list) throw misfit("dot", a, b);
    return of_vector("sum", multiplied(a, b));
}

Term concatenated(const Terms& parts)
{
    std::string code;
    for (const Term& part : parts) {
        if (!is_jet(part))
            throw mfg::Error(fmt::format("'concat' joins vectors and numbers of each agent, not {}; write {} + 0*x[0]",
                                         name_of(part.shape), part.code));
        code = code.empty() ? part.code : fmt::format("vconcat({}, {})", code, part.code);
    }
    return {Shape::vector, code};
}

Term gaussian(const Term& mean, const Term& variance)
{
    for (const Term* term : {&mean, &variance})
        if (term->shape != Shape::number && term->shape != Shape::list)
            throw mfg::Error(fmt::format("'gaussian' takes a mean and variances, each a number or a list, not {}",
                                         name_of(term->shape)));
    const std::string m = constants(mean), v = constants(variance);
    return {Shape::law, fmt::format("mfg::Gaussian({}, {})", m, v), whole_, {{m, v}}};
}

Term mixture(const Terms& laws)
{
    Term result{Shape::law, ""};
    std::vector<std::string> codes;
    for (const Term& law : laws) {
        if (law.shape != Shape::law || law.gaussians.size() != 1)
            throw mfg::Error("'mixture' takes Gaussians: mixture(gaussian(1, 0.1), gaussian(-1, 0.1))");
        codes.push_back(law.code);
        result.gaussians.push_back(law.gaussians.front());
    }
    result.code = fmt::format("mfg::GaussianMixture({{{}}}, std::vector<Real>({}, {}))", joined(codes), codes.size(),
                              fmt::format("{}", 1.0 / static_cast<double>(codes.size())));
    return result;
}

struct Function {
    std::size_t least, most;  ///< arguments
    std::function<Term(const Terms&)> apply;
};

const std::map<std::string, Function>& functions()
{
    static const std::map<std::string, Function> table = [] {
        constexpr std::size_t any = 100;
        std::map<std::string, Function> all;
        for (const char* name : {"exp", "log", "sin", "cos", "tanh", "sqrt", "abs", "square", "log_cosh"})
            all[name] = {1, 1, [name](const Terms& a) { return of_each(name, a[0]); }};
        for (const char* name : {"sum", "norm_squared", "log_sum_exp"})
            all[name] = {1, 1, [name](const Terms& a) { return of_vector(name, a[0]); }};
        all["pow"] = {2, 2, [](const Terms& a) { return power(a[0], a[1]); }};
        all["dot"] = {2, 2, [](const Terms& a) { return dot_product(a[0], a[1]); }};
        all["concat"] = {2, any, concatenated};
        all["gaussian"] = {2, 2, [](const Terms& a) { return gaussian(a[0], a[1]); }};
        all["mixture"] = {2, any, mixture};
        all["uniform"] = {0, 0, [](const Terms&) { return Term{Shape::law, "mfg::UniformBox(s_.dimension)"}; }};
        return all;
    }();
    return table;
}

/// Reads a formula from left to right.
class Parser {
public:
    Parser(const std::string& text, const Symbols& symbols) : text_(text), symbols_(symbols) {}

    Term whole()
    {
        Term term = sum();
        if (!at_end()) throw unexpected();
        return term;
    }

    const std::set<std::string>& names() const { return names_; }

private:
    Term sum()
    {
        // Each level of parentheses is some calls deep.
        constexpr int deepest = 100;
        if (++depth_ > deepest) throw mfg::Error("it has too many parentheses within each other");
        Term term = product();
        for (;;) {
            if (taken('+'))
                term = added(term, product(), '+');
            else if (taken('-'))
                term = added(term, product(), '-');
            else
                break;
        }
        --depth_;
        return term;
    }

    Term product()
    {
        Term term = sign();
        for (;;) {
            if (taken('*'))
                term = multiplied(term, sign());
            else if (taken('/'))
                term = divided(term, sign());
            else
                return term;
        }
    }

    Term sign()
    {
        bool minus = false;
        while (peek() == '-' || peek() == '+') minus ^= text_[at_++] == '-';
        const Term term = powers();
        return minus ? negated(term) : term;
    }

    Term powers()
    {
        const Term base = entry();
        return taken('^') ? power(base, exponent()) : base;
    }

    /// A power of a power is read from the right.
    Term exponent()
    {
        const bool minus = taken('-');
        const Term term = powers();
        return minus ? negated(term) : term;
    }

    /// x, x[0], x[0:2]
    Term entry()
    {
        Term term = primary();
        while (peek() == '[') {
            if (term.shape != Shape::vector)
                throw mfg::Error(fmt::format("only a vector has entries [..], and not {}", name_of(term.shape)));
            ++at_;
            term = {term.shape, held(term, whole_)};
            const int first = index();
            if (taken(':')) {
                const int end = index();
                if (end <= first) throw mfg::Error(fmt::format("[{}:{}] has no entries", first, end));
                term.code += fmt::format(".features({}, {})", first, end - first);
            } else {
                term.code += fmt::format("[{}]", first);
                term.shape = Shape::scalar;
            }
            require(']');
        }
        return term;
    }

    Term primary()
    {
        const char next = peek();
        if (taken('(')) {
            const Term term = sum();
            require(')');
            return term;
        }
        if (taken('[')) return list();
        if (std::isdigit(static_cast<unsigned char>(next)) || next == '.') return number();
        if (std::isalpha(static_cast<unsigned char>(next)) || next == '_') return name();
        throw unexpected();
    }

    Term list()
    {
        std::vector<std::string> numbers;
        do {
            const Term term = sum();
            if (term.shape != Shape::number)
                throw mfg::Error(fmt::format("a list has numbers only, and not {}", name_of(term.shape)));
            numbers.push_back(term.code);
        } while (taken(','));
        require(']');
        return {Shape::list, fmt::format("first({{{}}})", joined(numbers))};
    }

    Term number()
    {
        char* end = nullptr;
        const double value = std::strtod(text_.c_str() + at_, &end);
        const std::string word = text_.substr(at_, static_cast<std::size_t>(end - text_.c_str()) - at_);
        if (word.empty() || word.find_first_not_of("0123456789.eE+-") != std::string::npos || !(value < 1e308))
            throw mfg::Error(fmt::format("'{}' is not a number", mfg::printable(word.empty() ? "." : word)));
        at_ += word.size();
        const std::string code = fmt::format("{}", value);
        return {Shape::number, code.find_first_of(".e") == std::string::npos ? code + ".0" : code};
    }

    Term name()
    {
        const std::size_t begin = at_;
        while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
        const std::string word = text_.substr(begin, at_ - begin);
        const auto function = functions().find(word);
        if (function != functions().end() && symbols_.count(word) == 0) return call(word, function->second);
        const auto symbol = symbols_.find(word);
        if (symbol == symbols_.end()) {
            std::vector<std::string> known = formula_functions();
            for (const auto& [other, meaning] : symbols_) known.push_back(other);
            throw mfg::Error(fmt::format("unknown name '{}'; {}", mfg::printable(word), advice(word, known)));
        }
        if (peek() == '(')
            throw mfg::Error(fmt::format("'{}' is no function; for a product write {}*(...)", word, word));
        names_.insert(word);
        return {symbol->second.shape, symbol->second.code};
    }

    Term call(const std::string& name, const Function& function)
    {
        if (!taken('(')) throw mfg::Error(fmt::format("'{0}' is a function: {0}(...)", name));
        Terms arguments;
        if (!taken(')')) {
            do arguments.push_back(sum());
            while (taken(','));
            require(')');
        }
        if (arguments.size() < function.least || arguments.size() > function.most)
            throw mfg::Error(fmt::format("'{}' takes {}{} argument{}, not {}", name, function.least,
                                         function.most > function.least ? " or more" : "",
                                         function.least == 1 ? "" : "s", arguments.size()));
        return function.apply(arguments);
    }

    int index()
    {
        std::size_t end = (peek(), at_);
        while (end < text_.size() && std::isdigit(static_cast<unsigned char>(text_[end]))) ++end;
        constexpr std::size_t digits = 6;
        if (end == at_ || end - at_ > digits) throw mfg::Error("an entry is named by its number, the first one is [0]");
        const int value = std::stoi(text_.substr(at_, end - at_));
        at_ = end;
        return value;
    }

    /// The next character that is no blank; 0 at the end.
    char peek()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool at_end() { return peek() == '\0'; }
    bool taken(char character)
    {
        if (peek() != character) return false;
        ++at_;
        return true;
    }
    void require(char character)
    {
        if (!taken(character))
            throw mfg::Error(fmt::format("'{}' is missing {}", character,
                                         at_end() ? "at the end" : fmt::format("before '{}'", rest())));
    }
    std::string rest() const
    {
        constexpr std::size_t longest = 20;
        return mfg::printable(text_.substr(at_), longest);
    }
    mfg::Error unexpected()
    {
        if (at_end()) return mfg::Error("it ends where a number or a name must follow");
        const bool is_factor = std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '(';
        return mfg::Error(
            fmt::format("'{}' is not expected{}", rest(), is_factor ? "; a product is written with *" : ""));
    }

    const std::string& text_;
    const Symbols& symbols_;
    std::set<std::string> names_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

std::vector<std::string> formula_functions()
{
    std::vector<std::string> names;
    for (const auto& [name, function] : functions()) names.push_back(name);
    return names;
}

Expression translate(const std::string& formula, const Symbols& symbols)
{
    Parser parser(formula, symbols);
    const Term term = parser.whole();
    return {term.shape, term.code, parser.names(), term.gaussians};
}
